import { requireWhole } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { greatest } from "./labels.ts";
import { probabilitiesOf, SCORE_DEFAULTS, type Scored, type ScoreOptions } from "./scores.ts";

/** Most bins: 24 MiB of counts and sums. */
const MOST_BINS = 2 ** 20;

export interface CalibrationOptions extends Omit<ScoreOptions, "sampleWeight"> {
  /** Count of bins of equal width from 0 to 1, at most 2^20. Default: 15. */
  readonly bins?: number;
}

/** Rows whose confidence is above `low` and at most `high`; the first bin has rows of confidence 0 too. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  /** Mean confidence of the rows. */
  readonly confidence: number;
  /** Share of rows that are right. */
  readonly accuracy: number;
  /** Count of rows, at least 1. */
  readonly count: number;
}

const DEFAULTS = {
  ignoreIndex: undefined,
  fromLogits: SCORE_DEFAULTS.fromLogits,
  bins: 15,
} as const satisfies Defaults<CalibrationOptions>;

/**
 * The reliability diagram as numbers: confidence and accuracy of rows in bins of equal confidence, without empty bins.
 *
 * The confidence of a row of [rows, classes] is its largest probability, and the row is right if this is of the true class
 * (the first of equal ones). Of one probability per row, the confidence is that of class 1, and rows of class 1 are right, as in
 * `calibration_curve` of scikit-learn.
 *
 * Shape: predictions and targets as for `logLoss`.
 * Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599
 *
 * @returns bins from the lowest confidence up
 * @throws ShapeError, TypeError or RangeError as `logLoss` does
 * @throws RangeError when bins is not a whole number from 1 to 2^20
 */
export function reliabilityDiagram(
  scores: TensorLike,
  truth: TensorLike,
  options: CalibrationOptions = {},
): readonly CalibrationBin[] {
  return binsOf("reliabilityDiagram", scores, truth, options);
}

/**
 * Expected calibration error: Σ nᵦ / n |accuracyᵦ − confidenceᵦ| over the bins b of `reliabilityDiagram`, from 0 to 1.
 *
 * Shape: predictions and targets as for `logLoss`.
 * Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599
 *
 * @throws ShapeError, TypeError or RangeError as `reliabilityDiagram` does
 */
export function expectedCalibrationError(
  scores: TensorLike,
  truth: TensorLike,
  options: CalibrationOptions = {},
): number {
  return errorOf(binsOf("expectedCalibrationError", scores, truth, options));
}

/** The expected calibration error of probabilities that were checked. */
export function calibrationErrorOf(scored: Scored, bins: number): number {
  return errorOf(binned(scored, bins));
}

/** The expected calibration error of bins that hold all rows. */
export function errorOf(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((total, { count }) => total + count, 0);
  return bins.reduce((error, { accuracy, confidence, count }) => {
    return error + (count / rows) * Math.abs(accuracy - confidence);
  }, 0);
}

/** Requires a count of bins. */
export function requireBins(where: string, bins: number): void {
  requireWhole(where, "bins", bins, 1, MOST_BINS);
}

function binsOf(
  where: string,
  scores: TensorLike,
  truth: TensorLike,
  options: CalibrationOptions,
): readonly CalibrationBin[] {
  const { bins, ...filled } = withDefaults(where, options, DEFAULTS);
  requireBins(where, bins);
  return binned(probabilitiesOf(where, scores, truth, { ...filled, sampleWeight: undefined }), bins);
}

function binned({ rows, actual, columns }: Scored, bins: number): readonly CalibrationBin[] {
  const confidences = new Float64Array(bins);
  const rights = new Float64Array(bins);
  const counts = new Float64Array(bins);
  rows.forEach((row, i) => {
    const confidence = greatest(row);
    const isRight = actual[i] === (columns === 1 ? 1 : row.indexOf(confidence));
    const bin = binOf(confidence, bins);
    confidences[bin] = (confidences[bin] ?? 0) + confidence;
    rights[bin] = (rights[bin] ?? 0) + (isRight ? 1 : 0);
    counts[bin] = (counts[bin] ?? 0) + 1;
  });
  return Array.from(counts, (count, i) => ({
    low: i * (1 / bins),
    high: i + 1 === bins ? 1 : (i + 1) * (1 / bins),
    confidence: (confidences[i] ?? 0) / count,
    accuracy: (rights[i] ?? 0) / count,
    count,
  })).filter(({ count }) => count > 0);
}

/** The bin whose upper edge is the first of at least p, for edges i · (1 / bins) as in `numpy.linspace`. */
function binOf(p: number, bins: number): number {
  const bin = Math.min(Math.max(Math.ceil(p * bins) - 1, 0), bins - 1);
  return bin < bins - 1 && p > (bin + 1) * (1 / bins) ? bin + 1 : bin;
}
