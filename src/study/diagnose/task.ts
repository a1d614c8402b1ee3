import { square } from "../../base/power.ts";
import { Tensor } from "../../base/tensor.ts";
import { rowSize } from "../../base/rows.ts";
import { type AnyDataset, gather } from "../../data/dataset.ts";
import { permutation } from "../../runtime/random.ts";
import type { Module } from "../../nn/index.ts";
import type { Decision, Loss } from "../../nn/index.ts";

/** What a model predicts: one class of a row, whether one number is above a threshold, or numbers. */
export type TaskKind = "class" | "binary" | "numbers";

/** Samples of a data set with one target tensor, and what is predicted for them. */
export interface Task {
  readonly kind: TaskKind;
  readonly decision: Decision | undefined;
  readonly dataset: AnyDataset;
  readonly rows: number;
  /** Targets, `targetWidth` for each row. */
  readonly targets: Float32Array | Int32Array;
  readonly targetWidth: number;
  /** Outputs of the model for each row. */
  readonly width: number;
  /** Outputs of the model, row by row, in evaluation mode. */
  readonly outputs: Float32Array;
}

/** The task of a model on a data set; undefined if it is none of the three kinds. */
export function taskOf(model: Module, { traits }: Loss, dataset: AnyDataset): Task | undefined {
  const { y, length: rows } = dataset;
  if (!(y instanceof Tensor) || rows === 0) return undefined;
  const output = model.predict(dataset.x);
  if (output.shape[0] !== rows) return undefined;
  const [width, targetWidth] = [rowSize(output), rowSize(y)];
  const { decision } = traits;
  const shared = { decision, dataset, rows, targets: y.data, targetWidth, width, outputs: output.data };
  if (decision === "highest") {
    const isOfRows = output.shape.length === 2 && targetWidth === 1 && y.dtype === "int32";
    return isOfRows && y.data.every((label) => label >= 0 && label < width) ? { kind: "class", ...shared } : undefined;
  }
  if (width !== targetWidth) return undefined;
  if (decision === undefined) return { kind: "numbers", ...shared };
  return width === 1 ? { kind: "binary", ...shared } : undefined;
}

/** At most `most` samples of a data set, drawn at random, in their order. */
export function sampleOf(
  dataset: AnyDataset,
  most: number,
): { readonly dataset: AnyDataset; readonly rows: Int32Array } {
  const rows = permutation(dataset.length).slice(0, most).toSorted();
  return { dataset: gather(dataset, rows), rows };
}

/** Probability of each class in each row; undefined for numbers, or outputs that give none. */
export function probabilitiesOf({ kind, decision, rows, width, outputs }: Task): Float64Array[] | undefined {
  if (kind === "numbers" || decision === undefined) return undefined;
  return Array.from({ length: rows }, (_, row) => {
    const own = outputs.subarray(row * width, (row + 1) * width);
    if (decision === "highest") return softmax(own);
    const [value = NaN] = own;
    const p = decision.above === 0 ? 1 / (1 + Math.exp(-value)) : Math.min(Math.max(value, 0), 1);
    return Float64Array.of(1 - p, p);
  });
}

/** The class of a target of a class or binary task. */
export function labelOf({ kind, targets }: Task, row: number): number {
  const target = targets[row] ?? 0;
  return kind === "class" ? target : Number(target > 0.5);
}

/** Error of the model for each row: 1 for a wrong decision, else 0; for numbers the squared error, summed over a row. */
export function errorsOf(task: Task): Float64Array {
  const probabilities = probabilitiesOf(task);
  return Float64Array.from({ length: task.rows }, (_, row) => {
    const own = probabilities?.[row];
    if (own) return Number(highest(own) !== labelOf(task, row));
    return squaredError(task, row, (column) => task.outputs[row * task.width + column] ?? NaN);
  });
}

/** Σ (prediction - target)² over a row. */
export function squaredError(task: Task, row: number, prediction: (column: number) => number): number {
  let sum = 0;
  for (let column = 0; column < task.targetWidth; column++)
    sum += square(prediction(column) - (task.targets[row * task.targetWidth + column] ?? NaN));
  return sum;
}

export function highest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? NaN) > (values[best] ?? NaN)) best = i;
  return best;
}

function softmax(logits: Float32Array): Float64Array {
  const top = logits.reduce((most, each) => Math.max(most, each), -Infinity);
  const exponentials = Float64Array.from(logits, (each) => Math.exp(each - top));
  const sum = exponentials.reduce((total, each) => total + each, 0);
  return exponentials.map((each) => each / sum);
}
