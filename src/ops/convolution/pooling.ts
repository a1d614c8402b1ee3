import { PoolRange } from "#kernels/contract";
import { placesIn } from "../../base/layout.ts";
import { ShapeError } from "../../base/errors.ts";
import { type Attributes, Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { Variable } from "../../memory/variable.ts";
import { requireAddressable } from "../check.ts";
import { sumColumns } from "../reduction/reduction.ts";
import { reshape } from "../shape/view.ts";
import {
  type Axes,
  type Extents,
  type Interval,
  type Intervals,
  type Pair,
  eachAxis,
  everyInterval,
  pairOf,
  planesOf,
  printExtents,
  windowAttributes,
} from "./window.ts";

export interface PoolOptions {
  /** Distance between neighbouring windows. Default: kernelSize. */
  readonly stride?: Extents;
  /** Positions around the input that windows may cover, at most half of kernelSize. Default: 0. */
  readonly padding?: Extents;
  /** Whether a last, incomplete window is included. Default: false. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions extends PoolOptions {
  /** Distance between neighbouring elements of a window. Default: 1. */
  readonly dilation?: Extents;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the zeros around the input count in the mean. Default: true. */
  readonly countIncludePad?: boolean;
}

/** Validated options, as [height, width]. */
export interface PoolWindow {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
}

/**
 * Validates the options of a pooling layer.
 * @throws RangeError when one is out of its range
 */
export function poolWindow(
  where: string,
  axes: Axes,
  kernelSize: Extents,
  options: MaxPoolOptions & AvgPoolOptions,
): PoolWindow {
  const kernel = pairOf(where, "kernelSize", kernelSize, axes, 1);
  const padding = pairOf(where, "padding", options.padding ?? 0, axes, 0);
  const dilation = pairOf(where, "dilation", options.dilation ?? 1, axes, 1);
  if (padding[0] > kernel[0] / 2 || padding[1] > kernel[1] / 2) {
    const got = `${printExtents(padding, axes)} for ${printExtents(kernel, axes)}`;
    throw new RangeError(`${where}: padding must be at most half of kernelSize; got ${got}`);
  }
  return {
    kernel,
    stride: pairOf(where, "stride", options.stride ?? kernelSize, axes, 1),
    padding,
    // A window of one element has no dilation.
    dilation: eachAxis((axis) => (kernel[axis] === 1 ? 1 : dilation[axis])),
    ceilMode: options.ceilMode ?? false,
    countIncludePad: options.countIncludePad ?? true,
  };
}

/** The largest element of each window of a sequence; see {@link maxPool2d}. */
export function maxPool1d(x: Operand, kernelSize: Extents, options: MaxPoolOptions = {}): Operand {
  return maxPool("maxPool1d", 1, x, poolWindow("maxPool1d", 1, kernelSize, options));
}

/**
 * out[n, c, y, x] = max over i < kernelSize of x[n, c, stride y + dilation i - padding, likewise]; NaN if any element is. The
 * gradient flows to the first of equal maxima.
 *
 * Shape: x [N, C, H, W] or [C, H, W] gives [N, C, Y, X] with Y = ⌊(H + 2 padding - dilation (kernelSize - 1) - 1) / stride⌋ + 1;
 * ⌈ ⌉ with ceilMode, without a last window that would start in the padding after the input.
 * @throws ShapeError or RangeError when x has other axes, a window does not fit, or an option is out of its range
 */
export function maxPool2d(x: Operand, kernelSize: Extents, options: MaxPoolOptions = {}): Operand {
  return maxPool("maxPool2d", 2, x, poolWindow("maxPool2d", 2, kernelSize, options));
}

/** The mean of each window of a sequence; see {@link avgPool2d}. */
export function avgPool1d(x: Operand, kernelSize: Extents, options: AvgPoolOptions = {}): Operand {
  return averagePool("avgPool1d", 1, x, poolWindow("avgPool1d", 1, kernelSize, options));
}

/**
 * out[n, c, y, x] = mean over i < kernelSize of x[n, c, stride y + i - padding, likewise]; the zeros around the input count unless
 * countIncludePad is false.
 *
 * Shape: as {@link maxPool2d}.
 * @throws ShapeError or RangeError when x has other axes, a window does not fit, or an option is out of its range
 */
export function avgPool2d(x: Operand, kernelSize: Extents, options: AvgPoolOptions = {}): Operand {
  return averagePool("avgPool2d", 2, x, poolWindow("avgPool2d", 2, kernelSize, options));
}

/** The means of outputSize windows that cover a sequence; see {@link adaptiveAvgPool2d}. */
export function adaptiveAvgPool1d(x: Operand, outputSize: Extents): Operand {
  return adaptiveAveragePool("adaptiveAvgPool1d", 1, x, pairOf("adaptiveAvgPool1d", "outputSize", outputSize, 1, 1));
}

/**
 * out[n, c, y, x] = the mean of x[n, c, ⌊y H / Y⌋ .. ⌈(y + 1) H / Y⌉ - 1, likewise].
 *
 * Shape: x [N, C, H, W] or [C, H, W] gives [N, C, Y, X] for the outputSize [Y, X].
 * @throws ShapeError or RangeError when x has other axes or is empty, or outputSize is not a whole number of at least 1
 */
export function adaptiveAvgPool2d(x: Operand, outputSize: Extents): Operand {
  return adaptiveAveragePool("adaptiveAvgPool2d", 2, x, pairOf("adaptiveAvgPool2d", "outputSize", outputSize, 2, 1));
}

/** Max pooling with validated options. */
export function maxPool(where: string, axes: Axes, operand: Operand, window: PoolWindow): Operand {
  const { x, samples, channels, extent, restore } = planesOf(where, operand, axes);
  const [rows, columns] = intervalsOf(where, axes, operand, extent, window);
  const shape = [samples, channels, rows.length, columns.length];
  requireAddressable(where, shape);
  const attributes = windowAttributes(axes, window);
  if (isPairs(window, rows, columns, extent)) return restore(maxPoolPairs(x, shape, attributes));
  const windows = tableOf(rows, columns);
  const sizes = [samples * channels, ...extent, rows.length, columns.length, ...window.dilation] as const;
  return restore(
    new Operand("maxPool", shape, [x, windows], {
      calls: (out) => [call("maxPool", x, out, windows, ...sizes)],
      gradient: (dOut) => [
        new Operand("maxPoolGradient", x.shape, [dOut, x, windows], {
          calls: (dx) => [call("maxPoolGradient", dOut, x, dx, windows, ...sizes)],
        }),
      ],
      flops: samples * channels * countOf(rows) * countOf(columns),
      attributes,
    }),
  );
}

function maxPoolPairs(x: Operand, shape: readonly number[], attributes: Attributes): Operand {
  const [samples = 0, channels = 0, height = 0, width = 0] = x.shape;
  const sizes = [samples * channels, height, width] as const;
  return new Operand("maxPool", shape, [x], {
    calls: (out) => [call("maxPoolPairs", x, out, ...sizes)],
    gradient: (dOut) => [
      new Operand("maxPoolGradient", x.shape, [dOut, x], {
        calls: (dx) => [call("maxPoolPairsGradient", dOut, x, dx, ...sizes)],
        overwrites: [1],
      }),
    ],
    flops: x.size,
    attributes,
  });
}

/** Average pooling with validated options. */
export function averagePool(where: string, axes: Axes, operand: Operand, window: PoolWindow): Operand {
  const { x, samples, channels, extent, restore } = planesOf(where, operand, axes);
  const [rows, columns] = intervalsOf(where, axes, operand, extent, window);
  requireAddressable(where, [samples, channels, rows.length, columns.length]);
  const attributes = { ...windowAttributes(axes, window), countIncludePad: window.countIncludePad };
  return restore(average(x, rows, columns, isPairs(window, rows, columns, extent), attributes));
}

/** Adaptive average pooling to a validated output size. */
export function adaptiveAveragePool(where: string, axes: Axes, operand: Operand, outputSize: Pair): Operand {
  const { x, samples, channels, extent, restore } = planesOf(where, operand, axes);
  const [height, width] = extent;
  if (height === 0 || width === 0) throw new ShapeError(`${where}: the input must not be empty; got ${operand}`);
  if (outputSize[0] === 1 && outputSize[1] === 1) {
    const means = sumColumns(reshape(x, [samples * channels, height * width]), 1 / (height * width));
    return restore(reshape(means, [samples, channels, 1, 1]));
  }
  requireAddressable(where, [samples, channels, ...outputSize]);
  const [rows, columns] = eachAxis((axis): Intervals => {
    const ratio = extent[axis] / outputSize[axis];
    return {
      length: outputSize[axis],
      at: (i) => {
        const [start, end] = [Math.floor(i * ratio), Math.ceil((i + 1) * ratio)];
        return { start, end, count: end - start };
      },
    };
  });
  return restore(average(x, rows, columns, false, { adaptive: true, axes }));
}

function average(x: Operand, rows: Intervals, columns: Intervals, pairs: boolean, attributes: Attributes): Operand {
  const [samples = 0, channels = 0, height = 0, width = 0] = x.shape;
  const planes = [samples * channels, height, width] as const;
  const windows = tableOf(rows, columns);
  const sizes = [windows, ...planes, rows.length, columns.length] as const;
  return new Operand("averagePool", [samples, channels, rows.length, columns.length], [x, windows], {
    calls: (out) => [pairs ? call("averagePoolPairs", x, out, ...planes) : call("averagePool", x, out, ...sizes)],
    gradient: (dOut) => [
      new Operand("averagePoolGradient", x.shape, [dOut, windows], {
        calls: (dx) => [
          pairs
            ? call("averagePoolPairsGradient", dOut, dx, ...planes)
            : call("averagePoolGradient", dOut, dx, ...sizes),
        ],
        gradient: (ddx) => [average(ddx, rows, columns, pairs, attributes)],
      }),
    ],
    flops: samples * channels * countOf(rows) * countOf(columns),
    attributes,
  });
}

/** The windows along both axes. */
function intervalsOf(where: string, axes: Axes, x: Operand, extent: Pair, window: PoolWindow): Pair<Intervals> {
  const { kernel, stride, padding, dilation, ceilMode, countIncludePad } = window;
  const extents = eachAxis((axis) => dilation[axis] * (kernel[axis] - 1) + 1);
  const padded = eachAxis((axis) => extent[axis] + 2 * padding[axis]);
  const intervals = eachAxis((axis): Intervals => {
    const steps = (padded[axis] - extents[axis]) / stride[axis];
    const most = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window may not start in the padding after the input.
    const count = ceilMode && (most - 1) * stride[axis] >= extent[axis] + padding[axis] ? most - 1 : most;
    const at = (i: number): Interval => {
      const first = i * stride[axis] - padding[axis];
      const last = first + extents[axis];
      const start = first < 0 ? first + dilation[axis] * Math.ceil(-first / dilation[axis]) : first;
      const end = Math.min(last, extent[axis]);
      return {
        start,
        end,
        count: countIncludePad ? Math.min(last, extent[axis] + padding[axis]) - first : end - start,
      };
    };
    return { length: Math.max(0, count), at };
  });
  requireAddressable(where, [intervals[0].length, intervals[1].length]);
  if (intervals.every((list) => list.length > 0 && everyInterval(list, ({ start, end }) => start < end)))
    return intervals;
  const got = `${printExtents(extents, axes)} and ${printExtents(padded, axes)}`;
  throw new ShapeError(`${where}: windows must fit in the padded input and overlap the input; got ${got} from ${x}`);
}

/** Whether windows are 2 x 2 with stride 2 and all inside the input. */
function isPairs(window: PoolWindow, rows: Intervals, columns: Intervals, [height, width]: Pair): boolean {
  const { kernel, stride, padding, dilation } = window;
  const even = [...kernel, ...stride].every((extent) => extent === 2) && dilation.every((step) => step === 1);
  return even && padding.every((extent) => extent === 0) && rows.length <= height / 2 && columns.length <= width / 2;
}

/** Integers of a `PoolRange`. */
const RANGE = placesIn(PoolRange);

/** A `PoolRange` for each row, then for each column. */
function tableOf(rows: Intervals, columns: Intervals): Variable<"int32"> {
  const table = new Variable("windows", [RANGE * (rows.length + columns.length)], "int32");
  const integers = table.write();
  let at = 0;
  for (const intervals of [rows, columns]) {
    for (let i = 0; i < intervals.length; i++) {
      const { start, end, count } = intervals.at(i);
      if (count > 2 ** 31 - 1)
        throw new RangeError(`pooling: windows must have less than 2^31 positions; got ${count}`);
      integers[at + PoolRange.start] = start;
      integers[at + PoolRange.end] = end;
      integers[at + PoolRange.count] = count;
      at += RANGE;
    }
  }
  return table;
}

/** Elements of all windows, counted once for each window that covers them. */
function countOf(intervals: Intervals): number {
  let sum = 0;
  for (let i = 0; i < intervals.length; i++) {
    const { start, end } = intervals.at(i);
    sum += Math.max(0, end - start);
  }
  return sum;
}
