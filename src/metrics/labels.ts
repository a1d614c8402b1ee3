import { requireWithin, ShapeError } from "../errors.ts";
import { type Tensor, asTensor } from "../tensor.ts";

/** The class that was predicted and the true one, for each row. */
export interface Labels {
  readonly predicted: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  /** How many classes the predictions tell apart; unknown where they are labels. */
  readonly classes: number | undefined;
}

export interface ThresholdOptions {
  /** Probabilities above it mean class 1, for targets of float32; 0.5 where left out, 0 suits logits. */
  readonly threshold?: number;
}

/** Classes from predictions and targets, in any of the three forms that `accuracy` names. */
export function labelsOf(where: string, scores: Tensor, truth: Tensor, options: ThresholdOptions): Labels {
  const predictions = asTensor(where, "the first argument", scores);
  const targets = asTensor(where, "the second argument", truth);
  const { threshold = 0.5 } = options;
  requireWithin(where, "threshold", threshold, -Infinity, Infinity);
  const [rows] = predictions.shape;
  if (rows === undefined || rows !== targets.shape[0]) {
    throw new ShapeError(`${where}: there must be as many rows of both; ${given(predictions, targets)}`);
  }
  if (rows === 0) throw new RangeError(`${where}: there must be at least one row; got none`);
  if (predictions.dtype === "float32") requireNumbers(where, predictions);
  return targets.dtype === "float32"
    ? fromProbabilities(where, predictions, targets, threshold)
    : fromIntegers(where, predictions, targets);
}

function fromProbabilities(where: string, predictions: Tensor, targets: Tensor, threshold: number): Labels {
  const got = given(predictions, targets);
  if (predictions.dtype === "int32" || !isColumn(predictions)) {
    throw new TypeError(`${where}: targets must be int32 [rows] beside labels or scores of classes; ${got}`);
  }
  if (!isColumn(targets)) throw new ShapeError(`${where}: targets of float32 must be [rows] or [rows, 1]; ${got}`);
  const wrong = targets.data.find((target) => target !== 0 && target !== 1);
  if (wrong !== undefined) throw new RangeError(`${where}: targets of float32 must be 0 or 1; got ${wrong}`);
  const predicted = predictions.data.map((probability) => (probability > threshold ? 1 : 0));
  return { predicted, actual: targets.data, classes: 2 };
}

function fromIntegers(where: string, predictions: Tensor, targets: Tensor): Labels {
  const got = given(predictions, targets);
  if (targets.shape.length !== 1) throw new ShapeError(`${where}: targets of int32 must be [rows]; ${got}`);
  if (predictions.dtype === "float32" && isColumn(predictions)) {
    throw new TypeError(`${where}: targets must be float32 beside one probability a row; ${got}`);
  }
  const scored = predictions.dtype === "float32";
  if (predictions.shape.length !== (scored ? 2 : 1)) {
    throw new ShapeError(`${where}: predictions must be float32 [rows, classes] or int32 [rows]; ${got}`);
  }
  const classes = scored ? predictions.shape[1] : undefined;
  requireLabels(where, "targets", targets.data, classes);
  if (scored) return { predicted: largest(predictions), actual: targets.data, classes };
  requireLabels(where, "predictions", predictions.data);
  return { predicted: predictions.data, actual: targets.data, classes };
}

/** Refuses labels that are no class; any of at least 0 may be one where `classes` is left out. */
export function requireLabels(where: string, name: string, labels: ArrayLike<number>, classes?: number): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? 0;
    if (label >= 0 && label < (classes ?? Infinity)) continue;
    const range = classes === undefined ? "at least 0" : `from 0 to ${classes - 1}`;
    throw new RangeError(`${where}: ${name} must be ${range}; got ${label} in row ${row}`);
  }
}

function requireNumbers(where: string, predictions: Tensor): void {
  if (!predictions.data.some(Number.isNaN)) return;
  throw new RangeError(`${where}: predictions must be numbers; got NaN in ${predictions}`);
}

function given(predictions: Tensor, targets: Tensor): string {
  return `got predictions ${predictions} and targets ${targets}`;
}

function isColumn(x: Tensor): boolean {
  return x.shape.length === 1 || (x.shape.length === 2 && x.shape[1] === 1);
}

/** The place of the largest score in each row, the first of equals. */
function largest(scores: Tensor): Int32Array {
  const [rows = 0, classes = 0] = scores.shape;
  return Int32Array.from({ length: rows }, (_, row) => {
    const of = scores.data.subarray(row * classes, (row + 1) * classes);
    return of.indexOf(greatest(of));
  });
}

/** The greatest of the values. */
export function greatest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? most);
  return most;
}
