// Optimizers that give each parameter a step of its own. All work in place. g is
// gradient + weightDecay * parameter + l1 * sign(parameter), u the direction; then
// parameter = parameter * shrink - lr * u. The methods of each class get the numbers that its struct in
// contract/optimizer.ts adds to AdaptiveHyper, in that order.

import { Update, blend, squareBlend, updateWith } from "./frame";

const SIGN: usize = memory.data<f32>([-0.0]); // the sign bit alone

/** sqrt(v) + eps. */
@inline
function root(v: v128, eps: v128): v128 {
  return f32x4.add(f32x4.sqrt(v), eps);
}

@final
class Rmsprop extends Update {
  @inline
  first(old: v128, g: v128, alpha: v128, rest: v128, _eps: v128, _d: v128, _e: v128, _f: v128): v128 {
    return squareBlend(alpha, old, rest, g);
  }

  @inline
  second(old: v128, _first: v128, g: v128, alpha: v128, rest: v128, _eps: v128, _d: v128, _e: v128, _f: v128): v128 {
    return blend(alpha, old, rest, g);
  }

  @inline
  direction(
    g: v128, _oldFirst: v128, first: v128, _oldSecond: v128, second: v128,
    _alpha: v128, _rest: v128, eps: v128, _d: v128, _e: v128, _f: v128,
  ): v128 {
    // Only rounding makes the variance negative.
    const variance = f32x4.pmax(f32x4.sub(first, f32x4.mul(second, second)), f32x4.splat(0));
    return f32x4.div(g, root(variance, eps));
  }
}

/** v = alpha * v + (1 - alpha) * g^2; u = g / (sqrt(v) + eps). */
export function rmsprop(
  parameter: usize, gradient: usize, v: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Rmsprop>(0), false, false, parameter, gradient, v, 0, 0, hyper, length, part, parts);
}

/** As rmsprop; velocity = momentum * velocity + u then replaces u. */
export function rmspropMomentum(
  parameter: usize, gradient: usize, v: usize, velocity: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Rmsprop>(0), false, true, parameter, gradient, v, 0, velocity, hyper, length, part, parts);
}

/** As rmsprop, with mean = alpha * mean + (1 - alpha) * g and max(v - mean^2, 0) in place of v under the root. */
export function rmspropCentered(
  parameter: usize, gradient: usize, v: usize, mean: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Rmsprop>(0), true, false, parameter, gradient, v, mean, 0, hyper, length, part, parts);
}

/** As rmspropCentered; velocity = momentum * velocity + u then replaces u. */
export function rmspropCenteredMomentum(
  parameter: usize, gradient: usize, v: usize, mean: usize, velocity: usize, hyper: usize, length: i32, part: i32,
  parts: i32,
): void {
  updateWith(changetype<Rmsprop>(0), true, true, parameter, gradient, v, mean, velocity, hyper, length, part, parts);
}

@final
class Adagrad extends Update {
  @inline
  first(old: v128, g: v128, _eps: v128, _b: v128, _c: v128, _d: v128, _e: v128, _f: v128): v128 {
    return f32x4.add(old, f32x4.mul(g, g));
  }

  @inline
  second(old: v128, _first: v128, _g: v128, _eps: v128, _b: v128, _c: v128, _d: v128, _e: v128, _f: v128): v128 {
    return old;
  }

  @inline
  direction(
    g: v128, _oldFirst: v128, first: v128, _oldSecond: v128, _second: v128,
    eps: v128, _b: v128, _c: v128, _d: v128, _e: v128, _f: v128,
  ): v128 {
    return f32x4.div(g, root(first, eps));
  }
}

/** total += g^2; u = g / (sqrt(total) + eps). */
export function adagrad(
  parameter: usize, gradient: usize, total: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Adagrad>(0), false, false, parameter, gradient, total, 0, 0, hyper, length, part, parts);
}

/** sqrt(change + eps) / sqrt(v + eps) * g. */
@inline
function adadeltaStep(change: v128, v: v128, g: v128, eps: v128): v128 {
  return f32x4.mul(f32x4.div(f32x4.sqrt(f32x4.add(change, eps)), f32x4.sqrt(f32x4.add(v, eps))), g);
}

@final
class Adadelta extends Update {
  @inline
  first(old: v128, g: v128, rho: v128, rest: v128, _eps: v128, _d: v128, _e: v128, _f: v128): v128 {
    return squareBlend(rho, old, rest, g);
  }

