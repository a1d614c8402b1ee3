import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import type { RngState } from "../../memory/rng-state.ts";
import { affine } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { type BlockOptions, BlockSparse, BlockSelection } from "./block-selection.ts";
import { reshape } from "../shape/view.ts";

/**
 * The extents of x along samples and units: units are the last axis of [N, C] and [N, T, C], and the channels of [N, C, ...].
 * @throws ShapeError when x has less than two axes
 */
export function unitsOf(x: Operand): readonly [samples: number, units: number] {
  const [samples, ...rest] = x.shape;
  const units = rest.length <= 2 ? rest.at(-1) : rest[0];
  if (samples !== undefined && units !== undefined) return [samples, units];
  throw new ShapeError(`dropout: blocks need an axis of samples and one of units; got ${x}`);
}

/**
 * x * scale in `keep` randomly selected blocks of neighbouring units, else 0; each `group` of samples has one selection.
 * A matmul before or after skips the dropped blocks if only elementwise operations are between.
 * @throws ShapeError when x has less than two axes
 */
export function blockDropout(x: Operand, counter: RngState, options: BlockOptions, scale: number): Operand {
  requireFloat("dropout", "x", x);
  const [samples, units] = unitsOf(x);
  const { block, group, keep } = options;
  // x as a matrix: a row for each step of a sequence, or for each image, where a channel is `inner` neighbouring columns.
  const isSequence = x.shape.length <= 3;
  const inner = isSequence ? 1 : x.size / (samples * units);
  const rows = isSequence ? x.size / units : samples;
  const columnOptions = { block: block * inner, group: group * (rows / samples), keep };
  const selection = new BlockSelection(counter, rows, units * inner, columnOptions);
  return reshape(new BlockSparse(affine(selection.of(x), scale, 0), selection), x.shape);
}
