import { ShapeError, requireArray, requireWhole } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { rowSize, rowsBetween } from "../base/rows.ts";
import { Tensor, type TensorLike, asTensor, printShape, sameShape, tensor } from "../base/tensor.ts";
import { type Dataset, isOne, isTensor } from "./dataset.ts";
import type { Values } from "./from-arrays.ts";
import { type Moments, type Spans, momentsOf } from "./times.ts";

/** Windows of time series as a data set. */
export interface Windows extends Dataset {
  /** The series of each window, by its index. */
  readonly series: Int32Array;
  /** Time of the first input and of the last target of each window: `times` of `split` and `kFold`. */
  readonly times: Spans;
}

export interface WindowOptions {
  /** Steps of the inputs of a window, at least 1. */
  readonly length: number;
  /** Steps of its targets, which follow the inputs, at least 1. Default: 1. */
  readonly horizon?: number;
  /** Steps from the start of a window to that of the next, at least 1. Default: 1. */
  readonly stride?: number;
  /** Columns that are targets, for series [steps, columns]; one column as a number has no axis in y. Default: all. */
  readonly targets?: number | readonly number[];
  /**
   * Time of each step, ascending; for several series an array with the times of each.
   * Default: 0, 1, 2, ... in each series, so that all series begin together.
   */
  readonly times?: Moments | readonly Moments[];
}

export const WINDOW_DEFAULTS = {
  length: undefined,
  horizon: 1,
  stride: 1,
  targets: undefined,
  times: undefined,
} as const satisfies Defaults<WindowOptions>;

/**
 * Windows of `length` steps as inputs, and the `horizon` steps after each as its targets:
 *
 * `const set = data.windows(series, { length: 48, horizon: 12 })`
 * `const { training, validation } = data.split(set, { validation: 0.2, times: set.times })`
 *
 * A window starts at step 0, stride, 2 stride, ... of each series and lies in one series; steps at the end that do not fill a
 * window are not used. Windows of training and validation share no steps if they are split by `times`: random windows share
 * most of them, which `split` and `kFold` warn of.
 *
 * Shape: one series [steps, ...] gives x [windows, length, ...] and y [windows, horizon, ...], with `targets`
 * [windows, horizon, targets.length], or [windows, horizon] for one column as a number: the output of `nn.linear(inputs, horizon)`.
 * Several series, an array of tensors, differ in the count of steps only.
 * x of one series is a view of it if stride = length, y if stride = horizon too; otherwise they are copies, of length / stride
 * times the numbers of the series.
 *
 * @param series a tensor, nested arrays or a typed array, or an array of tensors
 * @throws RangeError when length, horizon or stride is not a whole number of at least 1, a target is not a column, or times are
 * not finite or do not ascend
 * @throws ShapeError when a series has fewer than length + horizon steps, or another shape than the first, or times are not one
 * for each step
 * @throws TypeError when there is no series, series differ in dtype, or an option is unknown
 */
export function windows(series: TensorLike | Values | readonly TensorLike[], options: WindowOptions): Windows {
  return windowsOf(windowCuts("windows", series, withDefaults("windows", options, WINDOW_DEFAULTS)));
}

/** Options of `windows` with defaults filled in. */
interface FilledWindows {
  readonly length: number;
  readonly horizon: number;
  readonly stride: number;
  readonly targets: number | readonly number[] | undefined;
  readonly times: Moments | readonly Moments[] | undefined;
}

/** Where the windows of series begin. */
export interface WindowCuts extends Omit<FilledWindows, "times"> {
  readonly all: readonly Tensor[];
  /** First step of each window of each series. */
  readonly starts: readonly Int32Array[];
  /** Times of the steps of each series. */
  readonly times: readonly Float64Array[];
}

/** The windows that options describe. @throws RangeError, ShapeError or TypeError as `windows` does */
export function windowCuts(
  where: string,
  series: TensorLike | Values | readonly TensorLike[],
  { length, horizon, stride, targets, times }: FilledWindows,
): WindowCuts {
  for (const [name, steps] of Object.entries({ length, horizon, stride })) requireWhole(where, name, steps, 1);
  const all = seriesOf(where, series, length + horizon);
  const [first] = all;
  if (first === undefined) throw new TypeError(`${where}: series must be at least one; got none`);
  if (targets !== undefined) requireColumns(where, targets, first);
  const starts = all.map(({ shape: [steps = 0] }) => startsOf(steps - length - horizon, stride));
  return { all, starts, times: timesOf(where, all, times), length, horizon, stride, targets };
}

/** Inputs and targets of windows. */
export function windowsOf({ all, starts, times, length, horizon, stride, targets }: WindowCuts): Windows {
  const x = cut(all, starts, { offset: 0, steps: length, stride });
  const y = cut(all, starts, { offset: length, steps: horizon, stride });
  return {
    x,
    y: selectColumns(y, targets),
    length: x.shape[0] ?? 0,
    series: Int32Array.from(starts.flatMap((of, index) => Array.from(of, () => index))),
    times: {
      from: Float64Array.from(starts.flatMap((of, i) => Array.from(of, (start) => times[i]?.[start] ?? NaN))),
      to: Float64Array.from(
        starts.flatMap((of, i) => Array.from(of, (start) => times[i]?.[start + length + horizon - 1] ?? NaN)),
      ),
    },
  };
}

