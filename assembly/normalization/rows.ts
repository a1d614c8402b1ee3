// x is [rows, columns]; the rows of `moments` are RowMomentRow.
// weight and bias are [groups, columns]: row r has those of group r mod groups.

import { fillRange } from "../base/map";
import { LANES, TURN, bytes, laneSum, loadLanes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { madd } from "../base/math";
import { addToTotals, dotOf } from "../base/summation";
import { AffineRow, RowMomentRow } from "../contract/normalization";
import { varianceOf } from "./variance";

/** Floats added in f32 before their sum goes to f64: 64 in each of 8 lanes. */
const BLOCK: i32 = 512;

/** Columns added side by side: one line of the cache, which is read once. */
const LINE: i32 = 16;

/** Rows added up before their sum goes to the total, so that neither sum is long. */
const ROW_BLOCK: i32 = 128;

/** Rows added up in f32 before their sums go to totals in f64. */
const LONG: i32 = ROW_BLOCK * 128;

/** For row r: its mean, and 1 / sqrt(variance + eps). */
export function rowMoments(
  x: usize, moments: usize, eps: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const variance = varianceOf(x + bytes(r * columns), 0, 1, columns, moments + bytes(RowMomentRow.center * rows + r));
    store<f32>(moments + bytes(RowMomentRow.factor * rows + r), <f32>(1 / sqrt(variance + <f64>eps)));
  }
}

/** For row r: 0, and 1 / sqrt(mean of x[r, c]^2 + eps). */
export function rowPower(
  x: usize, moments: usize, eps: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = x + bytes(r * columns);
    store<f32>(moments + bytes(RowMomentRow.center * rows + r), 0);
    store<f32>(moments + bytes(RowMomentRow.factor * rows + r), <f32>(1 / sqrt(dotOf(row, row, columns) / <f64>columns + <f64>eps)));
  }
}

/** (x - center) * factor * weight + bias. */
@inline
function normalized(x: v128, center: v128, factor: v128, weight: v128, bias: v128): v128 {
  return madd(f32x4.mul(f32x4.sub(x, center), factor), weight, bias);
}

/** out[r, c] = (x[r, c] - center[r]) * factor[r] * weight[r mod groups, c] + bias[r mod groups, c]. */
export function normalizeRows(
  x: usize, moments: usize, weight: usize, bias: usize, out: usize, rows: i32, columns: i32, groups: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const at = x + bytes(r * columns);
    const atOut = out + bytes(r * columns);
    const w = weight + bytes((r % groups) * columns);
    const b = bias + bytes((r % groups) * columns);
    const center = v128.load32_splat(moments + bytes(RowMomentRow.center * rows + r));
    const factor = v128.load32_splat(moments + bytes(RowMomentRow.factor * rows + r));
    let c = 0;
    for (; c + TURN <= columns; c += TURN) {
      const xLow = v128.load(at + bytes(c));
      const xHigh = v128.load(at + bytes(c), 16);
      const wLow = v128.load(w + bytes(c));
      const wHigh = v128.load(w + bytes(c), 16);
      const bLow = v128.load(b + bytes(c));
      const bHigh = v128.load(b + bytes(c), 16);
      const low = normalized(xLow, center, factor, wLow, bLow);
      const high = normalized(xHigh, center, factor, wHigh, bHigh);
      v128.store(atOut + bytes(c), low);
      v128.store(atOut + bytes(c), high, 16);
    }
    for (; c < columns; c += LANES) {
      const count = columns - c;
      const xTail = loadLanes(at + bytes(c), count, center);
      const wTail = loadLanes(w + bytes(c), count, center);
      const bTail = loadLanes(b + bytes(c), count, center);
      storeLanes(atOut + bytes(c), count, normalized(xTail, center, factor, wTail, bTail));
    }
  }
}

/** dOut * weight * factor - shift - (x - center) * slope. */
@inline
function gradient(
  dOut: v128, x: v128, weight: v128, center: v128, factor: v128, shift: v128, slope: v128,
): v128 {
  const own = f32x4.sub(f32x4.mul(f32x4.mul(dOut, weight), factor), shift);
  return f32x4.sub(own, f32x4.mul(f32x4.sub(x, center), slope));
}

