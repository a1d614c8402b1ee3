// Activations made of straight pieces, with their gradients, and softsign. Where a piece ends, slopes are PyTorch's.

import { map, mapWith, mapWithTwo, zip, zipWith, zipWithTwo } from "../base/map";
import { Binary, Quaternary, Ternary, Unary } from "../base/functions";
import { madd, select } from "../base/math";

const SIXTH: f32 = 1.0 / 6.0;
const THIRD: f32 = 1.0 / 3.0;

/** x is the first argument, so that NaN stays NaN. */
@inline
function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, high), low);
}

@final
class Hardtanh extends Ternary {
  @inline
  apply(x: v128, low: v128, high: v128): v128 {
    return clamp(x, low, high);
  }
}

/** out[i] = x[i], but at least low and at most high. */
export function hardtanh(x: usize, out: usize, low: f32, high: f32, length: i32, part: i32, parts: i32): void {
  mapWithTwo(changetype<Hardtanh>(0), x, f32x4.splat(low), f32x4.splat(high), out, length, part, parts);
}

@final
class HardtanhGradient extends Quaternary {
  @inline
  apply(dOut: v128, x: v128, low: v128, high: v128): v128 {
    return v128.andnot(dOut, v128.or(f32x4.le(x, low), f32x4.ge(x, high)));
  }
}

/** dx[i] = dOut[i] where low < x[i] < high, else 0. */
export function hardtanhGradient(
  dOut: usize, x: usize, dx: usize, low: f32, high: f32, length: i32, part: i32, parts: i32,
): void {
  const p = f32x4.splat(low);
  const q = f32x4.splat(high);
  zipWithTwo(changetype<HardtanhGradient>(0), dOut, x, p, q, dx, length, part, parts);
}

@final
class ClampGradient extends Quaternary {
  @inline
  apply(dOut: v128, x: v128, low: v128, high: v128): v128 {
    return v128.and(dOut, v128.and(f32x4.ge(x, low), f32x4.le(x, high)));
  }
}

/** dx[i] = dOut[i] where low <= x[i] <= high, else 0. */
export function clampGradient(
  dOut: usize, x: usize, dx: usize, low: f32, high: f32, length: i32, part: i32, parts: i32,
): void {
  const p = f32x4.splat(low);
  const q = f32x4.splat(high);
  zipWithTwo(changetype<ClampGradient>(0), dOut, x, p, q, dx, length, part, parts);
}

/** x + 3, from 0 to 6. */
@inline
function gate(x: v128): v128 {
  return clamp(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0), f32x4.splat(6));
}

@final
class Hardsigmoid extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(gate(x), f32x4.splat(SIXTH));
  }
}

/** out[i] = (x[i] + 3) / 6, but at least 0 and at most 1. */
export function hardsigmoid(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Hardsigmoid>(0), x, out, length, part, parts);
}

@final
class HardsigmoidGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    return v128.andnot(f32x4.mul(dOut, f32x4.splat(SIXTH)), f32x4.ge(f32x4.abs(x), f32x4.splat(3)));
  }
}

/** dx[i] = dOut[i] / 6 where -3 < x[i] < 3, else 0. */
export function hardsigmoidGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<HardsigmoidGradient>(0), dOut, x, dx, length, part, parts);
}

@final
class Hardswish extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, f32x4.mul(gate(x), f32x4.splat(SIXTH)));
  }
}

/** out[i] = x[i] * hardsigmoid x[i]. */
export function hardswish(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Hardswish>(0), x, out, length, part, parts);
}

@final
class HardswishGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const sloped = madd(x, f32x4.splat(THIRD), f32x4.splat(0.5));
    const slope = select(f32x4.ge(x, f32x4.splat(3)), f32x4.splat(1), sloped);
    return f32x4.mul(dOut, v128.andnot(slope, f32x4.lt(x, f32x4.splat(-3))));
  }
}

/** dx[i] = 0 where x[i] < -3, dOut[i] where x[i] >= 3, else dOut[i] * (x[i] / 3 + 1 / 2). */
export function hardswishGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<HardswishGradient>(0), dOut, x, dx, length, part, parts);
}

@final
class Hardshrink extends Binary {
  @inline
  apply(x: v128, lambda: v128): v128 {
    return v128.andnot(x, f32x4.le(f32x4.abs(x), lambda));
  }
}

/** out[i] = x[i] where |x[i]| > lambda, else 0. */
export function hardshrink(x: usize, out: usize, lambda: f32, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<Hardshrink>(0), x, f32x4.splat(lambda), out, length, part, parts);
}

@final
class Softshrink extends Binary {
  @inline
  apply(x: v128, lambda: v128): v128 {
    return f32x4.sub(x, clamp(x, f32x4.neg(lambda), lambda));
  }
}

/** out[i] = x[i] - lambda where x[i] > lambda, x[i] + lambda where x[i] < -lambda, else 0. */
export function softshrink(x: usize, out: usize, lambda: f32, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<Softshrink>(0), x, f32x4.splat(lambda), out, length, part, parts);
}

@final
class ShrinkGradient extends Ternary {
  @inline
  apply(dOut: v128, x: v128, lambda: v128): v128 {
    return v128.andnot(dOut, f32x4.le(f32x4.abs(x), lambda));
  }
}

/** dx[i] = dOut[i] where |x[i]| > lambda, else 0. */
export function shrinkGradient(
  dOut: usize, x: usize, dx: usize, lambda: f32, length: i32, part: i32, parts: i32,
): void {
  zipWith(changetype<ShrinkGradient>(0), dOut, x, f32x4.splat(lambda), dx, length, part, parts);
}

@final
class Softsign extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.abs(x), f32x4.splat(1)));
  }
}

/** out[i] = x[i] / (1 + |x[i]|). */
export function softsign(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Softsign>(0), x, out, length, part, parts);
}

@final
class SoftsignGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const share = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.abs(x), f32x4.splat(1)));
    return f32x4.mul(dOut, f32x4.mul(share, share));
  }
}

/** dx[i] = dOut[i] / (1 + |x[i]|)^2. */
export function softsignGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<SoftsignGradient>(0), dOut, x, dx, length, part, parts);
}
