import { zip, zipWith, zipWithTwo } from "../base/map";
import { Binary, Quaternary, Ternary, ThroughRelu, ThroughTanh, throughSigmoid } from "../base/functions";
import {
  SELU_NEGATIVE_SCALE, SELU_SCALE, bell4, bounded4, exp4, gateSlope4, geluTanhArgument4, geluTanhSlope4, madd,
  mishGate4, mishPower4, normalDensity4, normalDistribution4, select, sigmoid4, tanh4,
} from "../base/math";

@final
class ThroughSigmoid extends Binary {
  @inline
  apply(d: v128, a: v128): v128 {
    return throughSigmoid(d, a);
  }
}

@final
class LeakyReluGradient extends Ternary {
  @inline
  apply(dOut: v128, x: v128, negativeSlope: v128): v128 {
    return select(f32x4.gt(x, f32x4.splat(0)), dOut, f32x4.mul(dOut, negativeSlope));
  }
}

@final
class EluGradient extends Quaternary {
  @inline
  apply(dOut: v128, x: v128, scale: v128, negativeScale: v128): v128 {
    const negative = f32x4.mul(exp4(f32x4.pmin(x, f32x4.splat(0))), negativeScale);
    return f32x4.mul(dOut, select(f32x4.gt(x, f32x4.splat(0)), scale, negative));
  }
}

@final
class GeluGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const near = bounded4(x);
    const bell = bell4(near);
    return f32x4.mul(dOut, madd(near, normalDensity4(bell), normalDistribution4(near, bell)));
  }
}

@final
class GeluTanhGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const near = bounded4(x);
    return f32x4.mul(dOut, gateSlope4(geluTanhArgument4(near), f32x4.mul(near, geluTanhSlope4(near))));
  }
}

@final
class SiluGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const near = bounded4(x);
    return f32x4.mul(dOut, gateSlope4(near, near));
  }
}

/** With n = e^2x + 2 e^x, tanh ln(1 + e^x) = n / (n + 2), whose slope 4 e^x (1 + e^x) / (n + 2)^2 does not cancel. */
@final
class MishGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const near = bounded4(x);
    const e = mishPower4(near);
    const rest = f32x4.div(f32x4.splat(2), madd(e, f32x4.add(e, f32x4.splat(2)), f32x4.splat(2)));
    const slope = f32x4.mul(f32x4.mul(f32x4.mul(e, rest), f32x4.add(e, f32x4.splat(1))), rest);
    return f32x4.mul(dOut, madd(near, slope, mishGate4(e)));
  }
}

@final
class TanhshrinkGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const t = tanh4(x);
    return f32x4.mul(dOut, f32x4.mul(t, t));
  }
}

@final
class SoftplusGradient extends Quaternary {
  @inline
  apply(dOut: v128, x: v128, beta: v128, threshold: v128): v128 {
    const z = f32x4.mul(x, beta);
    return select(f32x4.gt(z, threshold), dOut, f32x4.mul(dOut, sigmoid4(z)));
  }
}

/** dx[i] = dOut[i] * out[i] * (1 - out[i]). */
export function sigmoidGradient(dOut: usize, out: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<ThroughSigmoid>(0), dOut, out, dx, length, part, parts);
}

/** dx[i] = dOut[i] * (1 - out[i]^2). */
export function tanhGradient(dOut: usize, out: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<ThroughTanh>(0), dOut, out, dx, length, part, parts);
}

/** dx[i] = dOut[i] where out[i] > 0, else 0. */
export function reluGradient(dOut: usize, out: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<ThroughRelu>(0), dOut, out, dx, length, part, parts);
}

/** dx[i] = dOut[i] where x[i] > 0, else dOut[i] * negativeSlope. */
export function leakyReluGradient(
  dOut: usize, x: usize, dx: usize, negativeSlope: f32, length: i32, part: i32, parts: i32,
): void {
  zipWith(changetype<LeakyReluGradient>(0), dOut, x, f32x4.splat(negativeSlope), dx, length, part, parts);
}

/** dx[i] = dOut[i] where x[i] > 0, else dOut[i] * alpha * e^x[i]. */
export function eluGradient(
  dOut: usize, x: usize, dx: usize, alpha: f32, length: i32, part: i32, parts: i32,
): void {
  zipWithTwo(changetype<EluGradient>(0), dOut, x, f32x4.splat(1), f32x4.splat(alpha), dx, length, part, parts);
}

/** dx[i] = dOut[i] * scale where x[i] > 0, else dOut[i] * scale * alpha * e^x[i]. */
export function seluGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  const scale = f32x4.splat(SELU_SCALE);
  const negativeScale = f32x4.splat(SELU_NEGATIVE_SCALE);
  zipWithTwo(changetype<EluGradient>(0), dOut, x, scale, negativeScale, dx, length, part, parts);
}

/** dx[i] = dOut[i] * (P(x[i]) + x[i] p(x[i])), P the normal distribution and p its density. */
export function geluGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<GeluGradient>(0), dOut, x, dx, length, part, parts);
}

/** dx[i] = dOut[i] * (s(z) + x[i] z' s'(z)), where geluTanh is x s(z) with s the sigmoid and z cubic in x. */
export function geluTanhGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<GeluTanhGradient>(0), dOut, x, dx, length, part, parts);
}

/** dx[i] = dOut[i] * (s(x[i]) + x[i] s'(x[i])), s the sigmoid. */
export function siluGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<SiluGradient>(0), dOut, x, dx, length, part, parts);
}

/** dx[i] = dOut[i] * (t(x[i]) + x[i] t'(x[i])), t the tanh of ln(1 + e^x). */
export function mishGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<MishGradient>(0), dOut, x, dx, length, part, parts);
}

/** dx[i] = dOut[i] * tanh(x[i])^2. */
export function tanhshrinkGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<TanhshrinkGradient>(0), dOut, x, dx, length, part, parts);
}

/** dx[i] = dOut[i] / (1 + e^(-beta * x[i])), or dOut[i] where beta * x[i] > threshold. */
export function softplusGradient(
  dOut: usize, x: usize, dx: usize, beta: f32, threshold: f32, length: i32, part: i32, parts: i32,
): void {
  const p = f32x4.splat(beta);
  const q = f32x4.splat(threshold);
  zipWithTwo(changetype<SoftplusGradient>(0), dOut, x, p, q, dx, length, part, parts);
}
