import { copyRow, fillRange, mapRangeWith, zipRange } from "../base/map";
import { Maximum, Multiply } from "../base/functions";
import { LANES, bytes, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { sumMiddle } from "../reduction";

// Of x [batch, steps, columns] the steps t < lengths[n] count; a sequence of length 0 gives zeros. An address of 0 means
// that all lengths are `steps`.

@inline
function lengthAt(lengths: usize, n: i32, steps: i32): i32 {
  return lengths == 0 ? steps : load<i32>(lengths + bytes(n));
}

/** out[n] = x[n, lengths[n] - 1]. */
export function lastStep(
  x: usize, lengths: usize, out: usize, batch: i32, steps: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch, part + 1, parts);
  for (let n = rowShare(batch, part, parts); n < end; n++) {
    const length = lengthAt(lengths, n, steps);
    const row = out + bytes(n * columns);
    if (length == 0) fillRange(row, f32x4.splat(0), 0, columns);
    else copyRow(x + bytes((n * steps + length - 1) * columns), row, columns);
  }
}

/** dx[n, t] = dOut[n] where t = lengths[n] - 1, else 0. */
export function lastStepGradient(
  dOut: usize, lengths: usize, dx: usize, batch: i32, steps: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch * steps, part + 1, parts);
  for (let r = rowShare(batch * steps, part, parts); r < end; r++) {
    const n = r / steps;
    const row = dx + bytes(r * columns);
    if (r - n * steps == lengthAt(lengths, n, steps) - 1) copyRow(dOut + bytes(n * columns), row, columns);
    else fillRange(row, f32x4.splat(0), 0, columns);
  }
}

/**
 * out[n] = (sum over t < lengths[n] of x[n, t]) / lengths[n], in the order in which `sumMiddle` adds.
 * `totals` holds 2 batch columns floats where there are more than SHORT_SUM steps.
 */
export function maskedMean(
  x: usize, lengths: usize, out: usize, totals: usize, batch: i32, steps: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch, part + 1, parts);
  for (let n = rowShare(batch, part, parts); n < end; n++) {
    const length = lengthAt(lengths, n, steps);
    const own = bytes(n * columns);
    const from = x + bytes(n * steps * columns);
    sumMiddle(from, out + own, totals + 2 * own, shareOf(length), 1, length, columns, 0, 1);
  }
}

/** dx[n, t] = dOut[n] / lengths[n] where t < lengths[n], else 0. */
export function maskedMeanGradient(
  dOut: usize, lengths: usize, dx: usize, batch: i32, steps: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch * steps, part + 1, parts);
  for (let r = rowShare(batch * steps, part, parts); r < end; r++) {
    const n = r / steps;
    const length = lengthAt(lengths, n, steps);
    const row = dx + bytes(r * columns);
    if (r - n * steps >= length) fillRange(row, f32x4.splat(0), 0, columns);
    else {
      const factor = f32x4.splat(shareOf(length));
      mapRangeWith(changetype<Multiply>(0), dOut + bytes(n * columns), factor, row, 0, columns);
    }
  }
}

/** The weight of each step in a mean. */
@inline
function shareOf(length: i32): f32 {
  return length == 0 ? 0 : <f32>(1 / <f64>length);
}

/** out[n] = the largest x[n, t] with t < lengths[n], column by column; NaN where there is one. */
export function maskedMax(
  x: usize, lengths: usize, out: usize, batch: i32, steps: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch, part + 1, parts);
  for (let n = rowShare(batch, part, parts); n < end; n++) {
    const length = lengthAt(lengths, n, steps);
    const row = out + bytes(n * columns);
    const first = x + bytes(n * steps * columns);
    if (length == 0) fillRange(row, f32x4.splat(0), 0, columns);
    else copyRow(first, row, columns);
    for (let t = 1; t < length; t++) {
      zipRange(changetype<Maximum>(0), row, first + bytes(t * columns), row, 0, columns);
    }
  }
}

/** dx[n, t, c] = dOut[n, c] at the first t < lengths[n] with x[n, t, c] = out[n, c], or NaN; else 0. */
export function maskedMaxGradient(
  dOut: usize, x: usize, out: usize, lengths: usize, dx: usize, batch: i32, steps: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const zero = f32x4.splat(0);
  const end = rowShare(batch, part + 1, parts);
  for (let n = rowShare(batch, part, parts); n < end; n++) {
    const length = lengthAt(lengths, n, steps);
    for (let c = 0; c < columns; c += LANES) {
      const count = columns - c;
      const d = loadLanes(dOut + bytes(n * columns + c), count, zero);
      const most = loadLanes(out + bytes(n * columns + c), count, zero);
      let isLeft = i32x4.splat(-1);
      for (let t = 0; t < steps; t++) {
        const at = bytes((n * steps + t) * columns + c);
        let isMost = zero;
        if (t < length) {
          const value = loadLanes(x + at, count, zero);
          isMost = v128.and(isLeft, v128.or(f32x4.eq(value, most), f32x4.ne(value, value)));
          isLeft = v128.andnot(isLeft, isMost);
        }
        storeLanes(dx + at, count, v128.and(d, isMost));
      }
    }
  }
}
