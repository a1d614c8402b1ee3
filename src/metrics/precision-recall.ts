import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { type AnyAverage, ONE_VS_REST_DEFAULTS, oneVsRest } from "./one-vs-rest.ts";
import type { OneVsRestOptions, PerColumnOptions } from "./one-vs-rest.ts";
import { type CurveOptions, type Ranking, rankOf, requireBoth } from "./ranking.ts";
import { SCORE_DEFAULTS } from "./scores.ts";

/** Points of a precision-recall curve, from the lowest threshold to (1, 0), which has no threshold. */
export interface PrecisionRecallCurve {
  /** Share of positive rows among those with a score of at least the threshold; then 1. */
  readonly precision: readonly number[];
  /** Share of positive rows that have a score of at least the threshold; then 0. */
  readonly recall: readonly number[];
  /** The distinct scores, from the smallest up: one fewer than points. */
  readonly thresholds: readonly number[];
}

/**
 * Precision and recall of one class against all others, for each distinct score as threshold.
 *
 * Shape: predictions and targets as for `rocCurve`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 *
 * @throws ShapeError when the shapes are none of these, or positiveClass is missing for more than two classes
 * @throws TypeError when predictions, targets or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows of the positive class, a label is no class, a prediction is NaN, positiveClass is
 * no class, or weights are negative, not finite or all 0
 */
export function precisionRecallCurve(
  scores: TensorLike,
  truth: TensorLike,
  options: CurveOptions = {},
): PrecisionRecallCurve {
  const where = "precisionRecallCurve";
  const filled = withDefaults(where, options, { ...SCORE_DEFAULTS, positiveClass: undefined });
  const ranking = rankOf(where, scores, truth, filled);
  requireBoth(where, ranking, filled.positiveClass ?? 1, false);
  return precisionRecallOf(ranking);
}

/**
 * Average precision, Σ (recallᵢ − recallᵢ₋₁) precisionᵢ over thresholds from the largest down: the area under the steps of the
 * precision-recall curve. For more than two classes, that of each class against all others, averaged.
 *
 * Shape: predictions and targets as for `rocCurve`. Of two columns of scores, that of class 1 is used. With `fromLogits`, rows are
 * ranked by log p / (1 − p), so that probabilities that round to 1 are no ties.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 *
 * @returns a number; with `average: "none"` one for each column of scores
 * @throws ShapeError, TypeError or RangeError as `precisionRecallCurve` does
 * @throws RangeError when average is unknown, or a class has no rows
 */
export function averagePrecision(scores: TensorLike, truth: TensorLike, options: PerColumnOptions): readonly number[];
export function averagePrecision(scores: TensorLike, truth: TensorLike, options?: OneVsRestOptions): number;
export function averagePrecision(
  scores: TensorLike,
  truth: TensorLike,
  options: AnyAverage = {},
): number | readonly number[] {
  const filled = withDefaults("averagePrecision", options, ONE_VS_REST_DEFAULTS);
  return oneVsRest("averagePrecision", scores, truth, filled, (ranking, positive) => {
    requireBoth("averagePrecision", ranking, positive, false);
    return averagePrecisionOf(ranking);
  });
}

/** The average precision of a ranking with positive rows. */
export function averagePrecisionOf(ranking: Ranking): number {
  const { precision, recall } = precisionRecallOf(ranking);
  return precision.reduce((area, share, i) => area + ((recall[i] ?? 0) - (recall[i + 1] ?? 0)) * share, 0);
}

/** The curve of a ranking with positive rows. */
export function precisionRecallOf({ thresholds, truePositives, falsePositives }: Ranking): PrecisionRecallCurve {
  const positives = truePositives.at(-1) ?? 0;
  const precision = truePositives.map((count, i) => count / (count + (falsePositives[i] ?? 0)));
  return {
    precision: [...precision.toReversed(), 1],
    recall: [...truePositives.map((count) => count / positives).toReversed(), 0],
    thresholds: thresholds.toReversed(),
  };
}
