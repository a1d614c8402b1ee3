// All work in place. g is gradient + weightDecay * parameter + l1 * sign(parameter);
// `hyper` is the address of SgdHyper or AdamHyper.

import { LANES, TURN, bytes, loadLanes, shareStart, storeLanes } from "../base/lanes";
import { AdamHyper, SgdHyper } from "../contract/optimizer";
import { blend, decayed, squareBlend } from "./frame";

/** p - rate * change. */
@inline
function moved(p: v128, rate: v128, change: v128): v128 {
  return f32x4.sub(p, f32x4.mul(rate, change));
}

/** parameter -= lr g. */
export function sgd(parameter: usize, gradient: usize, hyper: usize, length: i32, part: i32, parts: i32): void {
  const end = shareStart(length, part + 1, parts);
  const lr = v128.load32_splat(hyper, offsetof<SgdHyper>("lr"));
  const weightDecay = v128.load32_splat(hyper, offsetof<SgdHyper>("weightDecay"));
  const l1 = v128.load32_splat(hyper, offsetof<SgdHyper>("l1"));
  const zero = f32x4.splat(0);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const pLow = v128.load(parameter + bytes(i));
    const pHigh = v128.load(parameter + bytes(i), 16);
    const gradientLow = v128.load(gradient + bytes(i));
    const gradientHigh = v128.load(gradient + bytes(i), 16);
    const low = moved(pLow, lr, decayed(gradientLow, pLow, weightDecay, l1));
    const high = moved(pHigh, lr, decayed(gradientHigh, pHigh, weightDecay, l1));
    v128.store(parameter + bytes(i), low);
    v128.store(parameter + bytes(i), high, 16);
  }
  for (; i < end; i += LANES) {
    const p = loadLanes(parameter + bytes(i), end - i, zero);
    const g = decayed(loadLanes(gradient + bytes(i), end - i, zero), p, weightDecay, l1);
    storeLanes(parameter + bytes(i), end - i, moved(p, lr, g));
  }
}

/** Momentum with the change v, or with Nesterov's look ahead g + momentum * v. */
@inline
function momentumUpdate(
  nesterov: bool, parameter: usize, gradient: usize, velocity: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  const lr = v128.load32_splat(hyper, offsetof<SgdHyper>("lr"));
  const weightDecay = v128.load32_splat(hyper, offsetof<SgdHyper>("weightDecay"));
  const l1 = v128.load32_splat(hyper, offsetof<SgdHyper>("l1"));
  const momentum = v128.load32_splat(hyper, offsetof<SgdHyper>("momentum"));
  const undamped = v128.load32_splat(hyper, offsetof<SgdHyper>("undamped"));
  const zero = f32x4.splat(0);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const pLow = v128.load(parameter + bytes(i));
    const pHigh = v128.load(parameter + bytes(i), 16);
    const gradientLow = v128.load(gradient + bytes(i));
    const gradientHigh = v128.load(gradient + bytes(i), 16);
    const oldLow = v128.load(velocity + bytes(i));
    const oldHigh = v128.load(velocity + bytes(i), 16);
    const gLow = decayed(gradientLow, pLow, weightDecay, l1);
    const gHigh = decayed(gradientHigh, pHigh, weightDecay, l1);
    const vLow = blend(momentum, oldLow, undamped, gLow);
    const vHigh = blend(momentum, oldHigh, undamped, gHigh);
    const low = moved(pLow, lr, nesterov ? f32x4.add(gLow, f32x4.mul(momentum, vLow)) : vLow);
    const high = moved(pHigh, lr, nesterov ? f32x4.add(gHigh, f32x4.mul(momentum, vHigh)) : vHigh);
    v128.store(velocity + bytes(i), vLow);
    v128.store(velocity + bytes(i), vHigh, 16);
    v128.store(parameter + bytes(i), low);
    v128.store(parameter + bytes(i), high, 16);
  }
  for (; i < end; i += LANES) {
    const p = loadLanes(parameter + bytes(i), end - i, zero);
    const g = decayed(loadLanes(gradient + bytes(i), end - i, zero), p, weightDecay, l1);
    const v = blend(momentum, loadLanes(velocity + bytes(i), end - i, zero), undamped, g);
    const change = nesterov ? f32x4.add(g, f32x4.mul(momentum, v)) : v;
    storeLanes(velocity + bytes(i), end - i, v);
    storeLanes(parameter + bytes(i), end - i, moved(p, lr, change));
  }
}

/** v = momentum v + (1 - dampening) g; parameter -= lr v. */
export function sgdMomentum(
  parameter: usize, gradient: usize, velocity: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  momentumUpdate(false, parameter, gradient, velocity, hyper, length, part, parts);
}

/** v as in sgdMomentum; parameter -= lr (g + momentum v). */
export function sgdNesterov(
  parameter: usize, gradient: usize, velocity: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  momentumUpdate(true, parameter, gradient, velocity, hyper, length, part, parts);
}

