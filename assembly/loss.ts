// factor is 1 / length for the mean, 1 for the sum; `dOut` is the address of the gradient of the loss, one float.

import { Binary, Multiply, Ternary, laneSum, loadLanes, mapRangeWith, zipWith } from "./elementwise";
import { LANES, TURN, bytes, rowShare } from "./lanes";
import { exp4, log1p4, log4, sigmoid4 } from "./math";
import { dotOf } from "./summation";

/** Terms added in f32 before their sum goes to f64: 8 in each of 8 lanes. */
const RUN: i32 = 64;

const SIGN: usize = memory.data<f32>([-0.0]); // the sign bit alone

/** Sum of f(x[i], y[i]), in one fixed order. */
// @ts-ignore: decorator
@inline
function total<F extends Binary>(f: F, x: usize, y: usize, length: i32): f64 {
  const zero = f32x4.splat(0);
  let sum: f64 = 0;
  let i = 0;
  while (i < length) {
    const end = min(length, i + RUN);
    let low = zero;
    let high = zero;
    for (; i + TURN <= end; i += TURN) {
      low = f32x4.add(low, f.apply(v128.load(x + bytes(i)), v128.load(y + bytes(i))));
      high = f32x4.add(high, f.apply(v128.load(x + bytes(i), 16), v128.load(y + bytes(i), 16)));
    }
    for (; i < end; i += LANES) {
      const count = end - i;
      const terms = f.apply(loadLanes(x + bytes(i), count, zero), loadLanes(y + bytes(i), count, zero));
      low = f32x4.add(low, v128.and(terms, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))));
    }
    sum += laneSum(f32x4.add(low, high));
  }
  return sum;
}

/** out[0] = factor * sum of f(x[i], y[i]). */
// @ts-ignore: decorator
@inline
function reduce<F extends Binary>(f: F, x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32): void {
  if (part == 0) store<f32>(out, <f32>(<f64>factor * total(f, x, y, length)));
}

/** dx[i] = f(x[i], y[i], factor * dOut). */
// @ts-ignore: decorator
@inline
function spread<F extends Ternary>(
  f: F, dOut: usize, x: usize, y: usize, dx: usize, factor: f32, length: i32, part: i32, parts: i32,
): void {
  zipWith(f, x, y, f32x4.splat(factor * load<f32>(dOut)), dx, length, part, parts);
}

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

/** ln(1 - x) for x from 0 to 1: with u the float next to 1 - x, ln u less the share of u that rounding added. */
// @ts-ignore: decorator
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

/** out[0] = factor * sum of -(y[i] ln x[i] + (1 - y[i]) ln(1 - x[i])), each logarithm at least -100. */
export function binaryCrossEntropy(
  x: usize, y: usize, out: usize, factor: f32, length: i32, part: i32, _parts: i32,
): void {
  reduce(changetype<BinaryCrossEntropy>(0), x, y, out, factor, length, part);
}

@final
class BinaryCrossEntropyGradient extends Ternary {
  @inline
  apply(x: v128, y: v128, scale: v128): v128 {
    const variance = f32x4.mul(f32x4.sub(f32x4.splat(1), x), x);
    return f32x4.div(f32x4.mul(scale, f32x4.sub(x, y)), f32x4.pmax(variance, f32x4.splat(1e-12)));
  }
}

/** dx[i] = dOut * factor * (x[i] - y[i]) / max((1 - x[i]) x[i], 1e-12). */
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

/** What the sum over rows is divided by: for the mean the sum of weights[label] over rows that count, else 1. */
function nllDivisor(labels: usize, weights: usize, ignoreIndex: i32, mean: i32, rows: i32): f64 {
  if (!mean) return 1;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + bytes(r));
    if (label != ignoreIndex) sum += <f64>load<f32>(weights + bytes(label));
  }
  return sum;
}

/**
 * Row r: -(1 - smoothing) weights[y] logp[r, y] - smoothing / columns * sum over c of weights[c] logp[r, c] with
 * y = labels[r], from 0 to below columns; 0 where y is ignoreIndex. out[0] = sum over rows / divisor.
 */
export function nll(
  logp: usize, labels: usize, weights: usize, out: usize, smoothing: f32, ignoreIndex: i32, mean: i32,
  rows: i32, columns: i32, part: i32, _parts: i32,
): void {
  if (part != 0) return;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const label = load<i32>(labels + bytes(r));
    if (label == ignoreIndex) continue;
    const row = logp + bytes(r) * <usize>columns;
    sum -= (1 - <f64>smoothing) * <f64>load<f32>(weights + bytes(label)) * <f64>load<f32>(row + bytes(label));
    // Without smoothing the others are not read: one of them may be -Infinity.
    if (smoothing > 0) sum -= (<f64>smoothing / <f64>columns) * dotOf(weights, row, columns);
  }
  store<f32>(out, <f32>(sum / nllDivisor(labels, weights, ignoreIndex, mean, rows)));
}

/** dLogp[r, c] = -dOut / divisor * weights[c] ((1 - smoothing) [c = labels[r]] + smoothing / columns), 0 if ignored. */
export function nllGradient(
  dOut: usize, labels: usize, weights: usize, dLogp: usize, smoothing: f32, ignoreIndex: i32, mean: i32,
  rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const scale = <f64>load<f32>(dOut) / nllDivisor(labels, weights, ignoreIndex, mean, rows);
  const shared = scale * (<f64>smoothing / <f64>columns);
  const own = scale * (1 - <f64>smoothing) + shared;
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const label = load<i32>(labels + bytes(r));
    const counts = label != ignoreIndex;
    const row = dLogp + bytes(r) * <usize>columns;
    const each = f32x4.splat(counts ? <f32>-shared : 0);
    mapRangeWith(changetype<Multiply>(0), weights, each, row, 0, columns);
    if (counts) store<f32>(row + bytes(label), <f32>(-own * <f64>load<f32>(weights + bytes(label))));
  }
}
