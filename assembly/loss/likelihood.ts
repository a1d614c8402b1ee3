// Negative log-likelihoods of targets; factor and dOut as in element-loss.

import { reduce, reduceWith, spread, spreadWith } from "./element-loss";
import { zip, zipWith } from "../base/map";
import { Binary, Quaternary, Ternary } from "../base/functions";
import { exp4, log1p4, log4, select, sigmoid4 } from "../base/math";

/** ln(1 - x) for x from 0 to 1: with u the float next to 1 - x, ln u less the share of u that rounding added. */
@inline
function logOfRest(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.sub(one, x);
  const added = f32x4.sub(x, f32x4.sub(one, u)); // exact, and 0 where u < 1/2
  return f32x4.sub(log4(u), f32x4.mul(added, f32x4.add(one, x)));
}

@final
class BinaryCrossEntropy extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    const lowest = f32x4.splat(-100);
    const hit = f32x4.pmax(log4(x), lowest);
    const miss = f32x4.pmax(logOfRest(x), lowest);
    return f32x4.sub(f32x4.mul(f32x4.sub(y, f32x4.splat(1)), miss), f32x4.mul(y, hit));
  }
}

/**
 * out[0] = factor * sum of -(y[i] ln x[i] + (1 - y[i]) ln(1 - x[i])), each logarithm at least -100; NaN where an x[i] is
 * outside [0, 1].
 */
export function binaryCrossEntropy(
  x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32,
): void {
  reduce(changetype<BinaryCrossEntropy>(0), x, y, out, factor, length, part);
}

/** out[i] = -(y[i] ln x[i] + (1 - y[i]) ln(1 - x[i])), each logarithm at least -100; NaN where x[i] is outside [0, 1]. */
export function binaryCrossEntropyEach(x: usize, y: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<BinaryCrossEntropy>(0), x, y, out, length, part, parts);
}

@final
class BinaryCrossEntropyGradient extends Ternary {
  @inline
  apply(x: v128, y: v128, scale: v128): v128 {
    const one = f32x4.splat(1);
    const variance = f32x4.mul(f32x4.sub(one, x), x);
    const slope = f32x4.div(f32x4.mul(scale, f32x4.sub(x, y)), f32x4.pmax(variance, f32x4.splat(1e-12)));
    return v128.andnot(slope, v128.or(f32x4.lt(x, f32x4.splat(0)), f32x4.gt(x, one)));
  }
}

/**
 * dx[i] = dOut * factor * (x[i] - y[i]) / max((1 - x[i]) x[i], 1e-12), 0 where x[i] is outside [0, 1]: the loss is then
 * NaN, and the update of that step, made before the error, stays small.
 */
export function binaryCrossEntropyGradient(
  dOut: usize, x: usize, y: usize, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  spread(changetype<BinaryCrossEntropyGradient>(0), dOut, x, y, dx, factor, length, part, parts);
}

@final
class BinaryCrossEntropyWithLogits extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    // max(x, 0) - x y is |x| y or |x| (1 - y): no difference of large numbers.
    const size = f32x4.abs(x);
    const share = v128.bitselect(y, f32x4.sub(f32x4.splat(1), y), f32x4.lt(x, f32x4.splat(0)));
    return f32x4.add(f32x4.mul(size, share), log1p4(exp4(f32x4.neg(size))));
  }
}

/** out[0] = factor * sum of max(x[i], 0) - x[i] y[i] + ln(1 + e^-|x[i]|): binary cross-entropy of sigmoid(x[i]). */
export function binaryCrossEntropyWithLogits(
  x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32,
): void {
  reduce(changetype<BinaryCrossEntropyWithLogits>(0), x, y, out, factor, length, part);
}

/** out[i] = max(x[i], 0) - x[i] y[i] + ln(1 + e^-|x[i]|). */
export function binaryCrossEntropyWithLogitsEach(
  x: usize, y: usize, out: usize, length: i32, part: i32, parts: i32,
): void {
  zip(changetype<BinaryCrossEntropyWithLogits>(0), x, y, out, length, part, parts);
}

@final
class BinaryCrossEntropyWithLogitsGradient extends Ternary {
  @inline
  apply(x: v128, y: v128, scale: v128): v128 {
    return f32x4.mul(scale, f32x4.sub(sigmoid4(x), y));
  }
}

/** dx[i] = dOut * factor * (sigmoid(x[i]) - y[i]). */
export function binaryCrossEntropyWithLogitsGradient(
  dOut: usize, x: usize, y: usize, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  spread(changetype<BinaryCrossEntropyWithLogitsGradient>(0), dOut, x, y, dx, factor, length, part, parts);
}

