import { map, mapWith, mapWithTwo } from "../base/map";
import { Binary, Relu, Tanh, Ternary, Unary } from "../base/functions";
import {
  SELU_NEGATIVE_SCALE, SELU_SCALE, bell4, exp4, expm1Negative4, geluTanhArgument4, log1p4, mishGate4, mishPower4,
  normalDistribution4, select, sigmoid4, tanh4,
} from "../base/math";

@final
class Sigmoid extends Unary {
  @inline
  apply(x: v128): v128 {
    return sigmoid4(x);
  }
}

@final
class Step extends Unary {
  @inline
  apply(x: v128): v128 {
    return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
  }
}

@final
class LeakyRelu extends Binary {
  @inline
  apply(x: v128, negativeSlope: v128): v128 {
    return select(f32x4.gt(x, f32x4.splat(0)), x, f32x4.mul(x, negativeSlope));
  }
}

@final
class Elu extends Ternary {
  @inline
  apply(x: v128, scale: v128, negativeScale: v128): v128 {
    const negative = f32x4.mul(expm1Negative4(f32x4.pmin(x, f32x4.splat(0))), negativeScale);
    return select(f32x4.gt(x, f32x4.splat(0)), f32x4.mul(x, scale), negative);
  }
}

@final
class Gelu extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, normalDistribution4(x, bell4(x)));
  }
}

@final
class GeluTanh extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, sigmoid4(geluTanhArgument4(x)));
  }
}

@final
class Silu extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, sigmoid4(x));
  }
}

@final
class Mish extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, mishGate4(mishPower4(x)));
  }
}

@final
class Tanhshrink extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.sub(x, tanh4(x));
  }
}

/** ln(1 + e^z) = max(z, 0) + ln(1 + e^-|z|), which does not overflow. */
@final
class Softplus extends Ternary {
  @inline
  apply(x: v128, beta: v128, threshold: v128): v128 {
    const z = f32x4.mul(x, beta);
    const curved = f32x4.add(f32x4.pmax(z, f32x4.splat(0)), log1p4(exp4(f32x4.neg(f32x4.abs(z)))));
    return select(f32x4.gt(z, threshold), x, f32x4.div(curved, beta));
  }
}

/** out[i] = 1 / (1 + e^-x[i]). */
export function sigmoid(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Sigmoid>(0), x, out, length, part, parts);
}

/** out[i] = tanh x[i]. */
export function tanh(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Tanh>(0), x, out, length, part, parts);
}

/** out[i] = max(x[i], 0). */
export function relu(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Relu>(0), x, out, length, part, parts);
}

/** out[i] = 1 where x[i] > 0, else 0. */
export function step(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Step>(0), x, out, length, part, parts);
}

/** out[i] = x[i] where x[i] > 0, else negativeSlope * x[i]. */
export function leakyRelu(x: usize, out: usize, negativeSlope: f32, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<LeakyRelu>(0), x, f32x4.splat(negativeSlope), out, length, part, parts);
}

/** out[i] = x[i] where x[i] > 0, else alpha * (e^x[i] - 1). */
export function elu(x: usize, out: usize, alpha: f32, length: i32, part: i32, parts: i32): void {
  mapWithTwo(changetype<Elu>(0), x, f32x4.splat(1), f32x4.splat(alpha), out, length, part, parts);
}

/** out[i] = scale * x[i] where x[i] > 0, else scale * alpha * (e^x[i] - 1). */
export function selu(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  const negativeScale = f32x4.splat(SELU_NEGATIVE_SCALE);
  mapWithTwo(changetype<Elu>(0), x, f32x4.splat(SELU_SCALE), negativeScale, out, length, part, parts);
}

/** out[i] = x[i] * (1 + erf(x[i] / sqrt(2))) / 2. */
export function gelu(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Gelu>(0), x, out, length, part, parts);
}

/** out[i] = x[i] * (1 + tanh(sqrt(2 / pi) * (x[i] + 0.044715 * x[i]^3))) / 2. */
export function geluTanh(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<GeluTanh>(0), x, out, length, part, parts);
}

/** out[i] = x[i] / (1 + e^-x[i]). */
export function silu(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Silu>(0), x, out, length, part, parts);
}

/** out[i] = x[i] * tanh ln(1 + e^x[i]). */
export function mish(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Mish>(0), x, out, length, part, parts);
}

/** out[i] = x[i] - tanh x[i]. */
export function tanhshrink(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Tanhshrink>(0), x, out, length, part, parts);
}

/** out[i] = ln(1 + e^(beta * x[i])) / beta, or x[i] where beta * x[i] > threshold. */
export function softplus(
  x: usize, out: usize, beta: f32, threshold: f32, length: i32, part: i32, parts: i32,
): void {
  mapWithTwo(changetype<Softplus>(0), x, f32x4.splat(beta), f32x4.splat(threshold), out, length, part, parts);
}