/** p - stepSize * m / (sqrt(v) * correction + eps). */
@inline
function adapted(p: v128, m: v128, v: v128, stepSize: v128, correction: v128, eps: v128): v128 {
  const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v), correction), eps);
  return f32x4.sub(p, f32x4.div(f32x4.mul(stepSize, m), denominator));
}

/** Adam, its denominator from v or from the largest v so far. */
@inline
function adamUpdate(
  amsgrad: bool, parameter: usize, gradient: usize, m: usize, v: usize, vMax: usize, hyper: usize, length: i32,
  part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  const stepSize = v128.load32_splat(hyper, offsetof<AdamHyper>("stepSize"));
  const correction = v128.load32_splat(hyper, offsetof<AdamHyper>("correction"));
  const beta1 = v128.load32_splat(hyper, offsetof<AdamHyper>("beta1"));
  const beta2 = v128.load32_splat(hyper, offsetof<AdamHyper>("beta2"));
  const eps = v128.load32_splat(hyper, offsetof<AdamHyper>("eps"));
  const weightDecay = v128.load32_splat(hyper, offsetof<AdamHyper>("weightDecay"));
  const l1 = v128.load32_splat(hyper, offsetof<AdamHyper>("l1"));
  const shrink = v128.load32_splat(hyper, offsetof<AdamHyper>("shrink"));
  const rest1 = v128.load32_splat(hyper, offsetof<AdamHyper>("rest1"));
  const rest2 = v128.load32_splat(hyper, offsetof<AdamHyper>("rest2"));
  const zero = f32x4.splat(0);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const pLow = f32x4.mul(v128.load(parameter + bytes(i)), shrink);
    const pHigh = f32x4.mul(v128.load(parameter + bytes(i), 16), shrink);
    const gradientLow = v128.load(gradient + bytes(i));
    const gradientHigh = v128.load(gradient + bytes(i), 16);
    const oldMLow = v128.load(m + bytes(i));
    const oldMHigh = v128.load(m + bytes(i), 16);
    const oldVLow = v128.load(v + bytes(i));
    const oldVHigh = v128.load(v + bytes(i), 16);
    const gLow = decayed(gradientLow, pLow, weightDecay, l1);
    const gHigh = decayed(gradientHigh, pHigh, weightDecay, l1);
    const mLow = blend(beta1, oldMLow, rest1, gLow);
    const mHigh = blend(beta1, oldMHigh, rest1, gHigh);
    const vLow = squareBlend(beta2, oldVLow, rest2, gLow);
    const vHigh = squareBlend(beta2, oldVHigh, rest2, gHigh);
    let scaleLow = vLow;
    let scaleHigh = vHigh;
    if (amsgrad) {
      scaleLow = f32x4.pmax(vLow, v128.load(vMax + bytes(i)));
      scaleHigh = f32x4.pmax(vHigh, v128.load(vMax + bytes(i), 16));
      v128.store(vMax + bytes(i), scaleLow);
      v128.store(vMax + bytes(i), scaleHigh, 16);
    }
    const low = adapted(pLow, mLow, scaleLow, stepSize, correction, eps);
    const high = adapted(pHigh, mHigh, scaleHigh, stepSize, correction, eps);
    v128.store(m + bytes(i), mLow);
    v128.store(m + bytes(i), mHigh, 16);
    v128.store(v + bytes(i), vLow);
    v128.store(v + bytes(i), vHigh, 16);
    v128.store(parameter + bytes(i), low);
    v128.store(parameter + bytes(i), high, 16);
  }
  for (; i < end; i += LANES) {
    const count = end - i;
    const p = f32x4.mul(loadLanes(parameter + bytes(i), count, zero), shrink);
    const g = decayed(loadLanes(gradient + bytes(i), count, zero), p, weightDecay, l1);
    const newM = blend(beta1, loadLanes(m + bytes(i), count, zero), rest1, g);
    const newV = squareBlend(beta2, loadLanes(v + bytes(i), count, zero), rest2, g);
    let scale = newV;
    if (amsgrad) {
      scale = f32x4.pmax(newV, loadLanes(vMax + bytes(i), count, zero));
      storeLanes(vMax + bytes(i), count, scale);
    }
    storeLanes(m + bytes(i), count, newM);
    storeLanes(v + bytes(i), count, newV);
    storeLanes(parameter + bytes(i), count, adapted(p, newM, scale, stepSize, correction, eps));
  }
}

/**
 * parameter *= shrink; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
 * parameter -= stepSize * m / (sqrt(v) * correction + eps).
 */
export function adam(
  parameter: usize, gradient: usize, m: usize, v: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  adamUpdate(false, parameter, gradient, m, v, 0, hyper, length, part, parts);
}

/** As adam, with vMax = max(vMax, v) in place of v in the denominator. */
export function adamAmsgrad(
  parameter: usize, gradient: usize, m: usize, v: usize, vMax: usize, hyper: usize, length: i32, part: i32, parts: i32,
): void {
  adamUpdate(true, parameter, gradient, m, v, vMax, hyper, length, part, parts);
}
