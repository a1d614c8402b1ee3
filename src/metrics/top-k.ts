import { requireWhole, ShapeError } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { type TensorLike, asTensor } from "../base/tensor.ts";
import { ROW_DEFAULTS, type RowOptions } from "./rows.ts";
import { scoresOf } from "./scores.ts";
import { weightedShare } from "./sums.ts";

export interface TopKOptions extends RowOptions {
  /** A row is right if its class is among the `k` of the largest scores; below the count of classes. Default: 2. */
  readonly k?: number;
}

/**
 * The (weighted) share of rows whose true class is among the `k` classes of the largest scores. Of equal scores those of later
 * classes come first, as in scikit-learn; `accuracy` takes the first of them.
 *
 * Shape: predictions are float32 [rows, classes], scores, logits or probabilities; targets are classes, [rows] or [rows, 1].
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#top-k-accuracy-score
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when predictions, targets or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a prediction is NaN, k is not a whole number from 1 to
 * classes − 1, or weights are negative, not finite or all 0
 */
export function topKAccuracy(scores: TensorLike, truth: TensorLike, options: TopKOptions = {}): number {
  const { k, ...filled } = withDefaults("topKAccuracy", options, { ...ROW_DEFAULTS, k: 2 });
  const { rows, actual, weights, columns } = scoresOf("topKAccuracy", scores, truth, { ...filled, fromLogits: false });
  if (columns === 1)
    throw new ShapeError(
      `topKAccuracy: predictions must be float32 [rows, classes]; got ${asTensor("topKAccuracy", "predictions", scores)}`,
    );
  requireWhole("topKAccuracy", "k", k, 1, columns - 1);
  const isRight = (row: number): boolean => {
    const own = rows[row] ?? new Float64Array();
    const target = actual[row] ?? 0;
    const score = own[target] ?? NaN;
    return own.filter((other, i) => other > score || (other === score && i > target)).length < k;
  };
  return weightedShare(rows.length, isRight, weights);
}
