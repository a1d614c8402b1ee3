import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";
import { affine, divide, multiply, sqrt } from "../elementwise/arithmetic.ts";
import { filled, sum } from "../reduction/reduction.ts";
import { concatenate } from "../shape/slice.ts";

/** Floats whose squares one thread adds up. */
const RUN = 4096;

/** PyTorch adds this to the norm before it divides by the norm. */
const EPSILON = 1e-6;

/** min(max(x, -bound), bound), element by element. No gradient. */
export function clampToBound(x: Operand, bound: number): Operand {
  return new Operand("clamp", x.shape, [x], {
    calls: (out) => [call("clamp", x, out, -bound, bound, x.size)],
    overwrites: [0],
    elementwise: true,
  });
}

/**
 * x[i] · min(1, bound / (norm + 1e-6)) and norm = √(Σ x²), the sum over all elements of all operands. No gradient.
 * Source: PyTorch's clip_grad_norm_
 */
export function scaleToNorm(x: readonly Operand[], bound: number): { scaled: readonly Operand[]; norm: Operand } {
  const norm = sqrt(sum(concatenate(x.map(sumSquares))));
  const factor = clampToBound(divide(filled([], bound), affine(norm, 1, EPSILON)), 1);
  return { scaled: x.map((each) => multiply(each, factor)), norm };
}

/** Σ x² over each run of 4096 elements. Shape: [runs]. */
function sumSquares(x: Operand): Operand {
  return new Operand("sumSquares", [Math.ceil(x.size / RUN)], [x], {
    calls: (out) => [call("sumSquares", x, out, RUN, x.size)],
    flops: 2 * x.size,
  });
}
