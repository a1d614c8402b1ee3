import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";

/** target = x, in place. Shape: target and x have the same size. No gradient. */
export function storeInto(target: Operand, x: Operand): Operand {
  return new Operand("store", [0], [target, x], {
    calls: () => [call("copyBlock", x, x.size, target, x.size, 1, x.size)],
    flops: 0,
  });
}
