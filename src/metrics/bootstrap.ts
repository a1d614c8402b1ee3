import { requireArray, requireBelowOne, requireWhole, ShapeError, shown } from "../base/errors.ts";
import { inOrder } from "../base/numbers.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { philoxWords } from "../base/philox.ts";
import { rowsAt } from "../base/rows.ts";
import { asTensor, type Tensor, type TensorLike } from "../base/tensor.ts";
import { requireLabels } from "./labels.ts";
import { isColumn } from "./rows.ts";
import { square, sum } from "./sums.ts";

export interface BootstrapOptions {
  /** Count of resamples. Default: 1000. */
  readonly samples?: number;
  /** Seed of the draws, a whole number from 0 to 2^53 − 1: the same seed gives the same interval. Default: 0. */
  readonly seed?: number;
  /** Share of resamples within the interval, above 0 and below 1. Default: 0.95. */
  readonly level?: number;
  /** Classes, [rows] or [rows, 1]: each resample has as many rows of each class as there are. Default: none. */
  readonly stratify?: TensorLike;
}

/** The value of a metric, with a confidence interval. */
export interface ConfidenceInterval {
  /** The metric of the given rows. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
  /** Standard deviation of the metric over resamples. */
  readonly standardError: number;
  /** The metric of each resample. */
  readonly estimates: Float64Array;
}

const DEFAULTS = {
  samples: 1000,
  seed: 0,
  level: 0.95,
  stratify: undefined,
} as const satisfies Defaults<BootstrapOptions>;

/**
 * A confidence interval of a metric by the bootstrap: rows are drawn with replacement, as many as there are, and the interval is
 * from the quantile (1 − level) / 2 of the metric of such resamples to the quantile (1 + level) / 2, interpolated linearly
 * (percentile method).
 *
 * Rows of all tensors are drawn together: `bootstrap(metrics.f1, [predictions, targets])`; with weights
 * `bootstrap((p, y, w) => metrics.f1(p, y, { sampleWeight: w }), [predictions, targets, weights])`; of the difference of two
 * models `bootstrap((a, b, y) => metrics.f1(a, y) - metrics.f1(b, y), [first, second, targets])`.
 *
 * Source: Efron and Tibshirani 1993, https://doi.org/10.1201/9780429246593
 *
 * @param metric a function of tensors with the drawn rows
 * @param tensors what the metric takes, each with the same number of rows, at least 1
 * @throws TypeError when metric is no function or does not return a number, tensors are no array of tensors, or an option is
 * unknown
 * @throws ShapeError when tensors or stratify differ in rows
 * @throws RangeError when there are no rows, an option is out of range, or the metric is NaN or throws for a resample, as
 * `rocAuc` does without rows of a class: `stratify` avoids this
 */
export function bootstrap<const T extends readonly TensorLike[]>(
  metric: (...tensors: T) => number,
  tensors: T,
  options: BootstrapOptions = {},
): ConfidenceInterval {
  const { samples, seed, level, stratify } = withDefaults("bootstrap", options, DEFAULTS);
  if (typeof metric !== "function") throw new TypeError(`bootstrap: metric must be a function; got ${shown(metric)}`);
  requireWhole("bootstrap", "samples", samples, 1);
  requireWhole("bootstrap", "seed", seed, 0, Number.MAX_SAFE_INTEGER);
  requireBelowOne("bootstrap", "level", level);
  if (level === 0) throw new RangeError("bootstrap: level must be above 0; got 0");
  requireArray("bootstrap", "tensors", tensors);
  const given = tensors.map((each, i) => asTensor("bootstrap", `tensors[${i}]`, each));
  const rows = countRows(given);
  const strata = strataOf(stratify, rows);
  const value = numberOf(metric(...(given as readonly TensorLike[] as T)));
  const estimates = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const indices = resample(strata, philoxWords(rows, seed, 0, sample));
    const drawn = given.map((each) => rowsAt(each, indices)) as readonly TensorLike[] as T;
    estimates[sample] = estimate(() => metric(...drawn));
  }
  const sorted = estimates.toSorted();
  const mean = sum(estimates) / samples;
  return {
    value,
    low: quantile(sorted, (1 - level) / 2),
    high: quantile(sorted, (1 + level) / 2),
    standardError: Math.sqrt(sum(estimates.map((each) => square(each - mean))) / Math.max(samples - 1, 1)),
    estimates,
  };
}

function countRows(tensors: readonly Tensor[]): number {
  const [rows] = tensors[0]?.shape ?? [];
  if (rows === undefined || tensors.some(({ shape }) => shape[0] !== rows)) {
    throw new ShapeError(`bootstrap: tensors must have the same number of rows; got ${tensors.join(", ") || "none"}`);
  }
  if (rows === 0) throw new RangeError("bootstrap: there must be at least one row; got none");
  return rows;
}

/** The rows of each class; all rows without classes. */
function strataOf(stratify: TensorLike | undefined, rows: number): readonly Int32Array[] {
  if (stratify === undefined) return [inOrder(rows)];
  const classes = asTensor("bootstrap", "stratify", stratify);
  if (!isColumn(classes) || classes.size !== rows) {
    throw new ShapeError(`bootstrap: stratify must be [${rows}] or [${rows}, 1]; got ${classes}`);
  }
  requireLabels("bootstrap", "stratify", classes.data);
  const rowsOf = new Map<number, number[]>();
  classes.data.forEach((label, row) => {
    const own = rowsOf.get(label);
    if (own) own.push(row);
    else rowsOf.set(label, [row]);
  });
  return [...rowsOf.values()].map((own) => Int32Array.from(own));
}

/** Rows drawn with replacement within each stratum, one for each word. */
function resample(strata: readonly Int32Array[], words: Uint32Array): Int32Array {
  const indices = new Int32Array(words.length);
  let next = 0;
  for (const rows of strata) {
    for (const end = next + rows.length; next < end; next++) {
      indices[next] = rows[Math.floor(((words[next] ?? 0) / 2 ** 32) * rows.length)] ?? 0;
    }
  }
  return indices;
}

function estimate(metric: () => number): number {
  const must = "bootstrap: metric must be a number for each resample (stratify keeps the rows of each class)";
  let value: number;
  try {
    value = metric();
  } catch (cause) {
    throw new RangeError(`${must}; got ${cause instanceof Error ? String(cause) : shown(cause)}`, { cause });
  }
  if (!Number.isNaN(numberOf(value))) return value;
  throw new RangeError(`${must}; got NaN`);
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`bootstrap: metric must return a number; got ${shown(value)}`);
}

/** The quantile q of sorted numbers, interpolated linearly, as `numpy.quantile` does. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below === above ? below : below + (above - below) * (at - Math.floor(at));
}
