import { requireWithin, ShapeError } from "../base/errors.ts";
import { type Tensor, asTensor } from "../base/tensor.ts";

/** The class that was predicted and the true one, for each row that counts. */
export interface Labels {
  readonly predicted: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  /** How many classes the predictions tell apart; unknown where they are labels. */
  readonly classes: number | undefined;
}

export interface ThresholdOptions {
  /** Numbers above it mean class 1, where predictions are one number a row. Default: 0.5; 0 suits logits. */
  readonly threshold?: number;
  /** Rows whose target is this do not count, as with `ignoreIndex` of `nn.crossEntropyLoss`. Default: all rows count. */
  readonly ignoreIndex?: number;
}

/**
 * Classes from predictions and targets of as many rows, in any of the forms that `accuracy` names but that of several
 * decisions a row.
 * @throws ShapeError or RangeError as `accuracy` says
 */
export function labelsOf(where: string, predictions: Tensor, targets: Tensor, options: ThresholdOptions): Labels {
  const { threshold = 0.5, ignoreIndex } = options;
  requireWithin(where, "threshold", threshold, -Infinity, Infinity);
  if (ignoreIndex !== undefined) requireWithin(where, "ignoreIndex", ignoreIndex, -(2 ** 31), 2 ** 31 - 1);
  if (!isColumn(targets)) {
    throw new ShapeError(`${where}: targets must be [rows] or [rows, 1]; ${given(predictions, targets)}`);
  }
  const { predicted: all, classes } = decided(where, predictions, targets, threshold);
  const kept = ignoreIndex === undefined ? undefined : Array.from(targets.data, (target) => target !== ignoreIndex);
  const counting = (labels: ArrayLike<number>): ArrayLike<number> =>
    kept ? Array.from(labels).filter((_, row) => kept[row]) : labels;
  const [predicted, actual] = [counting(all), counting(targets.data)];
  if (actual.length === 0) throw new RangeError(`${where}: there must be at least one row that counts; got none`);
  requireLabels(where, "targets", targets.data, classes, ignoreIndex);
  requireLabels(where, "predictions", predicted, classes);
  return { predicted, actual, classes };
}

/** Both as tensors; refuses what are none of one number of rows, at least 1, and predictions that are NaN. */
export function asRows(where: string, scores: Tensor, truth: Tensor): { predictions: Tensor; targets: Tensor } {
  const predictions = asTensor(where, "predictions", scores);
  const targets = asTensor(where, "targets", truth);
  const [rows] = predictions.shape;
  if (rows === undefined || rows !== targets.shape[0]) {
    throw new ShapeError(`${where}: there must be as many rows of both; ${given(predictions, targets)}`);
  }
  if (rows === 0) throw new RangeError(`${where}: there must be at least one row; got none`);
  if (predictions.data.some(Number.isNaN)) {
    throw new RangeError(`${where}: predictions must be numbers; got NaN in ${predictions}`);
  }
  return { predictions, targets };
}

/** Refuses labels that are no class; any whole number of at least 0 may be one where `classes` is unknown. */
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

/** Predictions as classes, and how many classes they tell apart where they are no labels. */
function decided(where: string, predictions: Tensor, targets: Tensor, threshold: number): Omit<Labels, "actual"> {
  const { data, dtype } = predictions;
  if (isColumn(predictions)) {
    if (dtype === "int32") return { predicted: data, classes: undefined };
    return { predicted: Int32Array.from(data, (value) => (value > threshold ? 1 : 0)), classes: 2 };
  }
  const [rows = 0, classes = 0] = predictions.shape;
  if (predictions.shape.length !== 2 || dtype === "int32" || classes === 0) {
    throw new ShapeError(
      `${where}: predictions must be float32 [rows, classes], [rows] or [rows, 1], or int32 [rows] or [rows, 1]; ${given(predictions, targets)}`,
    );
  }
  const predicted = Int32Array.from({ length: rows }, (_, row) => {
    const scores = data.subarray(row * classes, (row + 1) * classes);
    return scores.indexOf(greatest(scores));
  });
  return { predicted, classes };
}

/** `got predictions float32 [2] and targets int32 [3]` */
function given(predictions: Tensor, targets: Tensor): string {
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
