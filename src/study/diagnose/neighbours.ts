import { square } from "../../base/power.ts";
import { Tensor } from "../../base/tensor.ts";
import { rowSize } from "../../base/rows.ts";
import { type Task, highest, labelOf, squaredError } from "./task.ts";

const NEIGHBOURS = 5;

/**
 * Errors, as of `errorsOf`, of predictions from the 5 nearest other rows, by inputs scaled to variance 1: the class that most
 * of them have, or the mean of their targets. Undefined unless x is one float32 tensor. In a large sample, the nearest
 * neighbour errs at most twice as often as the best possible prediction, so this error is within reach.
 *
 * Source: Cover and Hart 1967, https://doi.org/10.1109/TIT.1967.1053964
 */
export function neighbourErrors(task: Task): Float64Array | undefined {
  const { x } = task.dataset;
  if (!(x instanceof Tensor) || x.dtype !== "float32" || task.rows <= NEIGHBOURS) return undefined;
  const points = scaled(x.data, task.rows, rowSize(x));
  return Float64Array.from({ length: task.rows }, (_, row) => errorOf(task, row, nearest(points, row)));
}

/** Columns of mean 0 and variance 1; constant ones are 0. */
export function scaled(values: ArrayLike<number>, rows: number, width: number): Float64Array[] {
  const out = Array.from({ length: rows }, () => new Float64Array(width));
  for (let column = 0; column < width; column++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) sum += values[row * width + column] ?? NaN;
    const mean = sum / rows;
    for (let row = 0; row < rows; row++) squares += square((values[row * width + column] ?? NaN) - mean);
    const deviation = Math.sqrt(squares / rows);
    for (let row = 0; row < rows; row++) {
      const point = out[row];
      if (point) point[column] = deviation > 0 ? ((values[row * width + column] ?? NaN) - mean) / deviation : 0;
    }
  }
  return out;
}

/** The nearest other rows, the nearest first. */
function nearest(points: readonly Float64Array[], row: number): number[] {
  const own = points[row] ?? new Float64Array();
  const found: { readonly row: number; readonly distance: number }[] = [];
  points.forEach((other, i) => {
    const bound = found.length < NEIGHBOURS ? Infinity : (found.at(-1)?.distance ?? Infinity);
    if (i === row) return;
    let distance = 0;
    for (let column = 0; column < own.length && distance < bound; column++)
      distance += square((own[column] ?? 0) - (other[column] ?? 0));
    if (!(distance < bound)) return;
    if (found.length === NEIGHBOURS) found.pop();
    const at = found.findIndex((each) => each.distance > distance);
    found.splice(at < 0 ? found.length : at, 0, { row: i, distance });
  });
  return found.map((each) => each.row);
}

function errorOf(task: Task, row: number, others: readonly number[]): number {
  const { kind, targets, targetWidth, width } = task;
  if (kind === "numbers") {
    const meanOf = (column: number): number =>
      others.reduce((sum, other) => sum + (targets[other * targetWidth + column] ?? NaN), 0) / others.length;
    return squaredError(task, row, meanOf);
  }
  const votes = new Float64Array(kind === "class" ? width : 2);
  // The nearest decides a tie.
  others.forEach((other, rank) => {
    const label = labelOf(task, other);
    votes[label] = (votes[label] ?? 0) + (rank === 0 ? 1.5 : 1);
  });
  return Number(highest(votes) !== labelOf(task, row));
}