/** dx for one row; the mean of g is subtracted where the row was `centered`. */
@inline
function rowGradient(
  dOut: usize, x: usize, weight: usize, dx: usize, center: v128, factor: f32, columns: i32, centered: bool,
): void {
  const zero = f32x4.splat(0);
  let sum: f64 = 0; // of g = dOut * weight
  let product: f64 = 0; // of g * (x - center)
  let c = 0;
  while (c < columns) {
    const end = min(columns, c + BLOCK);
    let sumLow = zero, sumHigh = zero, productLow = zero, productHigh = zero;
    for (; c + TURN <= end; c += TURN) {
      const low = f32x4.mul(v128.load(dOut + bytes(c)), v128.load(weight + bytes(c)));
      const high = f32x4.mul(v128.load(dOut + bytes(c), 16), v128.load(weight + bytes(c), 16));
      sumLow = f32x4.add(sumLow, low);
      sumHigh = f32x4.add(sumHigh, high);
      productLow = madd(low, f32x4.sub(v128.load(x + bytes(c)), center), productLow);
      productHigh = madd(high, f32x4.sub(v128.load(x + bytes(c), 16), center), productHigh);
    }
    for (; c < end; c += LANES) {
      const count = end - c;
      const g = f32x4.mul(loadLanes(dOut + bytes(c), count, zero), loadLanes(weight + bytes(c), count, zero));
      sumLow = f32x4.add(sumLow, g);
      productLow = madd(g, f32x4.sub(loadLanes(x + bytes(c), count, center), center), productLow);
    }
    sum += laneSum(f32x4.add(sumLow, sumHigh));
    product += laneSum(f32x4.add(productLow, productHigh));
  }
  const share = <f64>factor / <f64>columns;
  const shift = f32x4.splat(centered ? <f32>(sum * share) : 0);
  const slope = f32x4.splat(<f32>(product * share * <f64>factor * <f64>factor));
  const factors = f32x4.splat(factor);
  c = 0;
  for (; c + TURN <= columns; c += TURN) {
    const dLow = v128.load(dOut + bytes(c));
    const dHigh = v128.load(dOut + bytes(c), 16);
    const xLow = v128.load(x + bytes(c));
    const xHigh = v128.load(x + bytes(c), 16);
    const wLow = v128.load(weight + bytes(c));
    const wHigh = v128.load(weight + bytes(c), 16);
    const low = gradient(dLow, xLow, wLow, center, factors, shift, slope);
    const high = gradient(dHigh, xHigh, wHigh, center, factors, shift, slope);
    v128.store(dx + bytes(c), low);
    v128.store(dx + bytes(c), high, 16);
  }
  for (; c < columns; c += LANES) {
    const count = columns - c;
    const dTail = loadLanes(dOut + bytes(c), count, zero);
    const xTail = loadLanes(x + bytes(c), count, center);
    const wTail = loadLanes(weight + bytes(c), count, zero);
    storeLanes(dx + bytes(c), count, gradient(dTail, xTail, wTail, center, factors, shift, slope));
  }
}

@inline
function rowGradients(
  dOut: usize, x: usize, moments: usize, weight: usize, dx: usize, rows: i32, columns: i32, groups: i32,
  centered: bool, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const at = bytes(r * columns);
    const w = weight + bytes((r % groups) * columns);
    const center = v128.load32_splat(moments + bytes(RowMomentRow.center * rows + r));
    rowGradient(dOut + at, x + at, w, dx + at, center, load<f32>(moments + bytes(RowMomentRow.factor * rows + r)), columns, centered);
  }
}

/** dx[r, c] = factor (g - mean of g - y (mean of g y)) with g = dOut * weight and y = (x - center) * factor. */
export function normalizeRowsGradient(
  dOut: usize, x: usize, moments: usize, weight: usize, dx: usize, rows: i32, columns: i32, groups: i32,
  part: i32, parts: i32,
): void {
  rowGradients(dOut, x, moments, weight, dx, rows, columns, groups, true, part, parts);
}

/** dx[r, c] = factor (g - y (mean of g y)) with g = dOut * weight and y = x * factor. */
export function scaleRowsGradient(
  dOut: usize, x: usize, moments: usize, weight: usize, dx: usize, rows: i32, columns: i32, groups: i32,
  part: i32, parts: i32,
): void {
  rowGradients(dOut, x, moments, weight, dx, rows, columns, groups, false, part, parts);
}

/**
 * The rows of `out`, AffineRow: over the rows r of group g the sums of dOut[r, c], and of dOut[r, c] * (x[r, c] - center[r]) *
 * factor[r]. Shared over g and c.
 * `totals` holds 4 groups columns floats where a group has more than SHORT_SUM rows.
 */
