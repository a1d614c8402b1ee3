// Distances between predictions and targets; factor and dOut as in element-loss.

import { reduce, reduceWith, spread, spreadWith } from "./element-loss";
import { zip, zipWith } from "../base/map";
import { Binary, Quaternary, Ternary } from "../base/functions";

const SIGN: usize = memory.data<f32>([-0.0]); // the sign bit alone

@final
class SquaredError extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    const difference = f32x4.sub(x, y);
    return f32x4.mul(difference, difference);
  }
}

/** out[0] = factor * sum of (x[i] - y[i])^2. */
export function squaredError(
  x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32,
): void {
  reduce(changetype<SquaredError>(0), x, y, out, factor, length, part);
}

/** out[i] = (x[i] - y[i])^2. */
export function squaredErrorEach(x: usize, y: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<SquaredError>(0), x, y, out, length, part, parts);
}

@final
class SquaredErrorGradient extends Ternary {
  @inline
  apply(x: v128, y: v128, scale: v128): v128 {
    const difference = f32x4.sub(x, y);
    return f32x4.mul(scale, f32x4.add(difference, difference));
  }
}

/** dx[i] = dOut * factor * 2 (x[i] - y[i]). */
export function squaredErrorGradient(
  dOut: usize, x: usize, y: usize, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  spread(changetype<SquaredErrorGradient>(0), dOut, x, y, dx, factor, length, part, parts);
}

@final
class AbsoluteError extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    return f32x4.abs(f32x4.sub(x, y));
  }
}

/** out[0] = factor * sum of |x[i] - y[i]|. */
export function absoluteError(
  x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32,
): void {
  reduce(changetype<AbsoluteError>(0), x, y, out, factor, length, part);
}

/** out[i] = |x[i] - y[i]|. */
export function absoluteErrorEach(x: usize, y: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<AbsoluteError>(0), x, y, out, length, part, parts);
}

@final
class AbsoluteErrorGradient extends Ternary {
  @inline
  apply(x: v128, y: v128, scale: v128): v128 {
    const difference = f32x4.sub(x, y);
    const signed = v128.xor(scale, v128.and(difference, v128.load32_splat(SIGN)));
    return v128.and(signed, f32x4.ne(difference, f32x4.splat(0)));
  }
}

/** dx[i] = dOut * factor * sign(x[i] - y[i]); the sign of 0 is 0. */
export function absoluteErrorGradient(
  dOut: usize, x: usize, y: usize, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  spread(changetype<AbsoluteErrorGradient>(0), dOut, x, y, dx, factor, length, part, parts);
}

@final
class Huber extends Ternary {
  @inline
  apply(x: v128, y: v128, delta: v128): v128 {
    const size = f32x4.abs(f32x4.sub(x, y));
    const inner = f32x4.pmin(size, delta);
    return f32x4.mul(inner, f32x4.sub(size, f32x4.mul(inner, f32x4.splat(0.5))));
  }
}

/** out[0] = factor * sum of s (d - s / 2) with d = |x[i] - y[i]| and s = min(d, delta). */
export function huber(
  x: usize, y: usize, out: usize, delta: f32, factor: f32, length: i32, part: i32, _parts: i32,
): void {
  reduceWith(changetype<Huber>(0), x, y, f32x4.splat(delta), out, factor, length, part);
}

/** out[i] = s (d - s / 2) with d = |x[i] - y[i]| and s = min(d, delta). */
export function huberEach(
  x: usize, y: usize, out: usize, delta: f32, length: i32, part: i32, parts: i32,
): void {
  zipWith(changetype<Huber>(0), x, y, f32x4.splat(delta), out, length, part, parts);
}

@final
class HuberGradient extends Quaternary {
  @inline
  apply(x: v128, y: v128, delta: v128, scale: v128): v128 {
    const bounded = f32x4.pmax(f32x4.pmin(f32x4.sub(x, y), delta), f32x4.neg(delta));
    return f32x4.mul(scale, bounded);
  }
}

/** dx[i] = dOut * factor * (x[i] - y[i]), the difference bounded to [-delta, delta]. */
export function huberGradient(
  dOut: usize, x: usize, y: usize, dx: usize, delta: f32, factor: f32, length: i32, part: i32, parts: i32,
): void {
  spreadWith(changetype<HuberGradient>(0), dOut, x, y, f32x4.splat(delta), dx, factor, length, part, parts);
}
