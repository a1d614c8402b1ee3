import { requireOneOf, requireWithin, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { type CurveOptions, type Ranking, rankOf, requireBoth } from "./ranking.ts";
import { SCORE_DEFAULTS } from "./scores.ts";
import { ratio } from "./sums.ts";

/** Counts of rows for a threshold: sums of weights. */
export interface BinaryCounts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

export interface ChooseThresholdOptions extends CurveOptions {
  /** What is to be as large as possible: a metric by name, or a function of the counts. Default: "f1". */
  readonly metric?: "accuracy" | "balancedAccuracy" | "f1" | "matthewsCorrelation" | ((counts: BinaryCounts) => number);
  /** Costs of a wrong row, finite and at least 0: their mean over rows is to be as small as possible. Default: none. */
  readonly cost?: { readonly falsePositive: number; readonly falseNegative: number };
}

export interface ChosenThreshold {
  /** Rows with a larger score are positive. */
  readonly threshold: number;
  /** The metric, or the mean cost, of these scores at the threshold. */
  readonly value: number;
  readonly counts: BinaryCounts;
}

/**
 * The threshold of scores for which a metric is largest, or the mean cost of wrong rows smallest. For validation data: chosen on
 * test data, it makes their metric too good.
 *
 * Thresholds are tried in the middle between adjacent scores, and half of the neighbouring gap outside the smallest and
 * largest one; of equally good ones the largest is chosen. `metrics.f1(predictions, targets, { threshold })` takes the result.
 *
 * Shape: predictions and targets as for `rocCurve`; scores are finite.
 *
 * @throws ShapeError, TypeError or RangeError as `rocCurve` does
 * @throws TypeError when both metric and cost are given, or the metric does not return a number
 * @throws RangeError when a score is infinite, metric is unknown or NaN for all thresholds, or a cost is negative or not finite
 */
export function chooseThreshold(
  scores: TensorLike,
  truth: TensorLike,
  options: ChooseThresholdOptions = {},
): ChosenThreshold {
  const where = "chooseThreshold";
  const defaults = { ...SCORE_DEFAULTS, positiveClass: undefined, metric: undefined, cost: undefined };
  const { metric, cost, ...filled } = withDefaults(where, options, defaults);
  if (metric !== undefined && cost !== undefined) {
    throw new TypeError(`${where}: metric and cost must not be given together; got both`);
  }
  const valueOf = cost === undefined ? metricOf(where, metric ?? "f1") : costOf(where, cost);
  const ranking = rankOf(where, scores, truth, filled);
  requireBoth(where, ranking, filled.positiveClass ?? 1);
  const sign = cost === undefined ? 1 : -1;
  let best: ChosenThreshold | undefined;
  for (const { threshold, counts } of candidates(where, ranking)) {
    const value: unknown = valueOf(counts);
    if (typeof value !== "number") throw new TypeError(`${where}: metric must return a number; got ${shown(value)}`);
    if (!Number.isNaN(value) && (!best || sign * value > sign * best.value)) best = { threshold, value, counts };
  }
  if (!best) throw new RangeError(`${where}: metric must be a number for at least one threshold; got NaN for all`);
  return best;
}

/** Thresholds from the largest down, with the counts of rows. */
function candidates(
  where: string,
  { thresholds, truePositives, falsePositives }: Ranking,
): { readonly threshold: number; readonly counts: BinaryCounts }[] {
  const infinite = thresholds.find((score) => !Number.isFinite(score));
  if (infinite !== undefined) throw new RangeError(`${where}: scores must be finite; got ${infinite}`);
  const [positives, negatives] = [truePositives.at(-1) ?? 0, falsePositives.at(-1) ?? 0];
  const [first = 0, second = first - 1] = thresholds;
  const last = thresholds.at(-1) ?? 0;
  const lastGap = thresholds.length > 1 ? (thresholds.at(-2) ?? 0) - last : 1;
  const between = thresholds.slice(1).map((score, i) => score + ((thresholds[i] ?? 0) - score) / 2);
  return [first + (first - second) / 2, ...between, last - lastGap / 2].map((threshold, i) => {
    const truePositive = truePositives[i - 1] ?? 0;
    const falsePositive = falsePositives[i - 1] ?? 0;
    const counts = {
      truePositive,
      falsePositive,
      trueNegative: negatives - falsePositive,
      falseNegative: positives - truePositive,
    };
    return { threshold, counts };
  });
}

type Value = (counts: BinaryCounts) => number;

function metricOf(where: string, metric: NonNullable<ChooseThresholdOptions["metric"]>): Value {
  if (typeof metric === "function") return metric;
  requireOneOf(where, "metric", metric, Object.keys(METRICS));
  return METRICS[metric];
}

function costOf(where: string, cost: NonNullable<ChooseThresholdOptions["cost"]>): Value {
  const { falsePositive, falseNegative } = withDefaults(`${where}: cost`, cost, {
    falsePositive: undefined,
    falseNegative: undefined,
  });
  requireWithin(where, "cost.falsePositive", falsePositive, 0, Infinity);
  requireWithin(where, "cost.falseNegative", falseNegative, 0, Infinity);
  return (counts) => {
    const total = falsePositive * counts.falsePositive + falseNegative * counts.falseNegative;
    return total / (counts.truePositive + counts.falsePositive + counts.trueNegative + counts.falseNegative);
  };
}

/** For targets of both classes. */
const METRICS = {
  accuracy: ({ truePositive: tp, falsePositive: fp, trueNegative: tn, falseNegative: fn }) =>
    (tp + tn) / (tp + fp + tn + fn),
  balancedAccuracy: ({ truePositive: tp, falsePositive: fp, trueNegative: tn, falseNegative: fn }) =>
    (tp / (tp + fn) + tn / (tn + fp)) / 2,
  f1: ({ truePositive: tp, falsePositive: fp, falseNegative: fn }) => (2 * tp) / (2 * tp + fp + fn),
  matthewsCorrelation: ({ truePositive: tp, falsePositive: fp, trueNegative: tn, falseNegative: fn }) =>
    ratio(tp * tn - fp * fn, Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))),
} as const satisfies Readonly<Record<string, Value>>;
