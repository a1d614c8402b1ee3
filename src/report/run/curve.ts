import type { CurveRecord } from "./record.ts";

/** Points of a curve that are kept, at most. */
const MOST = 500;

/**
 * A curve of at most 500 of its points: first and last, and others at even distances along the curve, as it is drawn where both axes have
 * the same length. `area` is that of all points.
 */
export function curveRecord(name: string, x: readonly number[], y: readonly number[], area: number): CurveRecord {
  const kept = thinned(x, y);
  return { name, x: kept.map((i) => x[i] ?? NaN), y: kept.map((i) => y[i] ?? NaN), area };
}

/** Indices of the points that are kept. */
function thinned(x: readonly number[], y: readonly number[]): readonly number[] {
  const all = x.map((_, i) => i);
  if (all.length <= MOST) return all;
  const [width, height] = [extentOf(x), extentOf(y)];
  let length = 0;
  const lengths = all.map((i) => {
    if (i > 0) length += distance(x, i) / width + distance(y, i) / height;
    return length;
  });
  const step = length / (MOST - 2);
  let next = 0;
  return all.filter((i) => {
    const isLast = i === all.length - 1;
    if ((lengths[i] ?? 0) < next && !isLast) return false;
    next = (Math.floor((lengths[i] ?? 0) / step) + 1) * step;
    return true;
  });
}

function distance(values: readonly number[], i: number): number {
  return Math.abs((values[i] ?? 0) - (values[i - 1] ?? 0));
}

/** The range of numbers, 1 if they are all equal. */
function extentOf(values: readonly number[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? high - low : 1;
}
