import { ShapeError } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import type { Counter } from "../runtime/lasting.ts";
import { affine } from "./arithmetic.ts";
import { requireFloat } from "./check.ts";
import { type BlockOptions, Expanded, Kept } from "./kept.ts";
import { reshape } from "./shape.ts";

/**
 * Keeps `keep` of the blocks of neighbouring units, one choice for each `group` of samples, times blocks / keep; the
 * others become 0. The units of [N, C] and [N, T, C] are the last axis, those of [N, C, ...] with more axes its channels.
 * Products before and after leave out what is dropped, where only elementwise work and added rows lie between.
 */
export function blockDropout(x: Operand, counter: Counter, options: BlockOptions): Operand {
  requireFloat("dropout", "x", x);
  const [samples, ...rest] = x.shape;
  const units = rest.length <= 2 ? rest.at(-1) : rest[0];
  if (samples === undefined || units === undefined) {
    throw new ShapeError(`dropout: blocks need an axis of samples and one of units; got ${x}`);
  }
  const { block, group, keep } = options;
  const inner = rest.length <= 2 ? 1 : x.size / (samples * units);
  const rows = rest.length <= 2 ? x.size / units : samples;
  const kept = new Kept(counter, rows, units * inner, {
    block: block * inner,
    group: group * (rows / samples),
    keep,
  });
  const columns = kept.of(x);
  return reshape(new Expanded(affine(columns, Math.ceil(units / block) / keep, 0), kept), x.shape);
}
