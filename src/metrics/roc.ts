import { requireSwitch } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { type AnyAverage, ONE_VS_REST_DEFAULTS, oneVsRest } from "./one-vs-rest.ts";
import type { OneVsRestOptions, PerColumnOptions } from "./one-vs-rest.ts";
import { type CurveOptions, type Ranking, rankOf, requireBoth } from "./ranking.ts";
import { SCORE_DEFAULTS } from "./scores.ts";

export interface RocCurveOptions extends CurveOptions {
  /** Whether points on a straight line between their neighbours are left out. Default: true. */
  readonly dropIntermediate?: boolean;
}

/** Points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** Share of negative rows with a score of at least the threshold. */
  readonly falsePositiveRate: readonly number[];
  /** Share of positive rows with a score of at least the threshold. */
  readonly truePositiveRate: readonly number[];
  /** Scores from the largest down, after Infinity. */
  readonly thresholds: readonly number[];
}

/**
 * The receiver operating characteristic of one class against all others: false and true positive rates for each distinct
 * score as threshold.
 *
 * Shape: predictions are float32 scores, [rows] or [rows, 1] of class 1, or [rows, classes]; targets are classes, [rows] or
 * [rows, 1].
 * Source: Fawcett 2006, https://doi.org/10.1016/j.patrec.2005.10.010
 *
 * @throws ShapeError when the shapes are none of these, or positiveClass is missing for more than two classes
 * @throws TypeError when predictions, targets or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows of the positive class or of the others, a label is no class, a prediction is NaN,
 * positiveClass is no class, or weights are negative, not finite or all 0
 */
export function rocCurve(scores: TensorLike, truth: TensorLike, options: RocCurveOptions = {}): RocCurve {
  const defaults = { ...SCORE_DEFAULTS, positiveClass: undefined, dropIntermediate: true };
  const { dropIntermediate, ...filled } = withDefaults("rocCurve", options, defaults);
  requireSwitch("rocCurve", "dropIntermediate", dropIntermediate);
  const ranking = rankOf("rocCurve", scores, truth, filled);
  requireBoth("rocCurve", ranking, filled.positiveClass ?? 1);
  return rocOf(ranking, dropIntermediate);
}

/** The curve of a ranking with rows of both kinds. */
export function rocOf(ranking: Ranking, dropIntermediate = true): RocCurve {
  return curveOf(dropIntermediate ? corners(ranking) : ranking);
}

/** The area under the curve of a ranking with rows of both kinds. */
export function rocAreaOf(ranking: Ranking): number {
  return areaUnder(curveOf(ranking));
}

/**
 * The area under the ROC curve, by trapezoids: the probability that a positive row has a larger score than a negative one, where
 * equal scores count 1/2. For more than two classes, that of each class against all others, averaged.
 *
 * Shape: predictions and targets as for `rocCurve`. Of two columns of scores, that of class 1 is used. With `fromLogits`, rows are
 * ranked by log p / (1 − p), so that probabilities that round to 1 are no ties.
 * Source: Fawcett 2006, https://doi.org/10.1016/j.patrec.2005.10.010
 *
 * @returns a number; with `average: "none"` one for each column of scores
 * @throws ShapeError, TypeError or RangeError as `rocCurve` does
 * @throws RangeError when average is unknown, or a class has no rows
 */
export function rocAuc(scores: TensorLike, truth: TensorLike, options: PerColumnOptions): readonly number[];
export function rocAuc(scores: TensorLike, truth: TensorLike, options?: OneVsRestOptions): number;
export function rocAuc(scores: TensorLike, truth: TensorLike, options: AnyAverage = {}): number | readonly number[] {
  const filled = withDefaults("rocAuc", options, ONE_VS_REST_DEFAULTS);
  return oneVsRest("rocAuc", scores, truth, filled, (ranking, positive) => {
    requireBoth("rocAuc", ranking, positive);
    return rocAreaOf(ranking);
  });
}

function curveOf({ thresholds, truePositives, falsePositives }: Ranking): RocCurve {
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  return {
    falsePositiveRate: [0, ...falsePositives.map((count) => count / negatives)],
    truePositiveRate: [0, ...truePositives.map((count) => count / positives)],
    thresholds: [Infinity, ...thresholds],
  };
}

/** The points where the direction or the length of the steps changes, as in scikit-learn. */
function corners({ thresholds, truePositives, falsePositives }: Ranking): Ranking {
  const bends = (counts: readonly number[], i: number): boolean =>
    (counts[i + 1] ?? 0) - (counts[i] ?? 0) !== (counts[i] ?? 0) - (counts[i - 1] ?? 0);
  const isKept = (_: number, i: number): boolean =>
    i === 0 || i === thresholds.length - 1 || bends(truePositives, i) || bends(falsePositives, i);
  return {
    thresholds: thresholds.filter(isKept),
    truePositives: truePositives.filter(isKept),
    falsePositives: falsePositives.filter(isKept),
  };
}

function areaUnder({ falsePositiveRate: x, truePositiveRate: y }: RocCurve): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) {
    area += (((x[i] ?? 0) - (x[i - 1] ?? 0)) * ((y[i] ?? 0) + (y[i - 1] ?? 0))) / 2;
  }
  return area;
}
