import { requireWithin, ShapeError } from "../base/errors.ts";
import type { Defaults } from "../base/options.ts";
import { type Tensor, asTensor } from "../base/tensor.ts";

/** Predicted and true class of each row that is not ignored. */
export interface Labels {
  readonly predicted: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  /** Count of classes; undefined if predictions are labels. */
  readonly classes: number | undefined;
}

export interface ThresholdOptions {
  /** Class 1 is predicted above it, for one number per row; use 0 for logits. Default: 0.5. */
  readonly threshold?: number;
  /** Rows with this target are ignored, as with `ignoreIndex` of `nn.crossEntropyLoss`. Default: none. */
  readonly ignoreIndex?: number;
}

export const THRESHOLD_DEFAULTS = {
  threshold: 0.5,
  ignoreIndex: undefined,
} as const satisfies Defaults<ThresholdOptions>;

/** `ThresholdOptions` with defaults filled in. */
export interface Threshold {
  readonly threshold: number;
  readonly ignoreIndex: number | undefined;
}

/**
 * Predicted and true classes, from predictions and targets as for `accuracy`, except several decisions per row.
 * @throws ShapeError or RangeError as `accuracy` does
 */
export function labelsOf(
  where: string,
  predictions: Tensor,
  targets: Tensor,
  { threshold, ignoreIndex }: Threshold,
): Labels {
  requireWithin(where, "threshold", threshold, -Infinity, Infinity);
  if (ignoreIndex !== undefined) requireWithin(where, "ignoreIndex", ignoreIndex, -(2 ** 31), 2 ** 31 - 1);
  if (!isColumn(targets)) {
    throw new ShapeError(`${where}: targets must be [rows] or [rows, 1]; ${got(predictions, targets)}`);
  }
  const { predicted: all, classes } = predictedClasses(where, predictions, targets, threshold);
  const counts = ignoreIndex === undefined ? undefined : Array.from(targets.data, (target) => target !== ignoreIndex);
  const withoutIgnored = (labels: ArrayLike<number>): ArrayLike<number> =>
    counts ? Array.from(labels).filter((_, row) => counts[row]) : labels;
  const [predicted, actual] = [withoutIgnored(all), withoutIgnored(targets.data)];
  if (actual.length === 0)
    throw new RangeError(`${where}: there must be at least one row that is not ignored; got none`);
  requireLabels(where, "targets", targets.data, classes, ignoreIndex);
  requireLabels(where, "predictions", predicted, classes);
  return { predicted, actual, classes };
}

/**
 * Predictions and targets as tensors.
 * @throws TypeError, ShapeError or RangeError unless both are tensors of the same count of rows, at least 1, without NaN
 * in predictions
 */
export function asRows(where: string, scores: Tensor, truth: Tensor): { predictions: Tensor; targets: Tensor } {
  const predictions = asTensor(where, "predictions", scores);
  const targets = asTensor(where, "targets", truth);
  const [rows] = predictions.shape;
  if (rows === undefined || rows !== targets.shape[0]) {
    throw new ShapeError(
      `${where}: predictions and targets must have the same number of rows; ${got(predictions, targets)}`,
    );
  }
  if (rows === 0) throw new RangeError(`${where}: there must be at least one row; got none`);
  if (predictions.data.some(Number.isNaN)) {
    throw new RangeError(`${where}: predictions must be numbers; got NaN in ${predictions}`);
  }
  return { predictions, targets };
}

/**
 * Checks labels.
 * @param classes count of classes. Default: unlimited.
 * @param except a label that is allowed in addition
 * @throws RangeError when a label is not a whole number from 0 to classes - 1
 */
export function requireLabels(
  where: string,
  name: string,
  labels: ArrayLike<number>,
  classes?: number,
  except?: number,
): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? 0;
    if ((label >= 0 && label < (classes ?? Infinity) && Number.isInteger(label)) || label === except) continue;
    const range = classes === undefined ? "at least 0" : `from 0 to ${classes - 1}`;
    const whole = Number.isInteger(label) ? "" : "whole numbers ";
    throw new RangeError(`${where}: ${name} must be ${whole}${range}; got ${label} in row ${row}`);
  }
}

/** Predicted classes, and the count of classes unless predictions are labels. */
function predictedClasses(
  where: string,
  predictions: Tensor,
  targets: Tensor,
  threshold: number,
): Omit<Labels, "actual"> {
  const { data, dtype } = predictions;
  if (isColumn(predictions)) {
    if (dtype === "int32") return { predicted: data, classes: undefined };
    return { predicted: Int32Array.from(data, (value) => (value > threshold ? 1 : 0)), classes: 2 };
  }
  const [rows = 0, classes = 0] = predictions.shape;
  if (predictions.shape.length !== 2 || dtype === "int32" || classes === 0) {
    throw new ShapeError(
      `${where}: predictions must be float32 [rows, classes], [rows] or [rows, 1], or int32 [rows] or [rows, 1]; ${got(predictions, targets)}`,
    );
  }
  const predicted = Int32Array.from({ length: rows }, (_, row) => {
    const scores = data.subarray(row * classes, (row + 1) * classes);
    return scores.indexOf(greatest(scores));
  });
  return { predicted, classes };
}

/** `got predictions float32 [2] and targets int32 [3]` */
function got(predictions: Tensor, targets: Tensor): string {
  return `got predictions ${predictions} and targets ${targets}`;
}

function isColumn(x: Tensor): boolean {
  return x.shape.length === 1 || (x.shape.length === 2 && x.shape[1] === 1);
}

/** The greatest of the values. */
export function greatest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? most);
  return most;
}
