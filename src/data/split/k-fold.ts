import { requireWhole } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import { type AnyDataset, type Dataset, gather, requireSamples } from "../dataset.ts";
import type { Divided } from "../keys.ts";
import {
  CRITERIA_DEFAULTS,
  type Criteria,
  type FilledCriteria,
  checkCriteria,
  splitterOf,
  warnOfLeaks,
} from "./criteria.ts";
import { type RowCriteria, type RowFold, areRows, listedCriteria, rowsOf } from "./rows.ts";
import type { FoldIndices } from "./splitter.ts";

/** One fold of a k-fold: its samples for validation, and those for training. */
export interface Fold<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  /** Copied from the whole data set each time that it is read. */
  readonly training: Dataset<X, Y>;
  /** Copied from the whole data set each time that it is read. */
  readonly validation: Dataset<X, Y>;
  /** Index in the whole data set of each sample of both parts; ascending, with `times` in the order of time. */
  readonly indices: FoldIndices;
}

/**
 * Folds for cross-validation: `for (const { training, validation } of data.kFold(set, 5, { stratify: true }))`. Each sample
 * is in the validation part of exactly one fold and in the training part of all others; folds are drawn at random, again in
 * each call.
 *
 * - Sizes of the folds differ by at most one sample.
 * - With `stratify` the counts of each class in two folds differ by at most one too.
 * - With `groups` all samples of a group are in one fold; groups are distributed, large ones first, so that folds have similar
 *   sizes and, with `stratify` too, similar shares of each class.
 * - With `times` fold i trains on what comes before: the samples, in order of time, are cut into k + 1 blocks, the first the
 *   longest by less than k + 1 samples; fold i is validated on block i + 1 and trained on all before. Samples of one time are
 *   in one block, and samples that end after validation begins are not trained on. The first block is in no validation part.
 *
 * A warning names windows that share steps with windows in another fold and, with `checkRows`, equal inputs in two folds.
 *
 * Shape: x and y of any shape; y holds one label for each sample, [samples] or [samples, 1], with `stratify: true`.
 * Source: KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold and TimeSeriesSplit of scikit-learn
 *
 * @param k count of folds, from 2 to the number of samples
 * @throws RangeError when the data set is empty, k is out of its range, a class has fewer than k samples or is the only one,
 * there are fewer than k groups, or fewer than k + 1 times, or all training samples of a fold end too late
 * @throws ShapeError when y has more than one number per sample, or classes, groups or times are not one for each sample
 * @throws TypeError when an option is of the wrong kind or unknown, or times are combined with another criterion
 */
export function kFold<X extends Tensors, Y extends Tensors>(
  samples: Dataset<X, Y>,
  k: number,
  options?: Criteria,
): readonly Fold<X, Y>[];
/** Folds of the rows of a table in the same way, so that a schema is fitted in each fold; a criterion is a function of a row. */
export function kFold<R extends object>(rows: readonly R[], k: number, options?: RowCriteria<R>): readonly RowFold<R>[];
export function kFold(
  samples: AnyDataset | readonly object[],
  k: number,
  options: Criteria | RowCriteria<object> = {},
): readonly (Fold<Tensors, Tensors> | RowFold<object>)[] {
  if (areRows("kFold", samples)) {
    const rows = samples;
    const filled = filledFrom(listedCriteria("kFold", rows, options));
    const folds = indicesOf({ length: rows.length }, k, filled);
    return folds.map((indices) => ({
      training: rowsOf(rows, indices.training),
      validation: rowsOf(rows, indices.validation),
      indices,
    }));
  }
  const filled = filledFrom(options as Criteria);
  const dataset = requireSamples("kFold", samples);
  const folds = indicesOf(dataset, k, filled);
  const parts = folds.map(({ validation }) => validation);
  warnOfLeaks(
    "kFold",
    samples,
    filled,
    filled.times === undefined ? parts : [folds[0]?.training ?? new Int32Array(), ...parts],
  );
  return folds.map((indices) => foldOf(dataset, indices));
}

function filledFrom(options: Criteria): FilledCriteria {
  const filled = withDefaults("kFold", options, CRITERIA_DEFAULTS);
  checkCriteria("kFold", filled);
  return filled;
}

function indicesOf(dataset: Divided, k: number, filled: FilledCriteria): readonly FoldIndices[] {
  requireWhole("kFold", "k", k, 2, Math.max(2, dataset.length));
  requireWhole("kFold", "the number of samples", dataset.length, k);
  return splitterOf("kFold", dataset, filled, { classesInGroups: true }).folds(k);
}

function foldOf<X extends Tensors, Y extends Tensors>(dataset: Dataset<X, Y>, indices: FoldIndices): Fold<X, Y> {
  return {
    get training() {
      return gather(dataset, indices.training);
    },
    get validation() {
      return gather(dataset, indices.validation);
    },
    indices,
  };
}
