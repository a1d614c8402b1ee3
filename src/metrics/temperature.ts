import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { calibrationErrorOf, requireBins } from "./calibration.ts";
import { greatest } from "./labels.ts";
import { lossOfLogits } from "./log-loss.ts";
import { probabilitiesOfLogits, type Scored, scoresOf } from "./scores.ts";
import { square, sum, weightedMean } from "./sums.ts";

/** Steps to a root: it doubles or halves at most 300 times from 1 to any scale of float32. */
const MOST_STEPS = 400;

export interface TemperatureOptions {
  /** Rows with this target are ignored, as with `ignoreIndex` of `nn.crossEntropyLoss`. Default: none. */
  readonly ignoreIndex?: number;
  /** Count of bins of the expected calibration error, at most 2^20. Default: 15. */
  readonly bins?: number;
}

/** Log loss and expected calibration error of the same rows. */
export interface Calibration {
  readonly logLoss: number;
  readonly expectedCalibrationError: number;
}

export interface TemperatureScaling {
  /** Divide logits by it. */
  readonly temperature: number;
  /** With the given logits. */
  readonly before: Calibration;
  /** With logits divided by the temperature. */
  readonly after: Calibration;
}

/**
 * Temperature scaling: the T > 0 for which the log loss of softmax(logits / T), or sigmoid(logits / T), is smallest. It leaves the
 * predicted classes unchanged. For validation data; its confidence on data that the model was trained on is too high.
 *
 * The loss is convex in 1 / T; Newton's method finds the root of its derivative.
 * Shape: logits are finite float32, [rows] or [rows, 1] of class 1, or [rows, classes]; targets are classes, [rows] or [rows, 1].
 * Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when logits or targets are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a logit is NaN or infinite, bins is not a whole number from 1 to
 * 2^20, or the loss has no minimum: all rows are right, or the true class has no larger logits than the others on average
 */
export function temperatureScaling(
  logits: TensorLike,
  truth: TensorLike,
  options: TemperatureOptions = {},
): TemperatureScaling {
  const where = "temperatureScaling";
  const { bins, ...filled } = withDefaults(where, options, { ignoreIndex: undefined, bins: 15 });
  requireBins(where, bins);
  const scored = scoresOf(where, logits, truth, { ...filled, sampleWeight: undefined, fromLogits: false });
  scored.rows.forEach((row, i) => {
    const wrong = row.find((x) => !Number.isFinite(x));
    if (wrong === undefined) return;
    throw new RangeError(`${where}: logits must be finite; got ${wrong} in row ${scored.numbers[i]}`);
  });
  const inverse = bestInverse(where, scored);
  return {
    temperature: 1 / inverse,
    before: calibrationAt(scored, 1, bins),
    after: calibrationAt(scored, inverse, bins),
  };
}

function calibrationAt(scored: Scored, inverse: number, bins: number): Calibration {
  const scaled = scored.rows.map((row) => row.map((x) => x * inverse));
  const lossOf = (i: number): number => lossOfLogits(scaled[i] ?? new Float64Array(), scored.actual[i] ?? 0);
  return {
    logLoss: weightedMean(scaled.length, lossOf),
    expectedCalibrationError: calibrationErrorOf({ ...scored, rows: scaled.map(probabilitiesOfLogits) }, bins),
  };
}

/** The 1 / T of the smallest loss. */
function bestInverse(where: string, { rows, actual }: Scored): number {
  // Logits less that of the true class; a single one is against a logit of 0 of class 0.
  const margins = rows.map((row, i) => {
    const [x = 0] = row;
    const target = actual[i] ?? 0;
    if (row.length === 1) return Float64Array.of(0, target === 1 ? -x : x);
    return row.map((other) => other - (row[target] ?? 0));
  });
  if (margins.every((row) => greatest(row) === 0)) {
    throw new RangeError(
      `${where}: some logits must be larger than that of the true class, or the log loss has no minimum; got none`,
    );
  }
  if (derivativesAt(margins, 0).slope >= 0) {
    throw new RangeError(
      `${where}: logits of the true class must be larger than the others on average, or the log loss has no minimum; got smaller ones`,
    );
  }
  return rootOf((inverse) => derivativesAt(margins, inverse));
}

/** First and second derivative of a function. */
interface Derivatives {
  readonly slope: number;
  readonly curvature: number;
}

/** The root above 0 of a growing slope: by Newton's steps where they stay within the bracket, else by halves and doubles. */
function rootOf(derivatives: (x: number) => Derivatives): number {
  let [low, high, x] = [0, Infinity, 1];
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope, curvature } = derivatives(x);
    if (slope === 0) return x;
    if (slope < 0) low = x;
    else high = x;
    const newton = x - slope / curvature;
    const middle = high === Infinity ? 2 * x : (low + high) / 2;
    const next = newton > low && newton < high ? newton : middle;
    if (Math.abs(next - x) <= Number.EPSILON * x) return next;
    x = next;
  }
  return x;
}

/** Derivatives of the mean loss by 1 / T: means over rows of the expected margin, and of its variance. */
function derivativesAt(margins: readonly Float64Array[], inverse: number): Derivatives {
  let [slope, curvature] = [0, 0];
  for (const own of margins) {
    const p = probabilitiesOfLogits(own.map((margin) => margin * inverse));
    const mean = sum(p.map((share, k) => share * (own[k] ?? 0)));
    slope += mean / margins.length;
    curvature += sum(p.map((share, k) => share * square((own[k] ?? 0) - mean))) / margins.length;
  }
  return { slope, curvature };
}
