import type { CurveRecord } from "./record.ts";

/** Points of a curve that are kept, at most. */
const MOST = 500;

/** Halvings of the interval in which the distance of points is looked for. */
const HALVINGS = 20;

/**
 * A curve of at most 500 of its points, the first and the last included. All others are closer to the kept point before them, in shares of
 * the widths of both axes, than the smallest distance for which 500 points are enough. `area` is that of all points.
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
  const between = (i: number, k: number): number =>
    Math.max(Math.abs((x[i] ?? 0) - (x[k] ?? 0)) / width, Math.abs((y[i] ?? 0) - (y[k] ?? 0)) / height);
  const apart = (distance: number): readonly number[] => {
    let last = 0;
    return all.filter((i) => {
      const isKept = i === 0 || i === all.length - 1 || between(i, last) >= distance;
      if (isKept) last = i;
      return isKept;
    });
  };
  // At a distance above 1 only the first and the last are left.
  let [near, far] = [0, 2];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (near + far) / 2;
    if (apart(middle).length > MOST) near = middle;
    else far = middle;
  }
  return apart(far);
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