export function normalizedSums(
  dOut: usize, x: usize, moments: usize, out: usize, totals: usize, rows: i32, columns: i32, groups: i32,
  part: i32, parts: i32,
): void {
  const width = groups * columns;
  const weight = out + bytes(AffineRow.weight * width);
  const block = rows / groups > ROW_BLOCK ? ROW_BLOCK * groups : rows;
  const isLong = rows / groups > LONG;
  const long = isLong ? LONG * groups : rows;
  const end = shareStart(width, part + 1, parts);
  let c = shareStart(width, part, parts);
  fillRange(out, f32x4.splat(0), c, end);
  fillRange(weight, f32x4.splat(0), c, end);
  while (c < end) {
    const group = c / columns;
    const groupEnd = min(end, (group + 1) * columns);
    for (let start = group; start < rows; start += long) {
      const stop = min(rows, start + long);
      for (let first = start; first < stop; first += block) {
        addRows(dOut, x, moments, out, first, min(stop, first + block), rows, width, groups, c, groupEnd);
      }
      if (!isLong) break;
      addToTotals(out + bytes(c), totals + 2 * bytes(c), groupEnd - c, start == group);
      addToTotals(weight + bytes(c), totals + 2 * bytes(width + c), groupEnd - c, start == group);
      if (stop == rows) break;
      fillRange(out, f32x4.splat(0), c, groupEnd);
      fillRange(weight, f32x4.splat(0), c, groupEnd);
    }
    c = groupEnd;
  }
}

/** Adds the terms of every groups-th row from `first` to below `last` to columns from `start` to below `end`. */
function addRows(
  dOut: usize, x: usize, moments: usize, out: usize, first: i32, last: i32, rows: i32, width: i32, groups: i32,
  start: i32, end: i32,
): void {
  const zero = f32x4.splat(0);
  const weight = out + bytes(AffineRow.weight * width);
  const factors = moments + bytes(RowMomentRow.factor * rows);
  let c = start;
  for (; c + LINE <= end; c += LINE) {
    let a = zero, b = zero, d = zero, e = zero, f = zero, g = zero, h = zero, i = zero;
    for (let r = first; r < last; r += groups) {
      const at = bytes((r / groups) * width + c);
      const center = v128.load32_splat(moments + bytes(RowMomentRow.center * rows + r));
      const factor = v128.load32_splat(factors + bytes(r));
      const dA = v128.load(dOut + at);
      const dB = v128.load(dOut + at, 16);
      const dD = v128.load(dOut + at, 32);
      const dE = v128.load(dOut + at, 48);
      a = f32x4.add(a, dA);
      b = f32x4.add(b, dB);
      d = f32x4.add(d, dD);
      e = f32x4.add(e, dE);
      f = madd(dA, f32x4.mul(f32x4.sub(v128.load(x + at), center), factor), f);
      g = madd(dB, f32x4.mul(f32x4.sub(v128.load(x + at, 16), center), factor), g);
      h = madd(dD, f32x4.mul(f32x4.sub(v128.load(x + at, 32), center), factor), h);
      i = madd(dE, f32x4.mul(f32x4.sub(v128.load(x + at, 48), center), factor), i);
    }
    addLine(out + bytes(c), a, b, d, e);
    addLine(weight + bytes(c), f, g, h, i);
  }
  for (; c < end; c += LANES) {
    const count = min(LANES, end - c);
    let sum = zero, product = zero;
    for (let r = first; r < last; r += groups) {
      const at = bytes((r / groups) * width + c);
      const d = loadLanes(dOut + at, count, zero);
      const deviation = f32x4.sub(loadLanes(x + at, count, zero), v128.load32_splat(moments + bytes(RowMomentRow.center * rows + r)));
      sum = f32x4.add(sum, d);
      product = madd(d, f32x4.mul(deviation, v128.load32_splat(factors + bytes(r))), product);
    }
    const own = bytes(c);
    storeLanes(out + own, count, f32x4.add(loadLanes(out + own, count, zero), sum));
    storeLanes(weight + own, count, f32x4.add(loadLanes(weight + own, count, zero), product));
  }
}

/** Adds 16 floats to those at `out`. */
@inline
function addLine(out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const sumA = f32x4.add(v128.load(out), a);
  const sumB = f32x4.add(v128.load(out, 16), b);
  const sumC = f32x4.add(v128.load(out, 32), c);
  const sumD = f32x4.add(v128.load(out, 48), d);
  v128.store(out, sumA);
  v128.store(out, sumB, 16);
  v128.store(out, sumC, 32);
  v128.store(out, sumD, 48);
}