  @inline
  second(old: v128, first: v128, g: v128, rho: v128, rest: v128, eps: v128, _d: v128, _e: v128, _f: v128): v128 {
    return squareBlend(rho, old, rest, adadeltaStep(old, first, g, eps));
  }

  @inline
  direction(
    g: v128, _oldFirst: v128, first: v128, oldSecond: v128, _second: v128,
    _rho: v128, _rest: v128, eps: v128, _d: v128, _e: v128, _f: v128,
  ): v128 {
    return adadeltaStep(oldSecond, first, g, eps);
  }
}

/**
 * v = rho * v + (1 - rho) * g^2; u = sqrt(change + eps) / sqrt(v + eps) * g; change = rho * change + (1 - rho) * u^2.
 */
export function adadelta(
  parameter: usize, gradient: usize, v: usize, change: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Adadelta>(0), true, false, parameter, gradient, v, change, 0, hyper, length, part, parts);
}

@final
class Adamax extends Update {
  @inline
  first(old: v128, g: v128, beta1: v128, rest1: v128, _beta2: v128, _eps: v128, _e: v128, _f: v128): v128 {
    return blend(beta1, old, rest1, g);
  }

  @inline
  second(old: v128, _first: v128, g: v128, _beta1: v128, _rest1: v128, beta2: v128, eps: v128, _e: v128, _f: v128): v128 {
    return f32x4.pmax(f32x4.add(f32x4.abs(g), eps), f32x4.mul(beta2, old));
  }

  @inline
  direction(
    _g: v128, _oldFirst: v128, first: v128, _oldSecond: v128, second: v128,
    _beta1: v128, _rest1: v128, _beta2: v128, _eps: v128, _e: v128, _f: v128,
  ): v128 {
    return f32x4.div(first, second);
  }
}

/**
 * m = beta1 * m + (1 - beta1) * g; norm = max(beta2 * norm, |g| + eps); u = m / norm.
 */
export function adamax(
  parameter: usize, gradient: usize, m: usize, norm: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Adamax>(0), true, false, parameter, gradient, m, norm, 0, hyper, length, part, parts);
}

@final
class NAdam extends Update {
  @inline
  first(old: v128, g: v128, beta1: v128, rest1: v128, _beta2: v128, _rest2: v128, _eps: v128, _ahead: v128): v128 {
    return blend(beta1, old, rest1, g);
  }

  @inline
  second(old: v128, _first: v128, g: v128, _beta1: v128, _rest1: v128, beta2: v128, rest2: v128, _eps: v128, _ahead: v128): v128 {
    return squareBlend(beta2, old, rest2, g);
  }

  @inline
  direction(
    g: v128, _oldFirst: v128, first: v128, _oldSecond: v128, second: v128,
    _beta1: v128, _rest1: v128, _beta2: v128, _rest2: v128, eps: v128, ahead: v128,
  ): v128 {
    return f32x4.div(f32x4.add(g, f32x4.mul(ahead, first)), root(second, eps));
  }
}

/**
 * m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2; u = (g + ahead * m) / (sqrt(v) + eps).
 */
export function nAdam(
  parameter: usize, gradient: usize, m: usize, v: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<NAdam>(0), true, false, parameter, gradient, m, v, 0, hyper, length, part, parts);
}

@final
class Lion extends Update {
  @inline
  first(old: v128, g: v128, _beta1: v128, _rest1: v128, beta2: v128, rest2: v128, _e: v128, _f: v128): v128 {
    return blend(beta2, old, rest2, g);
  }

  @inline
  second(old: v128, _first: v128, _g: v128, _beta1: v128, _rest1: v128, _beta2: v128, _rest2: v128, _e: v128, _f: v128): v128 {
    return old;
  }

  @inline
  direction(
    g: v128, oldFirst: v128, _first: v128, _oldSecond: v128, _second: v128,
    beta1: v128, rest1: v128, _beta2: v128, _rest2: v128, _e: v128, _f: v128,
  ): v128 {
    const mix = blend(beta1, oldFirst, rest1, g);
    const one = v128.or(v128.and(mix, v128.load32_splat(SIGN)), f32x4.splat(1));
    return v128.and(one, f32x4.ne(mix, f32x4.splat(0)));
  }
}

/**
 * u = sign(beta1 * m + (1 - beta1) * g), 0 where that is 0; m = beta2 * m + (1 - beta2) * g.
 */
export function lion(
  parameter: usize, gradient: usize, m: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  updateWith(changetype<Lion>(0), false, false, parameter, gradient, m, 0, 0, hyper, length, part, parts);
}
