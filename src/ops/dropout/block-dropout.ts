import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { affine } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { type BlockOptions, BlockSparse, BlockSelection } from "./block-selection.ts";
import { reshape } from "../shape.ts";

/**
 * The samples of x and the units of each: the last axis of [N, C] and [N, T, C], the channels of [N, C, ...] with more axes.
 * @throws ShapeError when x has less than two axes
 */
export function unitsOf(x: Operand): readonly [samples: number, units: number] {
  const [samples, ...rest] = x.shape;
  const units = rest.length <= 2 ? rest.at(-1) : rest[0];
  if (samples !== undefined && units !== undefined) return [samples, units];
  throw new ShapeError(`dropout: blocks need an axis of samples and one of units; got ${x}`);
}

/**
 * Keeps `keep` of the blocks of neighbouring units, one choice for each `group` of samples, times `scale`; the others
 * become 0. PrepackedMatmul before and behind leave out what is dropped, where only work on single elements lies between.
 */
export function blockDropout(x: Operand, counter: RngState, options: BlockOptions, scale: number): Operand {
  requireFloat("dropout", "x", x);
  const [samples, units] = unitsOf(x);
  const { block, group, keep } = options;
  // As rows of units: those of every time, or of a whole sample, whose channels are then blocks themselves.
  const isSequence = x.shape.length <= 3;
  const inner = isSequence ? 1 : x.size / (samples * units);
  const rows = isSequence ? x.size / units : samples;
  const shape = { block: block * inner, group: group * (rows / samples), keep };
  const kept = new BlockSelection(counter, rows, units * inner, shape);
  return reshape(new BlockSparse(affine(kept.of(x), scale, 0), kept), x.shape);
}
