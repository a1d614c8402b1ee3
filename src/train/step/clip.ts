import { requireKnown, requirePositive } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { affine, divide, multiply, sqrt } from "../../ops/elementwise/arithmetic.ts";
import { filled, sum } from "../../ops/reduction/reduction.ts";
import { concatenate } from "../../ops/shape/slice.ts";
import { bounded, sumSquares } from "../../ops/update.ts";
import type { Block } from "./blocks.ts";

/**
 * A bound on gradients before the update, above 0. `norm`: if all gradients together, as one vector, are longer, they are
 * scaled down to that length. `value`: each number is kept from -value to value.
 * Source: PyTorch's clip_grad_norm_ and clip_grad_value_; Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
 */
export type Clip = { readonly norm: number } | { readonly value: number };

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
    return { blocks: blocks.map((block) => ({ ...block, gradient: bounded(block.gradient, clip.value) })) };
  }
  const norm = sqrt(sum(concatenate(blocks.map(({ gradient }) => sumSquares(gradient)))));
  const factor = bounded(divide(filled([], clip.norm), affine(norm, 1, EPSILON)), 1);
  return { blocks: blocks.map((block) => ({ ...block, gradient: multiply(block.gradient, factor) })), norm };
}
