import { withDefaults } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import { calibrationErrorOf, requireBins } from "./calibration.ts";
import { greatest } from "./labels.ts";
import { lossOfLogits } from "./log-loss.ts";
import { probabilitiesOfLogits, type Scored, scoresOf } from "./scores.ts";
import { sum, weightedMean } from "./sums.ts";

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
 * The loss is convex in 1 / T; the root of its derivative is found by bisection, to the last bits of float64.
 * Shape: logits are finite float32, [rows] or [rows, 1] of class 1, or [rows, classes]; targets are classes, [rows] or [rows, 1].
 * Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when logits or targets are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a logit is NaN or infinite, bins is not a whole number from 1 to
 * 2^20, or the loss has no minimum: all rows are right, or the true class has no larger logits than the others on average
 */
export function temperatureScaling(
  logits: Tensor,
  truth: Tensor,
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
  if (slopeAt(margins, 0) >= 0) {
    throw new RangeError(
      `${where}: logits of the true class must be larger than the others on average, or the log loss has no minimum; got smaller ones`,
    );
  }
  let high = 1;
  while (slopeAt(margins, high) < 0) high *= 2;
  while (slopeAt(margins, high / 2) >= 0) high /= 2;
  let low = high / 2;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (slopeAt(margins, middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}

/** The derivative of the mean loss by 1 / T: the mean over rows of the expected margin. */
function slopeAt(margins: readonly Float64Array[], inverse: number): number {
  return weightedMean(margins.length, (i) => {
    const own = margins[i] ?? new Float64Array();
    const p = probabilitiesOfLogits(own.map((margin) => margin * inverse));
    return sum(p.map((share, k) => share * (own[k] ?? 0)));
  });
}
