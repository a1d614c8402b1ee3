// x is [rows, columns]: batch normalization of features, with one mean for each column.

import { fillRange, mapRangeWith, zipRange } from "../base/map";
import { Add, Multiply, Ternary } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { madd } from "../base/math";
import { addToTotals } from "../base/summation";
import { MomentRow, SumRow } from "../contract/normalization";

/** Rows added up before their sum goes to the total, so that neither sum is long; one cache line of each row is in use. */
const ROW_BLOCK: i32 = 16;

/** Rows added up in f32 before their sums go to totals in f64. */
const LONG: i32 = 16_384;

@final
class Deviation extends Ternary {
  @inline
  apply(x: v128, _: v128, center: v128): v128 {
    return f32x4.sub(x, center);
  }
}

@final
class SquaredDeviation extends Ternary {
  @inline
  apply(x: v128, _: v128, center: v128): v128 {
    const deviation = f32x4.sub(x, center);
    return f32x4.mul(deviation, deviation);
  }
}

@final
class Plain extends Ternary {
  @inline
  apply(d: v128, _x: v128, _center: v128): v128 {
    return d;
  }
}

@final
class DeviationProduct extends Ternary {
  @inline
  apply(d: v128, x: v128, center: v128): v128 {
    return f32x4.mul(d, f32x4.sub(x, center));
  }
}

/**
 * out[c] = sum over r of f(a[r, c], b[r, c], center[c]) for c from `start` to below `end`; `totals` holds 2 columns
 * floats where there are more than SHORT_SUM rows.
 */
@inline
function sumDown<F extends Ternary>(
  f: F, a: usize, b: usize, center: usize, out: usize, totals: usize, rows: i32, columns: i32, start: i32, end: i32,
): void {
  const zero = f32x4.splat(0);
  fillRange(out, zero, start, end);
  for (let first = 0; first < rows; first += ROW_BLOCK) {
    const last = min(rows, first + ROW_BLOCK);
    let c = start;
    for (; c + TURN <= end; c += TURN) {
      const centerLow = v128.load(center + bytes(c));
      const centerHigh = v128.load(center + bytes(c), 16);
      let low = zero;
      let high = zero;
      for (let r = first; r < last; r++) {
        const at = bytes(r * columns + c);
        low = f32x4.add(low, f.apply(v128.load(a + at), v128.load(b + at), centerLow));
        high = f32x4.add(high, f.apply(v128.load(a + at, 16), v128.load(b + at, 16), centerHigh));
      }
      const lowTotal = f32x4.add(v128.load(out + bytes(c)), low);
      const highTotal = f32x4.add(v128.load(out + bytes(c), 16), high);
      v128.store(out + bytes(c), lowTotal);
      v128.store(out + bytes(c), highTotal, 16);
    }
    for (; c < end; c += LANES) {
      const count = end - c;
      const centers = loadLanes(center + bytes(c), count, zero);
      let sum = zero;
      for (let r = first; r < last; r++) {
        const at = bytes(r * columns + c);
        sum = f32x4.add(sum, f.apply(loadLanes(a + at, count, zero), loadLanes(b + at, count, zero), centers));
      }
      storeLanes(out + bytes(c), count, f32x4.add(loadLanes(out + bytes(c), count, zero), sum));
    }
    if (rows <= LONG || (last < rows && last % LONG != 0)) continue;
    addToTotals(out + bytes(start), totals + 2 * bytes(start), end - start, last <= LONG);
    if (last < rows) fillRange(out, zero, start, end);
  }
}

/**
 * The rows of `moments`, MomentRow: the mean and the variance of each column. Sums are of deviations from the first row, then of
 * squared ones from the mean: a mean far from 0 makes neither less exact. `totals` as in `sumDown`.
 */
