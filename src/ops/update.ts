/** What a training step does to gradients, and to variables for good. None of it has a gradient. */
import { call } from "../graph/call.ts";
import { Operand } from "../graph/operand.ts";

/** Floats whose squares are added up by one thread. */
const RUN = 4096;

/** The sums of squares of runs of x. */
export function sumSquares(x: Operand): Operand {
  return new Operand("sumSquares", [Math.ceil(x.size / RUN)], [x], {
    calls: (out) => [call("sumSquares", x, out, RUN, x.size)],
    flops: 2 * x.size,
  });
}

/** x, kept from -bound to bound. */
export function bounded(x: Operand, bound: number): Operand {
  return new Operand("clamp", x.shape, [x], {
    calls: (out) => [call("clamp", x, out, -bound, bound, x.size)],
    overwrites: [0],
    elementwise: true,
  });
}

/** Adds x to `sums`. */
export function addInto(sums: Operand, x: Operand): Operand {
  return new Operand("accumulate", [0], [sums, x], {
    calls: () => [call("add", sums, x, sums, x.size)],
    flops: x.size,
  });
}

/** Sets `variable` to 0. */
export function clear(variable: Operand): Operand {
  return new Operand("clear", [0], [variable], {
    calls: () => [call("fill", variable, 0, variable.size)],
    flops: 0,
  });
}

/** Multiplies `variable` by `mask`, element by element. */
export function maskInPlace(variable: Operand, mask: Operand): Operand {
  return new Operand("mask", [0], [variable, mask], {
    calls: () => [call("multiply", variable, mask, variable, variable.size)],
    flops: variable.size,
  });
}
