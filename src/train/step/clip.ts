import { requireKnown, requirePositive } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { affine, divide, multiply, sqrt } from "../../ops/elementwise/arithmetic.ts";
import { filled, sum } from "../../ops/reduction.ts";
import { concatenate } from "../../ops/shape.ts";
import { call } from "../../graph/call.ts";
import type { Block } from "./blocks.ts";

/**
 * A bound on gradients before the update, above 0. `norm`: if all gradients together, as one vector, are longer, they are
 * scaled down to that length. `value`: each number is kept from -value to value.
 * Source: PyTorch's clip_grad_norm_ and clip_grad_value_; Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
 */
export type Clip = { readonly norm: number } | { readonly value: number };

/** Floats whose squares are added up by one thread. */
const RUN = 4096;

/** What PyTorch adds to the norm before it divides by it. */
const EPSILON = 1e-6;

/** Refuses a bound that is not one of the two. */
export function requireClip(clip: Clip): void {
  requireKnown("trainer: clip", clip, ["norm", "value"]);
  const given = Object.entries(clip);
  if (given.length !== 1) {
    throw new TypeError(`trainer: clip must have norm or value; got ${given.length === 0 ? "neither" : "both"}`);
  }
  for (const [name, bound] of given) requirePositive("trainer", `clip.${name}`, bound);
}

/** Blocks with their gradients bounded, and the norm of all gradients before, where it is known. */
export function clipped(
  blocks: readonly Block[],
  clip: Clip | undefined,
): { blocks: readonly Block[]; norm?: Operand } {
  if (!clip || blocks.length === 0) return { blocks };
  if ("value" in clip) {
    return { blocks: blocks.map((block) => ({ ...block, gradient: clamp(block.gradient, clip.value) })) };
  }
  const norm = sqrt(sum(concatenate(blocks.map(({ gradient }) => sumSquares(gradient)))));
  const factor = clamp(divide(filled([], clip.norm), affine(norm, 1, EPSILON)), 1);
  return { blocks: blocks.map((block) => ({ ...block, gradient: multiply(block.gradient, factor) })), norm };
}

/** The sums of squares of runs of x. */
function sumSquares(x: Operand): Operand {
  return new Operand("sumSquares", [Math.ceil(x.size / RUN)], [x], {
    calls: (out) => [call("sumSquares", x, out, RUN, x.size)],
    flops: 2 * x.size,
  });
}

/** x, kept from -bound to bound. */
function clamp(x: Operand, bound: number): Operand {
  return new Operand("clamp", x.shape, [x], {
    calls: (out) => [call("clamp", x, out, -bound, bound, x.size)],
    overwrites: [0],
    elementwise: true,
  });
}
