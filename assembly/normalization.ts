// x is [rows, columns]; `moments` holds the center of each row, then the factor that brings its spread to 1.
// weight and bias are [groups, columns]: row r has those of group r mod groups.

import { laneSum, loadLanes, storeLanes } from "./elementwise";
import { LANES, TURN, bytes, rowShare, shareStart } from "./lanes";
import { madd } from "./math";
import { dotOf } from "./summation";
import { varianceOf } from "./variance";

/** Floats added in f32 before their sum goes to f64: 64 in each of 8 lanes. */
const BLOCK: i32 = 512;

/** Columns added side by side: one cache line. */
const STRIP: i32 = 16;

/** Rows added up before their sum goes to the total, so that neither sum is long. */
const ROW_BLOCK: i32 = 128;

/** moments[0, r] = mean of row r, moments[1, r] = 1 / sqrt(variance of row r + eps). */
export function rowMoments(
  x: usize, moments: usize, eps: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const variance = varianceOf(x + bytes(r * columns), 0, 1, columns, moments + bytes(r));
    store<f32>(moments + bytes(rows + r), <f32>(1 / sqrt(variance + <f64>eps)));
  }
}

/** moments[0, r] = 0, moments[1, r] = 1 / sqrt(mean of x[r, c]^2 + eps). */
export function rowPower(
  x: usize, moments: usize, eps: f32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = x + bytes(r * columns);
    store<f32>(moments + bytes(r), 0);
    store<f32>(moments + bytes(rows + r), <f32>(1 / sqrt(dotOf(row, row, columns) / <f64>columns + <f64>eps)));
  }
}

/** (x - center) * factor * weight + bias. */
// @ts-ignore: decorator
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
    const center = v128.load32_splat(moments + bytes(r));
    const factor = v128.load32_splat(moments + bytes(rows + r));
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
// @ts-ignore: decorator
@inline
function gradient(
  dOut: v128, x: v128, weight: v128, center: v128, factor: v128, shift: v128, slope: v128,
): v128 {
  const own = f32x4.sub(f32x4.mul(f32x4.mul(dOut, weight), factor), shift);
  return f32x4.sub(own, f32x4.mul(f32x4.sub(x, center), slope));
}

/** dx for one row; the mean of g is subtracted where the row was `centered`. */
// @ts-ignore: decorator
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

// @ts-ignore: decorator
@inline
function rowGradients(
  dOut: usize, x: usize, moments: usize, weight: usize, dx: usize, rows: i32, columns: i32, groups: i32,
  centered: bool, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const at = bytes(r * columns);
    const w = weight + bytes((r % groups) * columns);
    const center = v128.load32_splat(moments + bytes(r));
    rowGradient(dOut + at, x + at, w, dx + at, center, load<f32>(moments + bytes(rows + r)), columns, centered);
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
 * out[0, g, c] = sum of dOut[r, c], out[1, g, c] = sum of dOut[r, c] * (x[r, c] - center[r]) * factor[r] over the rows
 * of group g: the gradients of bias and weight. Shared over g and c.
 */
export function normalizedSums(
  dOut: usize, x: usize, moments: usize, out: usize, rows: i32, columns: i32, groups: i32, part: i32, parts: i32,
): void {
  const width = groups * columns;
  const end = shareStart(width, part + 1, parts);
  let c = shareStart(width, part, parts);
  while (c < end) {
    const group = c / columns;
    const groupEnd = min(end, (group + 1) * columns);
    const own = moments + bytes(group);
    for (; c + STRIP <= groupEnd; c += STRIP) {
      sumStrip(dOut + bytes(c), x + bytes(c), own, out + bytes(c), rows, width, groups);
    }
    for (; c < groupEnd; c += LANES) {
      sumLanes(dOut + bytes(c), x + bytes(c), own, out + bytes(c), rows, width, groups, min(LANES, groupEnd - c));
    }
    c = groupEnd;
  }
}

/** Adds to what block after block of rows gave before; the first finds nothing. */
// @ts-ignore: decorator
@inline
function accumulate(out: usize, count: i32, sum: v128, isFirst: bool): void {
  storeLanes(out, count, isFirst ? sum : f32x4.add(loadLanes(out, count, sum), sum));
}

function sumStrip(dOut: usize, x: usize, moments: usize, out: usize, rows: i32, width: i32, groups: i32): void {
  const zero = f32x4.splat(0);
  const outWeight = out + bytes(width);
  for (let start = 0; start < rows || start == 0; start += ROW_BLOCK * groups) {
    const end = min(rows, start + ROW_BLOCK * groups);
    let a = zero, b = zero, c = zero, d = zero, e = zero, f = zero, g = zero, h = zero;
    for (let r = start; r < end; r += groups) {
      const at = bytes((r / groups) * width);
      const center = v128.load32_splat(moments + bytes(r));
      const factor = v128.load32_splat(moments + bytes(rows + r));
      const dA = v128.load(dOut + at);
      const dB = v128.load(dOut + at, 16);
      const dC = v128.load(dOut + at, 32);
      const dD = v128.load(dOut + at, 48);
      a = f32x4.add(a, dA);
      b = f32x4.add(b, dB);
      c = f32x4.add(c, dC);
      d = f32x4.add(d, dD);
      e = madd(dA, f32x4.mul(f32x4.sub(v128.load(x + at), center), factor), e);
      f = madd(dB, f32x4.mul(f32x4.sub(v128.load(x + at, 16), center), factor), f);
      g = madd(dC, f32x4.mul(f32x4.sub(v128.load(x + at, 32), center), factor), g);
      h = madd(dD, f32x4.mul(f32x4.sub(v128.load(x + at, 48), center), factor), h);
    }
    const isFirst = start == 0;
    accumulate(out, LANES, a, isFirst);
    accumulate(out + 16, LANES, b, isFirst);
    accumulate(out + 32, LANES, c, isFirst);
    accumulate(out + 48, LANES, d, isFirst);
    accumulate(outWeight, LANES, e, isFirst);
    accumulate(outWeight + 16, LANES, f, isFirst);
    accumulate(outWeight + 32, LANES, g, isFirst);
    accumulate(outWeight + 48, LANES, h, isFirst);
  }
}

/** `sumStrip` for `count` columns, at most 4. */
function sumLanes(
  dOut: usize, x: usize, moments: usize, out: usize, rows: i32, width: i32, groups: i32, count: i32,
): void {
  const zero = f32x4.splat(0);
  for (let start = 0; start < rows || start == 0; start += ROW_BLOCK * groups) {
    const end = min(rows, start + ROW_BLOCK * groups);
    let sum = zero, product = zero;
    for (let r = start; r < end; r += groups) {
      const at = bytes((r / groups) * width);
      const center = v128.load32_splat(moments + bytes(r));
      const d = loadLanes(dOut + at, count, zero);
      sum = f32x4.add(sum, d);
      const y = f32x4.mul(f32x4.sub(loadLanes(x + at, count, zero), center), v128.load32_splat(moments + bytes(rows + r)));
      product = madd(d, y, product);
    }
    accumulate(out, count, sum, start == 0);
    accumulate(out + bytes(width), count, product, start == 0);
  }
}
