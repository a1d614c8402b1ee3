import { requireWithin, ShapeError } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { rowSize } from "../base/rows.ts";
import { type Tensor, type TensorLike, sameShape } from "../base/tensor.ts";
import { asRows, got, isColumn, requireSomeWeight, type SampleWeightOptions, weightsOf } from "./rows.ts";
import { square, weightedMean } from "./sums.ts";

const DEFAULTS = { sampleWeight: undefined } as const satisfies Defaults<SampleWeightOptions>;

/** Targets of at most this size count as this size in the percentage error: the eps of float64, as in scikit-learn. */
const LEAST_TARGET = 2 ** -52;

export interface QuantileLossOptions extends SampleWeightOptions {
  /** The quantile that is predicted, from 0 to 1. Default: 0.5. */
  readonly quantile?: number;
}

/**
 * The (weighted) mean of |y − ŷ| over rows, then over outputs.
 *
 * Shape: predictions ŷ and targets y are [rows], [rows, 1] or [rows, ...], int32 or float32; with more than one output per row
 * both have the same shape.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#regression-metrics
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when predictions, targets or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a number is NaN or infinite, or weights are negative, not finite or all 0
 */
export function meanAbsoluteError(scores: TensorLike, truth: TensorLike, options: SampleWeightOptions = {}): number {
  return meanOf("meanAbsoluteError", scores, truth, weightIn("meanAbsoluteError", options), (y, prediction) =>
    Math.abs(y - prediction),
  );
}

/**
 * The (weighted) mean of (y − ŷ)² over rows, then over outputs.
 *
 * Shape: predictions ŷ and targets y as for `meanAbsoluteError`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#regression-metrics
 *
 * @throws ShapeError, TypeError or RangeError as `meanAbsoluteError` does
 */
export function meanSquaredError(scores: TensorLike, truth: TensorLike, options: SampleWeightOptions = {}): number {
  return meanOf("meanSquaredError", scores, truth, weightIn("meanSquaredError", options), squaredError);
}

/**
 * √ of the (weighted) mean of (y − ŷ)² over rows; the mean of it over outputs.
 *
 * Shape: predictions ŷ and targets y as for `meanAbsoluteError`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#regression-metrics
 *
 * @throws ShapeError, TypeError or RangeError as `meanAbsoluteError` does
 */
export function rootMeanSquaredError(scores: TensorLike, truth: TensorLike, options: SampleWeightOptions = {}): number {
  return meanOf(
    "rootMeanSquaredError",
    scores,
    truth,
    weightIn("rootMeanSquaredError", options),
    squaredError,
    Math.sqrt,
  );
}

/**
 * The (weighted) mean of |y − ŷ| / max(|y|, 2^-52) over rows, then over outputs: 1 is 100 %. Huge where a target is 0.
 *
 * Shape: predictions ŷ and targets y as for `meanAbsoluteError`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#mean-absolute-percentage-error
 *
 * @throws ShapeError, TypeError or RangeError as `meanAbsoluteError` does
 */
export function meanAbsolutePercentageError(
  scores: TensorLike,
  truth: TensorLike,
  options: SampleWeightOptions = {},
): number {
  const where = "meanAbsolutePercentageError";
  return meanOf(where, scores, truth, weightIn(where, options), (y, prediction) => {
    return Math.abs(y - prediction) / Math.max(Math.abs(y), LEAST_TARGET);
  });
}

/**
 * Quantile loss (pinball loss): the (weighted) mean over rows, then over outputs, of q (y − ŷ) where y ≥ ŷ, else (q − 1) (y − ŷ).
 * Its minimum is the quantile q of y; half of the mean absolute error for q = 0.5.
 *
 * Shape: predictions ŷ and targets y as for `meanAbsoluteError`.
 * Source: Koenker and Bassett 1978, https://doi.org/10.2307/1913643
 *
 * @throws ShapeError, TypeError or RangeError as `meanAbsoluteError` does
 * @throws RangeError when quantile is not from 0 to 1
 */