export function columnMoments(
  x: usize, moments: usize, totals: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const start = shareStart(columns, part, parts);
  const end = shareStart(columns, part + 1, parts);
  const mean = moments + bytes(MomentRow.mean * columns);
  const variance = moments + bytes(MomentRow.variance * columns);
  const share = f32x4.splat(1 / <f32>rows);
  sumDown(changetype<Deviation>(0), x, x, x, mean, totals, rows, columns, start, end);
  mapRangeWith(changetype<Multiply>(0), mean, share, mean, start, end);
  zipRange(changetype<Add>(0), x, mean, mean, start, end);
  sumDown(changetype<SquaredDeviation>(0), x, x, mean, variance, totals, rows, columns, start, end);
  mapRangeWith(changetype<Multiply>(0), variance, share, variance, start, end);
}

/**
 * The rows of `sums`, SumRow: over r the sums of dOut[r, c], and of dOut[r, c] * (x[r, c] - mean[c]). `totals` as in
 * `sumDown`.
 */
export function columnSums(
  dOut: usize, x: usize, mean: usize, sums: usize, totals: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const start = shareStart(columns, part, parts);
  const end = shareStart(columns, part + 1, parts);
  sumDown(changetype<Plain>(0), dOut, dOut, mean, sums, totals, rows, columns, start, end);
  const products = sums + bytes(SumRow.product * columns);
  sumDown(changetype<DeviationProduct>(0), dOut, x, mean, products, totals, rows, columns, start, end);
}

/** out[r, c] = (x[r, c] - mean[c]) * scale[c] + bias[c]. */
export function normalizeColumns(
  x: usize, mean: usize, scale: usize, bias: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const at = x + bytes(r * columns);
    const atOut = out + bytes(r * columns);
    let c = 0;
    for (; c + TURN <= columns; c += TURN) {
      const low = f32x4.sub(v128.load(at + bytes(c)), v128.load(mean + bytes(c)));
      const high = f32x4.sub(v128.load(at + bytes(c), 16), v128.load(mean + bytes(c), 16));
      const lowOut = madd(low, v128.load(scale + bytes(c)), v128.load(bias + bytes(c)));
      const highOut = madd(high, v128.load(scale + bytes(c), 16), v128.load(bias + bytes(c), 16));
      v128.store(atOut + bytes(c), lowOut);
      v128.store(atOut + bytes(c), highOut, 16);
    }
    for (; c < columns; c += LANES) {
      const count = columns - c;
      const centered = f32x4.sub(tail(at, c, count), tail(mean, c, count));
      storeLanes(atOut + bytes(c), count, madd(centered, tail(scale, c, count), tail(bias, c, count)));
    }
  }
}

/** dx[r, c] = dOut[r, c] * scale[c] + (x[r, c] - mean[c]) * slope[c] + shift[c]. */
export function normalizeColumnsGradient(
  dOut: usize, x: usize, mean: usize, scale: usize, slope: usize, shift: usize, dx: usize, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    let c = 0;
    for (; c + TURN <= columns; c += TURN) {
      const at = row + bytes(c);
      const low = f32x4.sub(v128.load(x + at), v128.load(mean + bytes(c)));
      const high = f32x4.sub(v128.load(x + at, 16), v128.load(mean + bytes(c), 16));
      const lowRest = madd(low, v128.load(slope + bytes(c)), v128.load(shift + bytes(c)));
      const highRest = madd(high, v128.load(slope + bytes(c), 16), v128.load(shift + bytes(c), 16));
      const lowOut = madd(v128.load(dOut + at), v128.load(scale + bytes(c)), lowRest);
      const highOut = madd(v128.load(dOut + at, 16), v128.load(scale + bytes(c), 16), highRest);
      v128.store(dx + at, lowOut);
      v128.store(dx + at, highOut, 16);
    }
    for (; c < columns; c += LANES) {
      const count = columns - c;
      const centered = f32x4.sub(tail(x + row, c, count), tail(mean, c, count));
      const rest = madd(centered, tail(slope, c, count), tail(shift, c, count));
      storeLanes(dx + row + bytes(c), count, madd(tail(dOut + row, c, count), tail(scale, c, count), rest));
    }
  }
}

/** The `count` floats from x[i] on, at most 4, and zeros. */
@inline
function tail(x: usize, i: i32, count: i32): v128 {
  return loadLanes(x + bytes(i), count, f32x4.splat(0));
}
