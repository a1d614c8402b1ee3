import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";

/** target += x, in place. Shape: target and x have the same size. No gradient. */
export function accumulateInto(target: Operand, x: Operand): Operand {
  return new Operand("accumulate", [0], [target, x], {
    calls: () => [call("add", target, x, target, x.size)],
    flops: x.size,
  });
}

/** target = 0, in place. No gradient. */
export function clear(target: Operand): Operand {
  return new Operand("clear", [0], [target], { calls: () => [call("fill", target, 0, target.size)], flops: 0 });
}
