import { square } from "../../base/power.ts";
import { Tensor } from "../../base/tensor.ts";
import { rowSize } from "../../base/rows.ts";
import { constantError } from "./baseline.ts";
import { mean } from "./curve.ts";
import { type TargetLeak, digits } from "./finding.ts";
import { type Task, labelOf, squaredError } from "./task.ts";

/** The highest error of a feature alone, as a share of that without it. */
const MOST_ERROR = { class: 0.01, binary: 0.01, numbers: 0.002 };

/** How much larger the error of the next best feature must be. */
const LEAST_FACTOR = 10;

const LEAST_SAMPLES = 100;

/**
 * A feature that tells the target almost perfectly, so that it may have been made from it. Its error is, for classes, the share
 * of its variance that is within classes: at most 1 %, where the best feature of Fisher's iris has 6 %. For numbers it is the
 * mean squared error of predictions from the two samples next to each in the order of this feature, as a share of the
 * variance: at most 0.2 %. The error of the next best feature must be 10 times that bound: neighbouring steps of a time series
 * tell almost as much as each other, and are none.
 *
 * Source: Kaufman, Rosset, Perlich and Stitelman 2012, https://doi.org/10.1145/2382577.2382579
 */
export function targetLeak(task: Task): TargetLeak | undefined {
  const { x } = task.dataset;
  if (!(x instanceof Tensor) || x.shape.length !== 2 || task.rows < LEAST_SAMPLES) return undefined;
  const width = rowSize(x);
  if (width < 2 || !(constantError(task) > 0)) return undefined;
  const errors = Array.from({ length: width }, (_, feature) => errorOf(task, columnOf(x.data, width, feature)));
  const [best, next] = errors.map((error, feature) => ({ error, feature })).toSorted((a, b) => a.error - b.error);
  const most = MOST_ERROR[task.kind];
  if (!best || !next || best.error > most || next.error < LEAST_FACTOR * most) return undefined;
  const { feature, error } = best;
  return {
    kind: "target leak",
    confidence: "low",
    where: `x[${feature}]`,
    evidence: { feature, error, nextError: next.error },
    sentence: `Feature ${feature} alone tells the target but for ${digits(100 * error)} % of the variance; the next best feature leaves ${digits(100 * next.error)} %.`,
    suggestion: `Find out whether feature ${feature} is known when a prediction is needed; if it follows from the target, leave it out.`,
  };
}

function errorOf(task: Task, values: Float64Array): number {
  return task.kind === "numbers" ? predictionError(task, values) : varianceWithin(task, values);
}

/** The share of the variance of a feature that is within classes; 1 for a constant one. */
function varianceWithin(task: Task, values: Float64Array): number {
  const rowsOf = new Map<number, number[]>();
  values.forEach((value, row) => {
    const label = labelOf(task, row);
    const own = rowsOf.get(label);
    if (own) own.push(value);
    else rowsOf.set(label, [value]);
  });
  const total = squaresAround(values);
  const within = [...rowsOf.values()].reduce((sum, own) => sum + squaresAround(own), 0);
  return total > 0 ? within / total : 1;
}

/** Σ (value - mean)². */
function squaresAround(values: ArrayLike<number>): number {
  const middle = mean(values);
  return Array.from(values).reduce((sum, value) => sum + square(value - middle), 0);
}

/** Mean squared error of predictions from the samples before and after in the order of a feature, as a share of the variance. */
function predictionError(task: Task, values: Float64Array): number {
  const { targets, targetWidth, rows } = task;
  const order = Array.from(values.keys()).toSorted((a, b) => (values[a] ?? NaN) - (values[b] ?? NaN));
  let sum = 0;
  order.forEach((row, i) => {
    const others = [order[i - 1], order[i + 1]].filter((each) => each !== undefined);
    sum += squaredError(task, row, (column) =>
      mean(others.map((other) => targets[other * targetWidth + column] ?? NaN)),
    );
  });
  return sum / rows / constantError(task);
}

function columnOf(values: ArrayLike<number>, width: number, column: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + column] ?? NaN);
}
