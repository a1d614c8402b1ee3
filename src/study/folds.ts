import { ShapeError, requireArray, requireWhole, shown } from "../base/errors.ts";
import { arrayKind } from "../base/numbers.ts";
import type { AnyDataset } from "../data/dataset.ts";
import { kFold } from "../data/split/k-fold.ts";
import type { FoldIndices } from "../data/split/splitter.ts";
import { Seeding } from "./seeding.ts";

/** Samples of a fold, by their index in the data set. */
export interface FoldRows {
  readonly training: Int32Array | readonly number[];
  readonly validation: Int32Array | readonly number[];
}

/** Folds, as `data.kFold` makes them, or one's own. */
export type Folds = readonly (FoldRows | { readonly indices: FoldRows })[];

/**
 * Folds as indices: random ones for a count, else the given ones.
 * @throws TypeError or RangeError when there are fewer than two, or one is empty, has an index that is none, or trains on what it
 * holds out
 */
export function foldsOf(where: string, dataset: AnyDataset, folds: number | Folds, seed: number): FoldIndices[] {
  if (typeof folds === "number") {
    requireWhole(where, "folds", folds, 2, Math.max(2, dataset.length));
    requireWhole(where, "the number of samples", dataset.length, folds);
    return new Seeding(seed).run(() => kFold(dataset, folds)).map(({ indices }) => indices);
  }
  requireArray(where, "folds", folds);
  requireWhole(where, "the number of folds", folds.length, 2);
  return folds.map((fold, i) => checkedFold(where, `fold ${i}`, fold, dataset.length));
}

function checkedFold(where: string, name: string, given: unknown, length: number): FoldIndices {
  const own: unknown = Reflect.get(Object(given), "indices") ?? given;
  const rows = (part: string): Int32Array =>
    rowsOf(where, `${part} of ${name}`, Reflect.get(Object(own), part), length);
  const [training, validation] = [rows("training"), rows("validation")];
  const trained = new Set(training);
  const shared = validation.find((index) => trained.has(index));
  if (shared === undefined) return { training, validation };
  throw new RangeError(`${where}: ${name} must not train on samples that it holds out; got ${shared} in both`);
}

function rowsOf(where: string, name: string, given: unknown, length: number): Int32Array {
  if (!Array.isArray(given) && arrayKind(given) === undefined) {
    throw new TypeError(`${where}: ${name} must be indices of samples; got ${shown(given)}`);
  }
  const indices: readonly unknown[] = Array.from(given as ArrayLike<unknown>);
  if (indices.length === 0) throw new ShapeError(`${where}: ${name} must have at least one sample; got none`);
  return Int32Array.from(indices, (index) => {
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < length) return index;
    throw new RangeError(`${where}: ${name} must be indices from 0 to ${length - 1}; got ${shown(index)}`);
  });
}
