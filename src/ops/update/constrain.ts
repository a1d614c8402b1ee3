import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";

/** weights *= mask, in place. Shape: weights and mask have the same size. No gradient. */
export function applyMask(weights: Operand, mask: Operand): Operand {
  return new Operand("mask", [0], [weights, mask], {
    calls: () => [call("multiply", weights, mask, weights, weights.size)],
    flops: weights.size,
  });
}

/** weights[i] *= min(1, limit / ‖weights[i]‖), in place, for each i of the first axis. No gradient. */
export function limitRowNorms(weights: Operand, limit: number): Operand {
  const [rows = 0] = weights.shape;
  return new Operand("maxNorm", [0], [weights], {
    calls: () => [call("limitRows", weights, limit, rows, rows === 0 ? 0 : weights.size / rows)],
    flops: 3 * weights.size,
  });
}
