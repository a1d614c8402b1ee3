import { TURN, bytes, shareStart } from "../base/lanes";
import { Half, HALF_STRIP as STRIP } from "../contract/half";
import { transposeBlock } from "./pack";

const SMALLEST_NORMAL: f32 = 6.103515625e-5; // 2^-14, of f16
const STEPS: f32 = 16777216; // 2^24: one over the smallest f16 above 0
const REBIAS: f32 = 5.192296858534828e33; // 2^112: the exponent of f32 has the bias 127, that of f16 has 15

/** Bytes of `count` numbers of 16 bits. */
@inline
export function halfBytes(count: i32): usize {
  return <usize>count << 1;
}

/** out[i] = x[i] in 16 bits, rounded to the nearest, to even in the middle; infinite where x[i] is NaN or too large. */
export function narrowToHalf(x: usize, out: usize, length: i32, format: i32, part: i32, parts: i32): void {
  const end = shareStart(length, part + 1, parts);
  for (let i = shareStart(length, part, parts); i < end; i++) {
    store<u16>(out + halfBytes(i), narrowed(format, load<f32>(x + bytes(i))));
  }
}

/** out[i] = x[i] of 16 bits as float32: exact where x[i] is finite. */
export function widenHalf(x: usize, out: usize, length: i32, format: i32, part: i32, parts: i32): void {
  const start = shareStart(length, part, parts);
  widenRange(x + halfBytes(start), out + bytes(start), shareStart(length, part + 1, parts) - start, format);
}

/**
 * out[k * width + j] = b[k * bRow + j * bColumn] of 16 bits as float32, for k < K and j < columns, and 0 for the other j < width;
 * bRow or bColumn is 1, and `scratch` holds STRIP * width floats.
 */
export function widenPanel(
  b: usize, bRow: i32, bColumn: i32, out: usize, K: i32, columns: i32, width: i32, scratch: usize, format: i32,
): void {
  if (columns < width) memory.fill(out, 0, bytes(width * K));
  if (bColumn == 1) {
    for (let k = 0; k < K; k++) widenRange(b + halfBytes(k * bRow), out + bytes(k * width), columns, format);
    return;
  }
  for (let k = 0; k < K; k += STRIP) {
    const depth = min(STRIP, K - k);
    for (let j = 0; j < columns; j++) {
      widenRange(b + halfBytes(k + j * bColumn), scratch + bytes(j * STRIP), depth, format);
    }
    transposeBlock(scratch, STRIP, 1, out + bytes(k * width), width, depth, columns);
  }
}

/** The first `length` numbers at x, widened. */
export function widenRange(x: usize, out: usize, length: i32, format: i32): void {
  const mask = maskOf(format);
  const rebias = rebiasOf(format);
  if (format == Half.bf16) widenAll(Half.bf16, mask, rebias, x, out, length);
  else widenAll(Half.f16, mask, rebias, x, out, length);
}

@inline
function widenAll(format: i32, mask: v128, rebias: v128, x: usize, out: usize, length: i32): void {
  for (; length >= TURN; length -= TURN) {
    const halves = v128.load(x);
    const low = widenedLow(format, mask, rebias, halves);
    const high = widenedHigh(format, mask, rebias, halves);
    v128.store(out, low);
    v128.store(out, high, 16);
    x += 16;
    out += 32;
  }
  for (; length > 0; length--) {
    v128.store32_lane(out, widenedUpper(format, mask, rebias, v128.load16_lane(x, i32x4.splat(0), 1)), 0);
    x += 2;
    out += 4;
  }
}

// Widening f16 takes a mask and a factor. They depend on `format` where it is no constant, because V8 makes a v128
// constant anew at each use.

/** Sign, exponent and fraction of f16 in f32. */
@inline
export function maskOf(format: i32): v128 {
  return i32x4.splat(format == Half.f16 ? 0x8fffe000 : 0);
}

/** The factor between the exponents of f32 and f16. */
@inline
export function rebiasOf(format: i32): v128 {
  return f32x4.splat(format == Half.f16 ? REBIAS : 0);
}

/** The first four of eight numbers as floats; `format` is a constant. */
@inline
export function widenedLow(format: i32, mask: v128, rebias: v128, halves: v128): v128 {
  const lower = format == Half.bf16 ? i32x4.splat(0) : halves;
  const upper = v128.shuffle<i16>(lower, halves, 0, 8, 1, 9, 2, 10, 3, 11);
  return widenedUpper(format, mask, rebias, upper);
}

/** The last four of eight numbers as floats; `format` is a constant. */
@inline
export function widenedHigh(format: i32, mask: v128, rebias: v128, halves: v128): v128 {
  const lower = format == Half.bf16 ? i32x4.splat(0) : halves;
  const upper = v128.shuffle<i16>(lower, halves, 4, 12, 5, 13, 6, 14, 7, 15);
  return widenedUpper(format, mask, rebias, upper);
}

/**
 * Floats of numbers in the upper halves of four lanes; `format` is a constant. The lower halves must be 0 for bf16, and are
 * masked for f16: its sign, exponent and fraction move to their places in f32, and the product, which is exact for denormals
 * too, corrects the exponent.
 */
@inline
function widenedUpper(format: i32, mask: v128, rebias: v128, upper: v128): v128 {
  if (format == Half.bf16) return upper;
  return f32x4.mul(v128.and(i32x4.shr_s(upper, 3), mask), rebias);
}

/** Four numbers of 16 bits from four addresses, as floats; `format` is a constant. */
@inline
export function gatherHalves(
  format: i32, mask: v128, rebias: v128, x0: usize, x1: usize, x2: usize, x3: usize,
): v128 {
  const two = v128.load16_lane(x1, v128.load16_lane(x0, i32x4.splat(0), 1), 3);
  return widenedUpper(format, mask, rebias, v128.load16_lane(x3, v128.load16_lane(x2, two, 5), 7));
}

function narrowed(format: i32, x: f32): u16 {
  const word = reinterpret<u32>(x);
  const sign = (word >>> 16) & 0x8000;
  const size = word & 0x7fffffff;
  if (format == Half.bf16) return <u16>(sign | min<u32>(roundedUpper(size, 16), 0x7f80));
  if (abs<f32>(x) < SMALLEST_NORMAL) return <u16>(sign | <u32>nearest<f32>(abs<f32>(x) * STEPS));
  return <u16>(sign | min<u32>(roundedUpper(size - (112 << 23), 13), 0x7c00));
}

/** Bits without the lowest `shift`, rounded to the nearest, to even in the middle. */
@inline
function roundedUpper(bits: u32, shift: u32): u32 {
  const isOdd = (bits >>> shift) & 1;
  return (bits + (1 << (shift - 1)) - 1 + isOdd) >>> shift;
}
