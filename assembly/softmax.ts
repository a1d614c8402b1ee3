import {
  Multiply, Ternary, laneSum, loadLanes, mapRangeWith, mapRangeWithTwo, storeLanes, zipRangeWith,
} from "./elementwise";
import { LANES, TURN, bytes, rowShare } from "./lanes";
import { exp4, log4 } from "./math";
import { dotOf, sumOf } from "./summation";

/** Floats added in f32, 64 in each of 8 lanes, before their sum goes to f64. */
const BLOCK: i32 = 512;

/** The largest entry is subtracted first, so that large entries keep their differences. */
@final
class SubtractBoth extends Ternary {
  @inline
  apply(x: v128, largest: v128, logSum: v128): v128 {
    return f32x4.sub(f32x4.sub(x, largest), logSum);
  }
}

@final
class SoftmaxGradient extends Ternary {
  @inline
  apply(dOut: v128, out: v128, mean: v128): v128 {
    return f32x4.mul(out, f32x4.sub(dOut, mean));
  }
}

@final
class LogSoftmaxGradient extends Ternary {
  @inline
  apply(dOut: v128, out: v128, sum: v128): v128 {
    return f32x4.sub(dOut, f32x4.mul(exp4(out), sum));
  }
}

/** The largest float of a row; NaN is passed over, and comes back with the sum of exponentials. */
// @ts-ignore: decorator
@inline
function largestOf(x: usize, columns: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let low = lowest;
  let high = lowest;
  let i = 0;
  for (; i + TURN <= columns; i += TURN) {
    low = f32x4.pmax(low, v128.load(x + bytes(i)));
    high = f32x4.pmax(high, v128.load(x + bytes(i), 16));
  }
  for (; i < columns; i += LANES) low = f32x4.pmax(low, loadLanes(x + bytes(i), columns - i, lowest));
  low = f32x4.pmax(low, high);
  low = f32x4.pmax(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(low, v128.shuffle<f32>(low, low, 1, 0, 3, 2)), 0);
}

/** The sum of e^(x[c] - largest), which `keep` writes to out; lanes beyond the row hold e^-Infinity = 0. */
// @ts-ignore: decorator
@inline
function expSum(x: usize, largest: v128, out: usize, columns: i32, keep: bool): f64 {
  let total: f64 = 0;
  for (let start = 0; start < columns; start += BLOCK) {
    const end = min(columns, start + BLOCK);
    let low = f32x4.splat(0);
    let high = f32x4.splat(0);
    let i = start;
    for (; i + TURN <= end; i += TURN) {
      const xLow = v128.load(x + bytes(i));
      const xHigh = v128.load(x + bytes(i), 16);
      const expLow = exp4(f32x4.sub(xLow, largest));
      const expHigh = exp4(f32x4.sub(xHigh, largest));
      low = f32x4.add(low, expLow);
      high = f32x4.add(high, expHigh);
      if (keep) {
        v128.store(out + bytes(i), expLow);
        v128.store(out + bytes(i), expHigh, 16);
      }
    }
    for (; i < end; i += LANES) {
      const tail = exp4(f32x4.sub(loadLanes(x + bytes(i), end - i, f32x4.splat(-Infinity)), largest));
      low = f32x4.add(low, tail);
      if (keep) storeLanes(out + bytes(i), end - i, tail);
    }
    total += laneSum(f32x4.add(low, high));
  }
  return total;
}

/** out[r, c] = e^x[r, c] / sum over k of e^x[r, k]; NaN where a whole row is -Infinity. */
export function softmax(x: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = x + bytes(r * columns);
    const rowOut = out + bytes(r * columns);
    const total = expSum(row, f32x4.splat(largestOf(row, columns)), rowOut, columns, true);
    mapRangeWith(changetype<Multiply>(0), rowOut, f32x4.splat(<f32>(1 / total)), rowOut, 0, columns);
  }
}

/** out[r, c] = x[r, c] - ln(sum over k of e^x[r, k]); NaN where a whole row is -Infinity. */
export function logSoftmax(x: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = x + bytes(r * columns);
    const largest = f32x4.splat(largestOf(row, columns));
    const sum = f32x4.splat(<f32>expSum(row, largest, 0, columns, false));
    const logSum = f32x4.splat(f32x4.extract_lane(log4(sum), 0));
    mapRangeWithTwo(changetype<SubtractBoth>(0), row, largest, logSum, out + bytes(r * columns), 0, columns);
  }
}

/** dx[r, c] = out[r, c] * (dOut[r, c] - sum over k of dOut[r, k] * out[r, k]). */
export function softmaxGradient(
  dOut: usize, out: usize, dx: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const at = bytes(r * columns);
    const mean = f32x4.splat(<f32>dotOf(dOut + at, out + at, columns));
    zipRangeWith(changetype<SoftmaxGradient>(0), dOut + at, out + at, mean, dx + at, 0, columns);
  }
}

/** dx[r, c] = dOut[r, c] - e^out[r, c] * sum over k of dOut[r, k]. */
export function logSoftmaxGradient(
  dOut: usize, out: usize, dx: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const at = bytes(r * columns);
    const sum = f32x4.splat(<f32>sumOf(dOut + at, columns));
    zipRangeWith(changetype<LogSoftmaxGradient>(0), dOut + at, out + at, sum, dx + at, 0, columns);
  }
}