@final
class Divergence extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    const zero = f32x4.splat(0);
    return select(f32x4.eq(y, zero), zero, f32x4.mul(y, f32x4.sub(log4(y), x)));
  }
}

/** out[0] = factor * sum of y[i] (ln y[i] - x[i]), 0 where y[i] is 0. */
export function divergence(x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32): void {
  reduce(changetype<Divergence>(0), x, y, out, factor, length, part);
}

/** out[i] = y[i] (ln y[i] - x[i]), 0 where y[i] is 0. */
export function divergenceEach(x: usize, y: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<Divergence>(0), x, y, out, length, part, parts);
}

// In both kernels of the focal loss: h the logit for the target, x where y is 1 and -x where it is 0; settings are the
// lanes [gamma, weight where y is 1, weight where y is 0].

@inline
function gammaOf(settings: v128): v128 {
  return v128.shuffle<f32>(settings, settings, 0, 0, 0, 0);
}

/** The weights of targets, by a mask of those that are 1. */
@inline
function weightsOf(settings: v128, isOne: v128): v128 {
  const ofOnes = v128.shuffle<f32>(settings, settings, 1, 1, 1, 1);
  return select(isOne, ofOnes, v128.shuffle<f32>(settings, settings, 2, 2, 2, 2));
}

@inline
function packed(gamma: f32, positive: f32, negative: f32): v128 {
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(gamma), 1, positive), 2, negative);
}

/** ln(1 + e^x), the logarithm ln(1 + e^-|x|) given. */
@inline
function softplusBy(x: v128, logarithm: v128): v128 {
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), logarithm);
}

@final
class Focal extends Ternary {
  @inline
  apply(x: v128, y: v128, settings: v128): v128 {
    const isOne = f32x4.gt(y, f32x4.splat(0.5));
    const h = select(isOne, x, f32x4.neg(x));
    const logarithm = log1p4(exp4(f32x4.neg(f32x4.abs(x))));
    const doubt = exp4(f32x4.neg(f32x4.mul(gammaOf(settings), softplusBy(h, logarithm))));
    return f32x4.mul(f32x4.mul(weightsOf(settings, isOne), doubt), softplusBy(f32x4.neg(h), logarithm));
  }
}

/**
 * out[0] = factor * sum of w (1 - p)^gamma -ln p with p = sigmoid(h), the probability given to the target y[i]:
 * w softplus(-h) e^(-gamma softplus(h)).
 */
export function focal(
  x: usize, y: usize, out: usize, gamma: f32, positive: f32, negative: f32, factor: f32, length: i32, part: i32,
  _parts: i32,
): void {
  reduceWith(changetype<Focal>(0), x, y, packed(gamma, positive, negative), out, factor, length, part);
}

/** out[i] = w (1 - p)^gamma -ln p, as in `focal`. */
export function focalEach(
  x: usize, y: usize, out: usize, gamma: f32, positive: f32, negative: f32, length: i32, part: i32, parts: i32,
): void {
  zipWith(changetype<Focal>(0), x, y, packed(gamma, positive, negative), out, length, part, parts);
}

@final
class FocalGradient extends Quaternary {
  @inline
  apply(x: v128, y: v128, settings: v128, scale: v128): v128 {
    const isOne = f32x4.gt(y, f32x4.splat(0.5));
    const h = select(isOne, x, f32x4.neg(x));
    const gamma = gammaOf(settings);
    const logarithm = log1p4(exp4(f32x4.neg(f32x4.abs(x))));
    const doubt = exp4(f32x4.neg(f32x4.mul(gamma, softplusBy(h, logarithm))));
    const grows = f32x4.mul(f32x4.mul(gamma, sigmoid4(h)), softplusBy(f32x4.neg(h), logarithm));
    const slope = f32x4.mul(doubt, f32x4.add(sigmoid4(f32x4.neg(h)), grows));
    const weighted = f32x4.mul(f32x4.mul(scale, weightsOf(settings, isOne)), slope);
    return select(isOne, f32x4.neg(weighted), weighted);
  }
}

/** dx[i] = dOut * factor * -+ w e^(-gamma softplus(h)) (sigmoid(-h) + gamma sigmoid(h) softplus(-h)), - where y[i] is 1. */
export function focalGradient(
  dOut: usize, x: usize, y: usize, dx: usize, gamma: f32, positive: f32, negative: f32, factor: f32, length: i32,
  part: i32, parts: i32,
): void {
  const settings = packed(gamma, positive, negative);
  spreadWith(changetype<FocalGradient>(0), dOut, x, y, settings, dx, factor, length, part, parts);
}