export function quantileLoss(scores: TensorLike, truth: TensorLike, options: QuantileLossOptions = {}): number {
  const { quantile, sampleWeight } = withDefaults("quantileLoss", options, { ...DEFAULTS, quantile: 0.5 });
  requireWithin("quantileLoss", "quantile", quantile, 0, 1);
  return meanOf("quantileLoss", scores, truth, sampleWeight, (y, prediction) => {
    return (y >= prediction ? quantile : quantile - 1) * (y - prediction);
  });
}

/**
 * R², 1 − Σ w (y − ŷ)² / Σ w (y − ȳ)² for the (weighted) mean ȳ of targets; the mean of it over outputs. At most 1; 0 for ŷ = ȳ.
 * For constant targets, 1 if all predictions are exact, else 0, as in scikit-learn.
 *
 * Shape: predictions ŷ and targets y as for `meanAbsoluteError`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#r2-score-the-coefficient-of-determination
 *
 * @throws ShapeError, TypeError or RangeError as `meanAbsoluteError` does
 * @throws RangeError when there is only one row
 */
export function r2(scores: TensorLike, truth: TensorLike, options: SampleWeightOptions = {}): number {
  const { predictions, targets, rows, outputs, weights } = pairsOf("r2", scores, truth, weightIn("r2", options));
  if (rows < 2) throw new RangeError("r2: there must be at least two rows; got one");
  const scoreOf = (output: number): number => {
    const at = (x: Tensor, row: number): number => x.data[row * outputs + output] ?? NaN;
    const mean = weightedMean(rows, (row) => at(targets, row), weights);
    const residual = weightedMean(rows, (row) => square(at(targets, row) - at(predictions, row)), weights);
    const spread = weightedMean(rows, (row) => square(at(targets, row) - mean), weights);
    if (residual === 0) return 1;
    return spread === 0 ? 0 : 1 - residual / spread;
  };
  return weightedMean(outputs, scoreOf);
}

/** Predictions and targets as rows of outputs. */
interface Pairs {
  readonly predictions: Tensor;
  readonly targets: Tensor;
  readonly rows: number;
  readonly outputs: number;
  readonly weights: ArrayLike<number> | undefined;
}

function weightIn(where: string, options: SampleWeightOptions): TensorLike | undefined {
  return withDefaults(where, options, DEFAULTS).sampleWeight;
}

function pairsOf(where: string, scores: TensorLike, truth: TensorLike, sampleWeight: TensorLike | undefined): Pairs {
  const { predictions, targets } = asRows(where, scores, truth);
  if (!(isColumn(predictions) && isColumn(targets)) && !sameShape(predictions.shape, targets.shape)) {
    throw new ShapeError(`${where}: predictions and targets must have the same shape; ${got(predictions, targets)}`);
  }
  if (predictions.size === 0) {
    throw new ShapeError(`${where}: there must be at least one output per row; ${got(predictions, targets)}`);
  }
  requireFinite(where, "predictions", predictions);
  requireFinite(where, "targets", targets);
  const [rows = 0] = predictions.shape;
  const weights = weightsOf(where, sampleWeight, rows);
  if (weights) requireSomeWeight(where, weights);
  return { predictions, targets, rows, outputs: predictions.size / rows, weights };
}

function requireFinite(where: string, name: string, x: Tensor): void {
  const wrong = x.data.findIndex((value: number) => !Number.isFinite(value));
  if (wrong < 0) return;
  const row = Math.floor(wrong / rowSize(x));
  throw new RangeError(`${where}: ${name} must be finite numbers; got ${x.data[wrong]} in row ${row} of ${x}`);
}

/** The mean over outputs of `ofMean` of the weighted mean over rows of an error. */
function meanOf(
  where: string,
  scores: TensorLike,
  truth: TensorLike,
  sampleWeight: TensorLike | undefined,
  error: (y: number, prediction: number) => number,
  ofMean: (mean: number) => number = (mean) => mean,
): number {
  const { predictions, targets, rows, outputs, weights } = pairsOf(where, scores, truth, sampleWeight);
  const errorAt = (i: number): number => error(targets.data[i] ?? NaN, predictions.data[i] ?? NaN);
  return weightedMean(outputs, (output) =>
    ofMean(weightedMean(rows, (row) => errorAt(row * outputs + output), weights)),
  );
}

function squaredError(y: number, prediction: number): number {
  return square(y - prediction);
}
