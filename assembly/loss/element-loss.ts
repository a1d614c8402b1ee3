// The frame of losses that add up terms of pairs of elements. `factor` is 1 / length for the mean, 1 for the sum; `dOut`
// is the address of the gradient of the loss, one float.

import { zipWith, zipWithTwo } from "../base/map";
import { Binary, Quaternary, Ternary } from "../base/functions";
import { LANES, TURN, bytes, laneSum, loadLanes } from "../base/lanes";

/** Terms added in f32 before their sum goes to f64: 8 in each of 8 lanes. */
const RUN: i32 = 64;

/** A function of two numbers as one of three. */
@final
class Plain<F extends Binary> extends Ternary {
  @inline
  apply(x: v128, y: v128, _p: v128): v128 {
    return changetype<F>(0).apply(x, y);
  }
}

/** Sum of f(x[i], y[i], p), in one fixed order. */
@inline
function total<F extends Ternary>(f: F, x: usize, y: usize, p: v128, length: i32): f64 {
  const zero = f32x4.splat(0);
  let sum: f64 = 0;
  let i = 0;
  while (i < length) {
    const end = min(length, i + RUN);
    let low = zero;
    let high = zero;
    for (; i + TURN <= end; i += TURN) {
      low = f32x4.add(low, f.apply(v128.load(x + bytes(i)), v128.load(y + bytes(i)), p));
      high = f32x4.add(high, f.apply(v128.load(x + bytes(i), 16), v128.load(y + bytes(i), 16), p));
    }
    for (; i < end; i += LANES) {
      const count = end - i;
      const terms = f.apply(loadLanes(x + bytes(i), count, zero), loadLanes(y + bytes(i), count, zero), p);
      low = f32x4.add(low, v128.and(terms, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))));
    }
    sum += laneSum(f32x4.add(low, high));
  }
  return sum;
}

/** out[0] = factor * sum of f(x[i], y[i]). */
@inline
export function reduce<F extends Binary>(
  _f: F, x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32,
): void {
  reduceWith(changetype<Plain<F>>(0), x, y, f32x4.splat(0), out, factor, length, part);
}

/** out[0] = factor * sum of f(x[i], y[i], p). */
@inline
export function reduceWith<F extends Ternary>(
  f: F, x: usize, y: usize, p: v128, out: usize, factor: f32, length: i32, part: i32,
): void {
  if (part == 0) store<f32>(out, <f32>(<f64>factor * total(f, x, y, p, length)));
}

/** dx[i] = f(x[i], y[i], factor * dOut). */
@inline
export function spread<F extends Ternary>(
  f: F, dOut: usize, x: usize, y: usize, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  zipWith(f, x, y, f32x4.splat(factor * load<f32>(dOut)), dx, length, part, parts);
}

/** dx[i] = f(x[i], y[i], p, factor * dOut). */
@inline
export function spreadWith<F extends Quaternary>(
  f: F, dOut: usize, x: usize, y: usize, p: v128, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  zipWithTwo(f, x, y, p, f32x4.splat(factor * load<f32>(dOut)), dx, length, part, parts);
}
