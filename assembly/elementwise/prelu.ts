// x is [rows, columns], slopes are one for each column.

import { zip, zipRange } from "../base/map";
import { Binary } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { select } from "../base/math";

@final
class Sloped extends Binary {
  @inline
  apply(x: v128, slope: v128): v128 {
    return gated(x, x, slope);
  }
}

/** value where x > 0, else value * slope. */
@inline
function gated(value: v128, x: v128, slope: v128): v128 {
  return select(f32x4.gt(x, f32x4.splat(0)), value, f32x4.mul(value, slope));
}

/** out[r, c] = x[r, c] where it is above 0, else slopes[c] * x[r, c]. */
export function prelu(
  x: usize, slopes: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    zipRange(changetype<Sloped>(0), x + row, slopes, out + row, 0, columns);
  }
}

/** dx[r, c] = dOut[r, c] where x[r, c] > 0, else slopes[c] * dOut[r, c]. */
export function preluGradient(
  dOut: usize, x: usize, slopes: usize, dx: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const zero = f32x4.splat(0);
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    let c = 0;
    for (; c + TURN <= columns; c += TURN) {
      const at = row + bytes(c);
      const dLow = v128.load(dOut + at);
      const dHigh = v128.load(dOut + at, 16);
      const xLow = v128.load(x + at);
      const xHigh = v128.load(x + at, 16);
      const low = gated(dLow, xLow, v128.load(slopes + bytes(c)));
      const high = gated(dHigh, xHigh, v128.load(slopes + bytes(c), 16));
      v128.store(dx + at, low);
      v128.store(dx + at, high, 16);
    }
    for (; c < columns; c += LANES) {
      const at = row + bytes(c);
      const count = columns - c;
      const slope = loadLanes(slopes + bytes(c), count, zero);
      const d = loadLanes(dOut + at, count, zero);
      storeLanes(dx + at, count, gated(d, loadLanes(x + at, count, zero), slope));
    }
  }
}

@final
class NegativePart extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    return v128.andnot(f32x4.mul(dOut, x), f32x4.gt(x, f32x4.splat(0)));
  }
}

/** out[i] = dOut[i] * x[i] where x[i] <= 0, else 0: what each element adds to the gradient of its slope. */
export function preluSlopeTerms(dOut: usize, x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<NegativePart>(0), dOut, x, out, length, part, parts);
}
