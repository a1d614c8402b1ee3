// A product whose weights have a mask of their own for each sample: bit i & 31 of word (n * outputs + o) * words + i / 32
// is 0 where weight [o, i] is dropped for sample n. `rate` is the address of MaskRate.

import { fillRange } from "../base/map";
import { LANES, TURN, bytes, laneSum, loadLanes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { MaskRate } from "../contract/dropout";
import { SHORT_SUM } from "../contract/sums";
import { OWN_BITS, maskWords } from "./mask-bits";
import { madd } from "../base/math";
import { addToTotals } from "../base/summation";

/** x where the lane's own bit is set in the byte at `bits`, else 0. */
@inline
function masked(x: v128, bits: usize, own: v128): v128 {
  return v128.and(x, i32x4.eq(v128.and(v128.load8_splat(bits), own), own));
}

/** out[n, o] = scale * the sum over i of x[n, i] * masked weight[o, i]; shared over the elements of out. */
export function maskedProduct(
  x: usize, weight: usize, bits: usize, rate: usize, out: usize, samples: i32, outputs: i32, inputs: i32,
  part: i32, parts: i32,
): void {
  const words = maskWords(inputs);
  const scale = load<f32>(rate, offsetof<MaskRate>("scale"));
  const ownLow = v128.load(OWN_BITS);
  const ownHigh = v128.load(OWN_BITS, 16);
  const end = shareStart(samples * outputs, part + 1, parts);
  for (let each = shareStart(samples * outputs, part, parts); each < end; each++) {
    const row = x + bytes((each / outputs) * inputs);
    const column = weight + bytes((each % outputs) * inputs);
    const mask = bits + bytes(each * words);
    let low = f32x4.splat(0);
    let high = f32x4.splat(0);
    let i = 0;
    for (; i + TURN <= inputs; i += TURN) {
      low = madd(v128.load(row + bytes(i)), masked(v128.load(column + bytes(i)), mask + (i >> 3), ownLow), low);
      high = madd(v128.load(row + bytes(i), 16), masked(v128.load(column + bytes(i), 16), mask + (i >> 3), ownHigh), high);
    }
    for (; i < inputs; i += LANES) {
      const own = (i & 4) == 0 ? ownLow : ownHigh;
      const a = loadLanes(row + bytes(i), inputs - i, f32x4.splat(0));
      low = madd(a, masked(loadLanes(column + bytes(i), inputs - i, f32x4.splat(0)), mask + (i >> 3), own), low);
    }
    store<f32>(out + bytes(each), scale * laneSum(f32x4.add(low, high)));
  }
}

/** out[i] += factor * masked x[i]. */
function addMasked(x: usize, factor: f32, mask: usize, out: usize, length: i32): void {
  const times = f32x4.splat(factor);
  const ownLow = v128.load(OWN_BITS);
  const ownHigh = v128.load(OWN_BITS, 16);
  let i = 0;
  for (; i + TURN <= length; i += TURN) {
    const low = madd(times, masked(v128.load(x + bytes(i)), mask + (i >> 3), ownLow), v128.load(out + bytes(i)));
    const high = madd(times, masked(v128.load(x + bytes(i), 16), mask + (i >> 3), ownHigh), v128.load(out + bytes(i), 16));
    v128.store(out + bytes(i), low);
    v128.store(out + bytes(i), high, 16);
  }
  for (; i < length; i += LANES) {
    const own = (i & 4) == 0 ? ownLow : ownHigh;
    const a = masked(loadLanes(x + bytes(i), length - i, times), mask + (i >> 3), own);
    storeLanes(out + bytes(i), length - i, madd(times, a, loadLanes(out + bytes(i), length - i, times)));
  }
}

/**
 * dx[n, i] = scale * the sum over o of dOut[n, o] * masked weight[o, i]; shared over n.
 * `totals` holds 2 samples inputs floats where outputs are more than SHORT_SUM.
 */
export function maskedProductByInput(
  dOut: usize, weight: usize, bits: usize, rate: usize, dx: usize, totals: usize, samples: i32, outputs: i32, inputs: i32,
  part: i32, parts: i32,
): void {
  const words = maskWords(inputs);
  const scale = load<f32>(rate, offsetof<MaskRate>("scale"));
  const end = rowShare(samples, part + 1, parts);
  for (let n = rowShare(samples, part, parts); n < end; n++) {
    const row = dx + bytes(n * inputs);
    let first = 0;
    do {
      fillRange(row, f32x4.splat(0), 0, inputs);
      const last = min(outputs, first + SHORT_SUM);
      for (let o = first; o < last; o++) {
        const each = n * outputs + o;
        const factor = scale * load<f32>(dOut + bytes(each));
        addMasked(weight + bytes(o * inputs), factor, bits + bytes(each * words), row, inputs);
      }
      if (outputs > SHORT_SUM) addToTotals(row, totals + 2 * bytes(n * inputs), inputs, first == 0);
      first = last;
    } while (first < outputs);
  }
}

/**
 * dWeight[o, i] = scale * the sum over n of dOut[n, o] * x[n, i], 0 where weight [o, i] is dropped; shared over o.
 * `totals` holds 2 outputs inputs floats where samples are more than SHORT_SUM.
 */
export function maskedProductByWeight(
  dOut: usize, x: usize, bits: usize, rate: usize, dWeight: usize, totals: usize, samples: i32, outputs: i32, inputs: i32,
  part: i32, parts: i32,
): void {
  const words = maskWords(inputs);
  const scale = load<f32>(rate, offsetof<MaskRate>("scale"));
  const end = rowShare(outputs, part + 1, parts);
  for (let o = rowShare(outputs, part, parts); o < end; o++) {
    const row = dWeight + bytes(o * inputs);
    let first = 0;
    do {
      fillRange(row, f32x4.splat(0), 0, inputs);
      const last = min(samples, first + SHORT_SUM);
      for (let n = first; n < last; n++) {
        const each = n * outputs + o;
        const factor = scale * load<f32>(dOut + bytes(each));
        addMasked(x + bytes(n * inputs), factor, bits + bytes(each * words), row, inputs);
      }
      if (samples > SHORT_SUM) addToTotals(row, totals + 2 * bytes(o * inputs), inputs, first == 0);
      first = last;
    } while (first < samples);
  }
}
