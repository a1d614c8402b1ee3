// Application of masks to numbers. Masks are bits, see `dropoutMask`; `rate` is the address of MaskRate, `terms` that of
// MaskTerms: x * scale + shift, or floor where x is dropped.

import { fillRange, mapRangeWithTwo } from "../base/map";
import { Ternary } from "../base/functions";
import { LANES, TURN, bytes, loadLanes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { MaskRate, MaskTerms } from "../contract/dropout";
import { OWN_BITS, maskWords } from "./mask-bits";
import { madd } from "../base/math";

/** x * scale where the lane's own bit is set in `bits`, 0 elsewhere. */
@inline
function maskScaled(x: v128, bits: v128, own: v128, scale: v128): v128 {
  return v128.and(f32x4.mul(x, scale), i32x4.eq(v128.and(bits, own), own));
}

/** x * scale + shift where the lane's own bit is set in `bits`, floor elsewhere. */
@inline
function maskMoved(x: v128, bits: v128, own: v128, scale: v128, shift: v128, floor: v128): v128 {
  return v128.bitselect(madd(x, scale, shift), floor, i32x4.eq(v128.and(bits, own), own));
}

/** out[i] = bit i of `bits` is set ? x[i] * scale : 0. */
export function applyMask(
  x: usize, bits: usize, rate: usize, out: usize, length: i32, part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  const scale = v128.load32_splat(rate, offsetof<MaskRate>("scale"));
  const ownLow = v128.load(OWN_BITS);
  const ownHigh = v128.load(OWN_BITS, 16);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const eight = v128.load8_splat(bits + (i >> 3));
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    const lowOut = maskScaled(low, eight, ownLow, scale);
    const highOut = maskScaled(high, eight, ownHigh, scale);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i++) {
    const own = i32x4.splat(1 << (i & 7));
    const one = maskScaled(v128.load32_splat(x + bytes(i)), v128.load8_splat(bits + (i >> 3)), own, scale);
    v128.store_lane<f32>(out + bytes(i), one, 0);
  }
}

/** out[i] = bit i of `bits` is set ? x[i] * scale + shift : floor, for i from `start`, a multiple of 8, to below `end`. */
function maskRange(x: usize, bits: usize, rate: usize, terms: usize, out: usize, start: i32, end: i32): void {
  const scale = v128.load32_splat(rate, offsetof<MaskRate>("scale"));
  const shift = v128.load32_splat(terms, offsetof<MaskTerms>("shift"));
  const floor = v128.load32_splat(terms, offsetof<MaskTerms>("floor"));
  const ownLow = v128.load(OWN_BITS);
  const ownHigh = v128.load(OWN_BITS, 16);
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    const eight = v128.load8_splat(bits + (i >> 3));
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    const lowOut = maskMoved(low, eight, ownLow, scale, shift, floor);
    const highOut = maskMoved(high, eight, ownHigh, scale, shift, floor);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    const own = (i & 4) == 0 ? ownLow : ownHigh;
    const tail = loadLanes(x + bytes(i), end - i, f32x4.splat(0));
    const masked = maskMoved(tail, v128.load8_splat(bits + (i >> 3)), own, scale, shift, floor);
    storeLanes(out + bytes(i), end - i, masked);
  }
}

/** out[i] = bit i of `bits` is set ? x[i] * scale + shift : floor. */
export function applyMaskTerms(
  x: usize, bits: usize, rate: usize, terms: usize, out: usize, length: i32, part: i32, parts: i32,
): void {
  maskRange(x, bits, rate, terms, out, shareStart(length, part, parts), shareStart(length, part + 1, parts));
}

/**
 * out[r, c] = bit c of the mask's row index[r] is set ? x[r, c] * scale + shift : floor. A row of the mask begins with a
 * word of its own; shared over r.
 */
export function applyMaskRows(
  x: usize, bits: usize, index: usize, rate: usize, terms: usize, out: usize, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const words = maskWords(columns);
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    const own = bits + bytes(load<i32>(index + bytes(r)) * words);
    maskRange(x + bytes(r * columns), own, rate, terms, out + bytes(r * columns), 0, columns);
  }
}

/** x * scale + shift. */
@final
class Moved extends Ternary {
  @inline
  apply(x: v128, scale: v128, shift: v128): v128 {
    return madd(x, scale, shift);
  }
}

/** out[r, c] = bit index[r] of `bits` is set ? x[r, c] * scale + shift : floor: one bit for a whole row. */
export function applyMaskToRows(
  x: usize, bits: usize, index: usize, rate: usize, terms: usize, out: usize, rows: i32, columns: i32,
  part: i32, parts: i32,
): void {
  const scale = v128.load32_splat(rate, offsetof<MaskRate>("scale"));
  const shift = v128.load32_splat(terms, offsetof<MaskTerms>("shift"));
  const floor = v128.load32_splat(terms, offsetof<MaskTerms>("floor"));
  const end = shareStart(rows * columns, part + 1, parts);
  let i = shareStart(rows * columns, part, parts);
  while (i < end) {
    const r = i / columns;
    const stop = min(end, (r + 1) * columns);
    const bit = load<i32>(index + bytes(r));
    if ((load<u8>(bits + (bit >> 3)) >> <u8>(bit & 7)) & 1) {
      mapRangeWithTwo(changetype<Moved>(0), x, scale, shift, out, i, stop);
    } else {
      fillRange(out, floor, i, stop);
    }
    i = stop;
  }
}
