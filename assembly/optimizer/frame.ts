// The frame of optimizers with up to two state values for each parameter, and a velocity. All work in place.

import { LANES, TURN, bytes, loadLanes, shareStart, storeLanes } from "../base/lanes";
import { AdaptiveFrame } from "../contract/optimizer";

const SIGN: usize = memory.data<f32>([-0.0]); // the sign bit alone

/** gradient + weightDecay * p + l1 * sign(p); the sign of 0 is 0. */
@inline
export function decayed(gradient: v128, p: v128, weightDecay: v128, l1: v128): v128 {
  const sign = v128.and(p, v128.load32_splat(SIGN));
  const pull = v128.and(v128.xor(l1, sign), f32x4.ne(p, f32x4.splat(0)));
  return f32x4.add(f32x4.add(gradient, f32x4.mul(weightDecay, p)), pull);
}

/** a * x + b * y. */
@inline
export function blend(a: v128, x: v128, b: v128, y: v128): v128 {
  return f32x4.add(f32x4.mul(a, x), f32x4.mul(b, y));
}

/** beta * v + (1 - beta) * g^2. */
@inline
export function squareBlend(beta: v128, v: v128, rest: v128, g: v128): v128 {
  return f32x4.add(f32x4.mul(beta, v), f32x4.mul(f32x4.mul(rest, g), g));
}

/** New state and direction of an optimizer from gradients g and old state, on four lanes; a to f are its own numbers. */
export abstract class Update {
  /** The new first state value. */
  abstract first(old: v128, g: v128, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128): v128;
  /** The new second state value. */
  abstract second(old: v128, first: v128, g: v128, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128): v128;
  /** The direction u: the parameter decreases by lr u. */
  abstract direction(
    g: v128, oldFirst: v128, first: v128, oldSecond: v128, second: v128,
    a: v128, b: v128, c: v128, d: v128, e: v128, f: v128,
  ): v128;
}

/** p * shrink - lr * change. */
@inline
function moved(p: v128, shrink: v128, lr: v128, change: v128): v128 {
  return f32x4.sub(f32x4.mul(p, shrink), f32x4.mul(lr, change));
}

/**
 * u = the update's direction; velocity = momentum * velocity + u, where there is one, then replaces u;
 * parameter = parameter * shrink - lr * u; `hyper` is the address of AdaptiveFrame.
 */
@inline
export function updateWith<U extends Update>(
  update: U, hasSecond: bool, hasVelocity: bool, parameter: usize, gradient: usize, firsts: usize, seconds: usize,
  velocity: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  const lr = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("lr"));
  const weightDecay = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("weightDecay"));
  const l1 = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("l1"));
  const shrink = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("shrink"));
  const momentum = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("momentum"));
  const a = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("a"));
  const b = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("b"));
  const c = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("c"));
  const d = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("d"));
  const e = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("e"));
  const f = v128.load32_splat(hyper, offsetof<AdaptiveFrame>("f"));
  const zero = f32x4.splat(0);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const pLow = v128.load(parameter + bytes(i));
    const pHigh = v128.load(parameter + bytes(i), 16);
    const gradientLow = v128.load(gradient + bytes(i));
    const gradientHigh = v128.load(gradient + bytes(i), 16);
    const oldFirstLow = v128.load(firsts + bytes(i));
    const oldFirstHigh = v128.load(firsts + bytes(i), 16);
    const oldSecondLow = hasSecond ? v128.load(seconds + bytes(i)) : zero;
    const oldSecondHigh = hasSecond ? v128.load(seconds + bytes(i), 16) : zero;
    const gLow = decayed(gradientLow, pLow, weightDecay, l1);
    const gHigh = decayed(gradientHigh, pHigh, weightDecay, l1);
    const firstLow = update.first(oldFirstLow, gLow, a, b, c, d, e, f);
    const firstHigh = update.first(oldFirstHigh, gHigh, a, b, c, d, e, f);
    const secondLow = hasSecond ? update.second(oldSecondLow, firstLow, gLow, a, b, c, d, e, f) : zero;
    const secondHigh = hasSecond ? update.second(oldSecondHigh, firstHigh, gHigh, a, b, c, d, e, f) : zero;
    let uLow = update.direction(gLow, oldFirstLow, firstLow, oldSecondLow, secondLow, a, b, c, d, e, f);
    let uHigh = update.direction(gHigh, oldFirstHigh, firstHigh, oldSecondHigh, secondHigh, a, b, c, d, e, f);
    if (hasVelocity) {
      uLow = f32x4.add(f32x4.mul(momentum, v128.load(velocity + bytes(i))), uLow);
      uHigh = f32x4.add(f32x4.mul(momentum, v128.load(velocity + bytes(i), 16)), uHigh);
      v128.store(velocity + bytes(i), uLow);
      v128.store(velocity + bytes(i), uHigh, 16);
    }
    const low = moved(pLow, shrink, lr, uLow);
    const high = moved(pHigh, shrink, lr, uHigh);
    v128.store(firsts + bytes(i), firstLow);
    v128.store(firsts + bytes(i), firstHigh, 16);
    if (hasSecond) {
      v128.store(seconds + bytes(i), secondLow);
      v128.store(seconds + bytes(i), secondHigh, 16);
    }
    v128.store(parameter + bytes(i), low);
    v128.store(parameter + bytes(i), high, 16);
  }
  // Lanes beyond the end hold no parameter and are not stored.
  for (; i < end; i += LANES) {
    const count = end - i;
    const p = loadLanes(parameter + bytes(i), count, zero);
    const g = decayed(loadLanes(gradient + bytes(i), count, zero), p, weightDecay, l1);
    const oldFirst = loadLanes(firsts + bytes(i), count, zero);
    const oldSecond = hasSecond ? loadLanes(seconds + bytes(i), count, zero) : zero;
    const first = update.first(oldFirst, g, a, b, c, d, e, f);
    const second = hasSecond ? update.second(oldSecond, first, g, a, b, c, d, e, f) : zero;
    let u = update.direction(g, oldFirst, first, oldSecond, second, a, b, c, d, e, f);
    if (hasVelocity) {
      u = f32x4.add(f32x4.mul(momentum, loadLanes(velocity + bytes(i), count, zero)), u);
      storeLanes(velocity + bytes(i), count, u);
    }
    storeLanes(firsts + bytes(i), count, first);
    if (hasSecond) storeLanes(seconds + bytes(i), count, second);
    storeLanes(parameter + bytes(i), count, moved(p, shrink, lr, u));
  }
}
