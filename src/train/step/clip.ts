import { requirePositive } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import { clampToBound, scaleToNorm } from "../../ops/update/clip.ts";
import type { Block } from "./blocks.ts";

/**
 * A bound on gradients before the update, above 0. `norm`: all gradients together, as one vector, are scaled down to this
 * length if they are longer. `value`: each element is clamped to [-value, value].
 * Source: PyTorch's clip_grad_norm_ and clip_grad_value_; Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
 */
export type Clip = { readonly norm: number } | { readonly value: number };

interface ClipOptions {
  readonly norm?: number;
  readonly value?: number;
}

/** @throws TypeError or RangeError unless `clip` has exactly one of the two, above 0 */
export function requireClip(clip: Clip): void {
  const options: ClipOptions = clip;
  withDefaults("trainer: clip", options, { norm: undefined, value: undefined });
  const given = Object.entries(clip);
  if (given.length !== 1) {
    throw new TypeError(`trainer: clip must have norm or value; got ${given.length === 0 ? "neither" : "both"}`);
  }
  for (const [name, bound] of given) requirePositive("trainer", `clip.${name}`, bound);
}

/** Blocks with clipped gradients; `norm` is that of all gradients before clipping, for a bound on the norm. */
export function clipped(
  blocks: readonly Block[],
  clip: Clip | undefined,
): { blocks: readonly Block[]; norm?: Operand } {
  if (!clip || blocks.length === 0) return { blocks };
  if ("value" in clip) {
    return { blocks: blocks.map((block) => ({ ...block, gradient: clampToBound(block.gradient, clip.value) })) };
  }
  const gradients = blocks.map(({ gradient }) => gradient);
  const { scaled, norm } = scaleToNorm(gradients, clip.norm);
  return { blocks: blocks.map((block, i) => ({ ...block, gradient: scaled[i] ?? block.gradient })), norm };
}
