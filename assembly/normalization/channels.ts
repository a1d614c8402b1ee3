// x is [batch, channels, length]: batch normalization of signals and images, with one mean for each channel.

import { LANES, TURN, bytes, laneSum, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { madd } from "../base/math";
import { MomentRow, SumRow } from "../contract/normalization";
import { varianceOf } from "./variance";

/** Floats added in f32 before their sum goes to f64: 64 in each of 8 lanes. */
const BLOCK: i32 = 512;

/** The rows of `moments`, MomentRow: the mean and the variance of each channel. */
export function channelMoments(
  x: usize, moments: usize, batch: i32, channels: i32, length: i32, part: i32, parts: i32,
): void {
  const end = rowShare(channels, part + 1, parts);
  for (let c = rowShare(channels, part, parts); c < end; c++) {
    const variance = varianceOf(x + bytes(c * length), channels * length, batch, length, moments + bytes(MomentRow.mean * channels + c));
    store<f32>(moments + bytes(MomentRow.variance * channels + c), <f32>variance);
  }
}

/** (x - mean) * scale + bias. */
@inline
function normalized(x: v128, mean: v128, scale: v128, bias: v128): v128 {
  return madd(f32x4.sub(x, mean), scale, bias);
}

/** out[n, c, i] = (x[n, c, i] - mean[c]) * scale[c] + bias[c]. */
export function normalizeChannels(
  x: usize, mean: usize, scale: usize, bias: usize, out: usize, batch: i32, channels: i32, length: i32,
  part: i32, parts: i32,
): void {
  const end = rowShare(batch * channels, part + 1, parts);
  for (let run = rowShare(batch * channels, part, parts); run < end; run++) {
    const at = x + bytes(run * length);
    const atOut = out + bytes(run * length);
    const c = bytes(run % channels);
    const m = v128.load32_splat(mean + c);
    const s = v128.load32_splat(scale + c);
    const b = v128.load32_splat(bias + c);
    let i = 0;
    for (; i + TURN <= length; i += TURN) {
      const xLow = v128.load(at + bytes(i));
      const xHigh = v128.load(at + bytes(i), 16);
      const low = normalized(xLow, m, s, b);
      const high = normalized(xHigh, m, s, b);
      v128.store(atOut + bytes(i), low);
      v128.store(atOut + bytes(i), high, 16);
    }
    for (; i < length; i += LANES) {
      storeLanes(atOut + bytes(i), length - i, normalized(loadLanes(at + bytes(i), length - i, m), m, s, b));
    }
  }
}

/** The rows of `sums`, SumRow: over n and i the sums of dOut[n, c, i], and of dOut[n, c, i] * (x[n, c, i] - mean[c]). */
export function channelSums(
  dOut: usize, x: usize, mean: usize, sums: usize, batch: i32, channels: i32, length: i32, part: i32, parts: i32,
): void {
  const zero = f32x4.splat(0);
  const end = rowShare(channels, part + 1, parts);
  for (let c = rowShare(channels, part, parts); c < end; c++) {
    const center = v128.load32_splat(mean + bytes(c));
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let n = 0; n < batch; n++) {
      const d = dOut + bytes((n * channels + c) * length);
      const at = x + bytes((n * channels + c) * length);
      let i = 0;
      while (i < length) {
        const last = min(length, i + BLOCK);
        let low = zero, high = zero, productLow = zero, productHigh = zero;
        for (; i + TURN <= last; i += TURN) {
          const dLow = v128.load(d + bytes(i));
          const dHigh = v128.load(d + bytes(i), 16);
          low = f32x4.add(low, dLow);
          high = f32x4.add(high, dHigh);
          productLow = madd(dLow, f32x4.sub(v128.load(at + bytes(i)), center), productLow);
          productHigh = madd(dHigh, f32x4.sub(v128.load(at + bytes(i), 16), center), productHigh);
        }
        for (; i < last; i += LANES) {
          const dTail = loadLanes(d + bytes(i), last - i, zero);
          low = f32x4.add(low, dTail);
          productLow = madd(dTail, f32x4.sub(loadLanes(at + bytes(i), last - i, center), center), productLow);
        }
        sum += laneSum(f32x4.add(low, high));
        product += laneSum(f32x4.add(productLow, productHigh));
      }
    }
    store<f32>(sums + bytes(SumRow.dOut * channels + c), <f32>sum);
    store<f32>(sums + bytes(SumRow.product * channels + c), <f32>product);
  }
}

/** dOut * scale + (x - mean) * slope + shift. */
@inline
function gradient(dOut: v128, x: v128, mean: v128, scale: v128, slope: v128, shift: v128): v128 {
  return madd(dOut, scale, madd(f32x4.sub(x, mean), slope, shift));
}

/** dx[n, c, i] = dOut[n, c, i] * scale[c] + (x[n, c, i] - mean[c]) * slope[c] + shift[c]. */
export function normalizeChannelsGradient(
  dOut: usize, x: usize, mean: usize, scale: usize, slope: usize, shift: usize, dx: usize,
  batch: i32, channels: i32, length: i32, part: i32, parts: i32,
): void {
  const end = rowShare(batch * channels, part + 1, parts);
  for (let run = rowShare(batch * channels, part, parts); run < end; run++) {
    const at = bytes(run * length);
    const c = bytes(run % channels);
    const m = v128.load32_splat(mean + c);
    const s = v128.load32_splat(scale + c);
    const p = v128.load32_splat(slope + c);
    const q = v128.load32_splat(shift + c);
    let i = 0;
    for (; i + TURN <= length; i += TURN) {
      const dLow = v128.load(dOut + at + bytes(i));
      const dHigh = v128.load(dOut + at + bytes(i), 16);
      const xLow = v128.load(x + at + bytes(i));
      const xHigh = v128.load(x + at + bytes(i), 16);
      const low = gradient(dLow, xLow, m, s, p, q);
      const high = gradient(dHigh, xHigh, m, s, p, q);
      v128.store(dx + at + bytes(i), low);
      v128.store(dx + at + bytes(i), high, 16);
    }
    for (; i < length; i += LANES) {
      const count = length - i;
      const dTail = loadLanes(dOut + at + bytes(i), count, m);
      const xTail = loadLanes(x + at + bytes(i), count, m);
      storeLanes(dx + at + bytes(i), count, gradient(dTail, xTail, m, s, p, q));
    }
  }
}

/**
 * mean[c] and variance[c] move towards those of a batch by `share`, or by 1 / batches where `cumulative`: then they are
 * averages over all of them. `correction` makes the batch's variance unbiased. batches[0] counts one more.
 */
export function updateMoments(
  moments: usize, mean: usize, variance: usize, batches: usize, share: f32, cumulative: i32, correction: f32,
  channels: i32, part: i32, _parts: i32,
): void {
  if (part != 0) return;
  const count = load<i32>(batches) + 1;
  store<i32>(batches, count);
  const way: f32 = cumulative ? <f32>1 / <f32>count : share;
  for (let c = 0; c < channels; c++) {
    moveTo(mean + bytes(c), load<f32>(moments + bytes(c)), way);
    moveTo(variance + bytes(c), load<f32>(moments + bytes(channels + c)) * correction, way);
  }
}

@inline
function moveTo(at: usize, value: f32, way: f32): void {
  store<f32>(at, load<f32>(at) * (1 - way) + value * way);
}
