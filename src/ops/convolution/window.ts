import { ShapeError, requireWhole, shown } from "../../base/errors.ts";
import type { Attributes, Operand } from "../../graph/operand.ts";
import { requireFloat } from "../check.ts";
import { reshape } from "../shape/view.ts";

/** Spatial axes: 1 for sequences, 2 for images. */
export type Axes = 1 | 2;

/** One number for all spatial axes, or one for each. */
export type Extents = number | readonly number[];

/** [height, width]; a sequence is an image of one row. */
export type Pair<T = number> = readonly [height: T, width: T];

/**
 * An option with one whole number of at least `low` for each axis, as [height, width].
 * @param single the height for a sequence
 * @throws RangeError when `value` is not such an option
 */
export function pairOf(where: string, name: string, value: Extents, axes: Axes, low: number, single = low): Pair {
  const list: readonly unknown[] = typeof value === "number" ? [value, value].slice(0, axes) : value;
  if (!Array.isArray(list) || list.length !== axes) {
    const form = axes === 1 ? "a number" : "a number or [height, width]";
    throw new RangeError(`${where}: ${name} must be ${form}; got ${shown(value)}`);
  }
  const extents = list.map((extent) => {
    requireWhole(where, name, extent as number, low);
    return extent as number;
  });
  const [first = single, second = first] = extents;
  return axes === 1 ? [single, first] : [first, second];
}

/** `get` of height and of width. */
export function eachAxis<T>(get: (axis: 0 | 1) => T): Pair<T> {
  return [get(0), get(1)];
}

/** One window along one axis: positions start, start + dilation, ... below end; a mean divides by `count`. */
export interface Interval {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** All windows along one axis. */
export interface Intervals {
  readonly length: number;
  at(i: number): Interval;
}

/** Whether all windows meet a condition. */
export function everyInterval(intervals: Intervals, isMet: (interval: Interval) => boolean): boolean {
  for (let i = 0; i < intervals.length; i++) if (!isMet(intervals.at(i))) return false;
  return true;
}

/** What defines the positions of windows, with one number for each axis; `padding` is that before the first position. */
export function windowAttributes(
  axes: Axes,
  { kernel, stride, padding, dilation }: Readonly<Record<"kernel" | "stride" | "padding" | "dilation", Pair>>,
): Attributes {
  const [kernelShape, strides] = [kernel.slice(-axes), stride.slice(-axes)];
  return { kernelShape, strides, padding: padding.slice(-axes), dilations: dilation.slice(-axes) };
}

/** x as images. */
export interface Planes {
  /** [N, C, height, width] */
  readonly x: Operand;
  readonly samples: number;
  readonly channels: number;
  readonly extent: Pair;
  /** A result with the axes of x, from one with the axes of images. */
  readonly restore: (out: Operand) => Operand;
}

/**
 * x, with or without an axis of samples, as [N, C, height, width]; the height of a sequence is 1.
 * @throws ShapeError when x has another number of axes
 */
export function planesOf(where: string, x: Operand, axes: Axes): Planes {
  requireFloat(where, "x", x);
  const isBatched = x.shape.length === axes + 2;
  if (!isBatched && x.shape.length !== axes + 1) {
    const form = axes === 1 ? "[N, C, L] or [C, L]" : "[N, C, H, W] or [C, H, W]";
    throw new ShapeError(`${where}: the input must be ${form}; got ${x}`);
  }
  const [samples = 0, channels = 0, ...field] = isBatched ? x.shape : [1, ...x.shape];
  const [height = 1, width = 1] = axes === 1 ? [1, ...field] : field;
  return {
    x: reshape(x, [samples, channels, height, width]),
    samples,
    channels,
    extent: [height, width],
    restore: (out) =>
      reshape(out, [...(isBatched ? out.shape.slice(0, 2) : out.shape.slice(1, 2)), ...out.shape.slice(-axes)]),
  };
}

/** Printed for errors: `3 x 5`, or `5` for a sequence. */
export function printExtents(extents: Pair, axes: Axes): string {
  return extents.slice(-axes).join(" x ");
}
