import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";

/** target += weight (x - target), in place. Shape: target and x have the same size, weight is [1]. No gradient. */
export function lerpInto(target: Operand, x: Operand, weight: Operand): Operand {
  return new Operand("average", [0], [target, x, weight], {
    calls: () => [call("lerp", target, x, weight, x.size)],
    flops: 3 * x.size,
  });
}
