import { requireOneOf } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { CLASS_DEFAULTS, classCounts, type ClassOptions, countOfClasses } from "./class-counts.ts";
import { labelsOf } from "./labels.ts";
import { asRows } from "./rows.ts";
import { ratio, sum } from "./sums.ts";

/** Most classes of a weighted kappa, which sums over all pairs of classes. */
const MOST_PAIRED = 4096;

export interface CohenKappaOptions extends ClassOptions {
  /**
   * Weight of a row whose true class is i and whose predicted class is j: `"none"`: 1 unless i = j; `"linear"`: |i − j|;
   * `"quadratic"`: (i − j)². Default: "none".
   */
  readonly weights?: "none" | "linear" | "quadratic";
}

/**
 * Matthews correlation coefficient, from −1 to 1, of any number of classes:
 * (c n − Σ pₖ tₖ) / √((n² − Σ pₖ²) (n² − Σ tₖ²)), for c right rows of n, and pₖ predicted and tₖ actual rows of class k. 0 where
 * predictions or targets are all of one class.
 *
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: Gorodkin 2004, https://doi.org/10.1016/j.compbiolchem.2004.09.006
 *
 * @throws ShapeError, TypeError or RangeError as `confusionMatrix` does
 */
export function matthewsCorrelation(scores: TensorLike, truth: TensorLike, options: ClassOptions = {}): number {
  const filled = withDefaults("matthewsCorrelation", options, CLASS_DEFAULTS);
  const { right, predicted, actual, total } = classCounts("matthewsCorrelation", scores, truth, filled);
  const spread = (counts: Float64Array): number =>
    product(
      counts,
      counts.map((count) => total - count),
    );
  return ratio(sum(right) * total - product(predicted, actual), Math.sqrt(spread(predicted) * spread(actual)));
}

/**
 * Cohen's kappa, 1 − Σ wᵢⱼ nᵢⱼ / Σ wᵢⱼ eᵢⱼ, at most 1: nᵢⱼ rows of class i are predicted as j, and eᵢⱼ are expected by chance from
 * the counts of rows and of predictions of each class. 0 is agreement by chance.
 *
 * Weights follow from the numbers of the classes, as in scikit-learn with `labels=range(classes)`.
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: Cohen 1960, https://doi.org/10.1177/001316446002000104
 *
 * @throws ShapeError, TypeError or RangeError as `confusionMatrix` does
 * @throws RangeError when weights are unknown, or all predictions and targets are of one class
 */
export function cohenKappa(scores: TensorLike, truth: TensorLike, options: CohenKappaOptions = {}): number {
  const filled = withDefaults("cohenKappa", options, { ...CLASS_DEFAULTS, weights: "none" });
  requireOneOf("cohenKappa", "weights", filled.weights, ["none", "linear", "quadratic"]);
  const { right, predicted, actual, total } = classCounts("cohenKappa", scores, truth, filled);
  if (hasOneClass(predicted.map((count, i) => count + (actual[i] ?? 0)))) {
    throw new RangeError("cohenKappa: predictions and targets must be of at least two classes; got one");
  }
  if (filled.weights === "none") {
    return 1 - (total - sum(right)) / (total - product(predicted, actual) / total);
  }
  const { weights } = filled;
  const weightOf = (i: number, j: number): number => (weights === "linear" ? Math.abs(i - j) : (i - j) * (i - j));
  const { predictions, targets } = asRows("cohenKappa", scores, truth);
  const labels = labelsOf("cohenKappa", predictions, targets, filled);
  const why = `at most ${MOST_PAIRED}, for there is a weight for each pair of them`;
  countOfClasses("cohenKappa", predictions, labels, filled, MOST_PAIRED, why);
  let observed = 0;
  for (let row = 0; row < labels.actual.length; row++) {
    const weight = labels.weights ? (labels.weights[row] ?? 0) : 1;
    observed += weight * weightOf(labels.actual[row] ?? 0, labels.predicted[row] ?? 0);
  }
  let expected = 0;
  actual.forEach((rows, i) => {
    if (rows === 0) return;
    predicted.forEach((columns, j) => (expected += rows * columns * weightOf(i, j)));
  });
  return 1 - observed / (expected / total);
}

function product(a: Float64Array, b: Float64Array): number {
  return sum(a.map((value, i) => value * (b[i] ?? 0)));
}

function hasOneClass(counts: Float64Array): boolean {
  return counts.filter((count) => count > 0).length === 1;
}
