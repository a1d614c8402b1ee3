import { mapRangeWith, mapRangeWithTwo, zipRangeWith } from "./base/map";
import { Multiply, Ternary } from "./base/functions";
import { expSum, largestOf } from "./base/exponentials";
import { bytes, rowShare } from "./base/lanes";
import { exp4, log4 } from "./base/math";
import { dotOf, sumOf } from "./base/summation";

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