/** The series as tensors of at least `least` steps. */
function seriesOf(where: string, given: TensorLike | Values | readonly TensorLike[], least: number): readonly Tensor[] {
  const isSeveral = Array.isArray(given) && !isOne(given);
  const listed: readonly unknown[] = isSeveral ? given : [isTensor(given) ? given : tensor(given as Values)];
  const all = listed.map((each, i) => asTensor(where, isSeveral ? `series[${i}]` : "series", each));
  all.forEach((each, i) => {
    const name = isSeveral ? `series[${i}]` : "series";
    const [steps] = each.shape;
    if (steps === undefined || steps < least) {
      throw new ShapeError(`${where}: ${name} must have at least length + horizon steps, ${least}; got ${each}`);
    }
    const [first = each] = all;
    if (each.dtype !== first.dtype) {
      throw new TypeError(`${where}: all series must be ${first.dtype} as the first; got ${each} at index ${i}`);
    }
    if (sameShape(each.shape.slice(1), first.shape.slice(1))) return;
    throw new ShapeError(
      `${where}: steps of all series must be ${printShape(first.shape.slice(1))} as in the first; got ${each} at index ${i}`,
    );
  });
  return all;
}

function startsOf(last: number, stride: number): Int32Array {
  return Int32Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride);
}

interface Piece {
  /** Steps from the start of the window. */
  readonly offset: number;
  readonly steps: number;
  readonly stride: number;
}

/** The same piece of every window, [windows, steps, ...]. */
function cut(all: readonly Tensor[], starts: readonly Int32Array[], { offset, steps, stride }: Piece): Tensor {
  const count = starts.reduce((sum, { length }) => sum + length, 0);
  const [first] = all;
  if (first === undefined) throw new TypeError("windows: series must be at least one; got none");
  const shape = [count, steps, ...first.shape.slice(1)];
  if (all.length === 1 && steps === stride) {
    const { dtype, data } = rowsBetween(first, offset, offset + count * steps);
    return new Tensor(shape, dtype, data);
  }
  const width = rowSize(first);
  const size = count * steps * width;
  const numbers = first.dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  let out = 0;
  for (const [i, { data }] of all.entries()) {
    for (const start of starts[i] ?? []) {
      numbers.set(data.subarray((start + offset) * width, (start + offset + steps) * width), out);
      out += steps * width;
    }
  }
  return new Tensor(shape, first.dtype, numbers);
}

function requireColumns(where: string, targets: number | readonly number[], series: Tensor): void {
  if (typeof targets !== "number") requireArray(where, "targets", targets);
  const [, columns] = series.shape;
  if (series.shape.length !== 2 || columns === undefined) {
    throw new ShapeError(`${where}: series must be [steps, columns] for targets; got ${series}`);
  }
  if (typeof targets === "number") {
    requireWhole(where, "targets", targets, 0, columns - 1);
    return;
  }
  if (targets.length === 0) throw new RangeError(`${where}: targets must be at least one column; got none`);
  targets.forEach((column, i) => requireWhole(where, `targets[${i}]`, column, 0, columns - 1));
}

/** Some columns of [windows, steps, columns], copied; without an axis for one as a number; y itself for all. */
export function selectColumns(y: Tensor, targets: WindowCuts["targets"]): Tensor {
  if (targets === undefined) return y;
  const columns = typeof targets === "number" ? [targets] : targets;
  const [count = 0, steps = 0, width = 0] = y.shape;
  const size = count * steps * columns.length;
  const selected = y.dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  for (let row = 0; row < count * steps; row++) {
    columns.forEach((column, i) => (selected[row * columns.length + i] = y.data[row * width + column] ?? NaN));
  }
  const shape = typeof targets === "number" ? [count, steps] : [count, steps, columns.length];
  return new Tensor(shape, y.dtype, selected);
}

/** Times of the steps of each series. */
function timesOf(where: string, all: readonly Tensor[], given: WindowOptions["times"]): readonly Float64Array[] {
  if (given === undefined)
    return all.map(({ shape: [steps = 0] }) => Float64Array.from({ length: steps }, (_, i) => i));
  const isOfEach = Array.isArray(given) && given.some((each) => typeof each === "object" && !(each instanceof Date));
  if (!isOfEach && all.length > 1) {
    throw new TypeError(
      `${where}: times must be an array with the times of each series, ${all.length}; got those of one`,
    );
  }
  const listed: readonly unknown[] = isOfEach ? given : [given];
  if (listed.length !== all.length) {
    throw new ShapeError(`${where}: times must be those of each of ${all.length} series; got ${listed.length}`);
  }
  return all.map(({ shape: [steps = 0] }, i) => {
    const name = isOfEach ? `times[${i}]` : "times";
    const times = momentsOf(where, name, listed[i], steps, "steps");
    const wrong = times.findIndex((time, step) => step > 0 && !(time > (times[step - 1] ?? NaN)));
    if (wrong < 0) return times;
    throw new RangeError(
      `${where}: ${name} must ascend; got ${times[wrong - 1]} and then ${times[wrong]} at step ${wrong}`,
    );
  });
}
