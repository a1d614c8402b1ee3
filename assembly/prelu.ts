// x is [rows, columns], slopes are one for each column.

import { Binary, Ternary, loadLanes, storeLanes, zip } from "./elementwise";
import { LANES, TURN, bytes, rowShare } from "./lanes";
import { select } from "./math";

@final
class Sloped extends Ternary {
  @inline
  apply(d: v128, x: v128, slope: v128): v128 {
    return select(f32x4.gt(x, f32x4.splat(0)), d, f32x4.mul(d, slope));
  }
}

/** out[r, c] = f(d[r, c], x[r, c], slopes[c]). */
// @ts-ignore: decorator
@inline
function alongRows<F extends Ternary>(
  f: F, d: usize, x: usize, slopes: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const row = bytes(r * columns);
    let c = 0;
    for (; c + TURN <= columns; c += TURN) {
      const at = row + bytes(c);
      const dLow = v128.load(d + at);
      const dHigh = v128.load(d + at, 16);
      const xLow = v128.load(x + at);
      const xHigh = v128.load(x + at, 16);
      const low = f.apply(dLow, xLow, v128.load(slopes + bytes(c)));
      const high = f.apply(dHigh, xHigh, v128.load(slopes + bytes(c), 16));
      v128.store(out + at, low);
      v128.store(out + at, high, 16);
    }
    for (; c < columns; c += LANES) {
      const at = row + bytes(c);
      const count = columns - c;
      const zero = f32x4.splat(0);
      const slope = loadLanes(slopes + bytes(c), count, zero);
      storeLanes(out + at, count, f.apply(loadLanes(d + at, count, zero), loadLanes(x + at, count, zero), slope));
    }
  }
}

/** out[r, c] = x[r, c] where it is above 0, else slopes[c] * x[r, c]. */
export function prelu(
  x: usize, slopes: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  alongRows(changetype<Sloped>(0), x, x, slopes, out, rows, columns, part, parts);
}

/** dx[r, c] = dOut[r, c] where x[r, c] > 0, else slopes[c] * dOut[r, c]. */
export function preluGradient(
  dOut: usize, x: usize, slopes: usize, dx: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  alongRows(changetype<Sloped>(0), dOut, x, slopes, dx, rows, columns, part, parts);
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
