import { requireWithin, ShapeError } from "../base/errors.ts";
import type { Defaults } from "../base/options.ts";
import type { Tensor } from "../base/tensor.ts";
import { got, isColumn, ROW_DEFAULTS, type RowOptions, type RowSelection, selectRows } from "./rows.ts";

/** Predicted and true class of each row that is not ignored. */
export interface Labels {
  readonly predicted: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  /** Weights of these rows; undefined for weights of 1. */
  readonly weights: ArrayLike<number> | undefined;
  /** Count of classes; undefined if predictions are labels. */
  readonly classes: number | undefined;
}

export interface ThresholdOptions extends RowOptions {
  /** Class 1 is predicted above it, for one number per row; use 0 for logits. Default: 0.5, for numbers from 0 to 1. */
  readonly threshold?: number;
}

export const THRESHOLD_DEFAULTS = {
  threshold: undefined,
  ...ROW_DEFAULTS,
} as const satisfies Defaults<ThresholdOptions>;

const PROBABLE = 0.5; // above it a class is more probable than not

/** `ThresholdOptions` with defaults filled in. */
export interface Threshold extends RowSelection {
  /** Undefined: that of probabilities, 0.5. */
  readonly threshold: number | undefined;
}

/**
 * Predicted and true classes, from predictions and targets as for `accuracy`, except several decisions per row.
 * @throws ShapeError, TypeError or RangeError as `accuracy` does
 */
export function labelsOf(where: string, predictions: Tensor, targets: Tensor, options: Threshold): Labels {
  const { ignoreIndex } = options;
  const { select, weights } = selectRows(where, predictions, targets, options);
  const threshold = thresholdFor(
    where,
    options.threshold,
    isColumn(predictions) && predictions.dtype === "float32" ? select(predictions.data) : [],
  );
  const { predicted: all, classes } = predictedClasses(where, predictions, targets, threshold);
  const [predicted, actual] = [select(all), select(targets.data)];
  requireLabels(where, "targets", targets.data, classes, ignoreIndex);
  requireLabels(where, "predictions", predicted, classes);
  return { predicted, actual, weights, classes };
}

/**
 * The threshold; 0.5 by default.
 * @param scores that it is for; none if predictions are not one number for each decision
 * @throws RangeError when it is not finite, or missing although a score is not from 0 to 1
 */
export function thresholdFor(where: string, threshold: number | undefined, scores: ArrayLike<number>): number {
  if (threshold !== undefined) {
    requireWithin(where, "threshold", threshold, -Infinity, Infinity);
    return threshold;
  }
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    if (score >= 0 && score <= 1) continue;
    throw new RangeError(
      `${where}: predictions must be from 0 to 1 for the default threshold (threshold: 0 is that of logits); got ${score}`,
    );
  }
  return PROBABLE;
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
): Pick<Labels, "predicted" | "classes"> {
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

/** The greatest of the values. */
export function greatest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? most);
  return most;
}
