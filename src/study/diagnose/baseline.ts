import { square } from "../../base/power.ts";
import { Tensor } from "../../base/tensor.ts";
import { type Loss, linear } from "../../nn/index.ts";
import { sgd } from "../../optim/index.ts";
import { Trainer } from "../../train/trainer.ts";
import type { Task } from "./task.ts";

/** Least probability of a class, so that its logarithm is finite. */
const LEAST = 1e-6;

/**
 * The loss of the best constant prediction: frequencies of the classes, or for numbers the mean or the median of each,
 * whichever has the lower loss. Undefined if the loss is not finite for them.
 */
export function constantLoss(task: Task, loss: Loss): number | undefined {
  const losses = constantsOf(task).map((constant) => lossOf(task, loss, constant));
  const lowest = Math.min(...losses);
  return Number.isFinite(lowest) ? lowest : undefined;
}

/** Mean error of the best constant prediction, in the measure of `errorsOf`. */
export function constantError(task: Task): number {
  const { kind, rows, targets, targetWidth } = task;
  if (kind !== "numbers") {
    const frequencies = frequenciesOf(task);
    return 1 - Math.max(...frequencies);
  }
  let sum = 0;
  for (let column = 0; column < targetWidth; column++) {
    const own = columnOf(targets, targetWidth, column);
    const mean = own.reduce((total, each) => total + each, 0) / rows;
    sum += own.reduce((total, each) => total + square(each - mean), 0) / rows;
  }
  return sum;
}

/** Share of each class. */
function frequenciesOf({ kind, rows, targets, width }: Task): Float64Array {
  const counts = new Float64Array(kind === "class" ? width : 2);
  for (let row = 0; row < rows; row++) {
    const label = kind === "class" ? (targets[row] ?? 0) : Number((targets[row] ?? 0) > 0.5);
    counts[label] = (counts[label] ?? 0) + 1 / rows;
  }
  return counts;
}

function constantsOf(task: Task): readonly (readonly number[])[] {
  const { kind, decision, targets, targetWidth } = task;
  if (kind === "class") return [Array.from(frequenciesOf(task), (each) => Math.log(Math.max(each, LEAST)))];
  const columns = Array.from({ length: targetWidth }, (_, column) => columnOf(targets, targetWidth, column));
  const means = columns.map((own) => own.reduce((sum, each) => sum + each, 0) / own.length);
  if (kind === "numbers") return [means, columns.map((own) => own.toSorted()[own.length >> 1] ?? NaN)];
  const shares = means.map((each) => Math.min(Math.max(each, LEAST), 1 - LEAST));
  const isLogit = typeof decision === "object" && decision.above === 0;
  return [isLogit ? shares.map((p) => Math.log(p / (1 - p))) : shares];
}

/** The loss of one prediction for all rows. */
function lossOf({ dataset, rows, width }: Task, loss: Loss, constant: readonly number[]): number {
  const model = linear(1, width);
  model.loadStateDict({
    weight: new Tensor([width, 1], "float32", new Float32Array(width)),
    bias: new Tensor([width], "float32", Float32Array.from(constant)),
  });
  const x = new Tensor([rows, 1], "float32", new Float32Array(rows));
  try {
    return new Trainer(model, { loss, optimizer: sgd() }).evaluate({ ...dataset, x }).loss;
  } catch {
    // The loss does not take a prediction of this shape.
    return NaN;
  }
}

function columnOf(values: Float32Array | Int32Array, width: number, column: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + column] ?? NaN);
}
