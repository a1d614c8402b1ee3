import { MaskRate, PROBABILITY_STEPS } from "./contract/dropout";
import { NormalMoments } from "./contract/random";
import { maskWords } from "./dropout/mask-bits";
import { fill } from "./elementwise/arithmetic";
import { bytes, shareStart } from "./base/lanes";
import { log4, madd, select } from "./base/math";
import { FEW_ROUNDS, GROUP, Take, draw, drawShare, storeGroup } from "./base/philox";

export { philox } from "./base/philox";

/** 2^-24: a draw gives 24 bits, as many as a float holds. */
const UNIT: f32 = 5.9604644775390625e-8;

/** Draws of a group: each is half a word. */
const HALVES: i32 = 2 * GROUP;

/** Bits of the 16 draws in two words: 1 where a draw is at least `threshold`. */
@inline
function atLeast(low: v128, high: v128, threshold: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.ge_u(low, threshold), i16x8.ge_u(high, threshold)));
}

@final
class Keep extends Take {
  @inline
  apply(
    word0: v128, word1: v128, word2: v128, word3: v128, group: i32, out: usize, length: i32, p: v128, q: v128, r: v128,
  ): void {
    const count = length - HALVES * group;
    const within = count >= HALVES ? -1 : (1 << count) - 1;
    const bits = atLeast(word0, word1, p) | (atLeast(word2, word3, p) << 16);
    store<i32>(out + bytes(group), bits & within);
  }
}

/**
 * Bit i & 31 of bits[i >> 5] = half >= round(p PROBABILITY_STEPS), with element i's half of a word from Philox4x32-7: 1 with
 * probability 1 - p; bits from `length` on are 0. Word k of four blocks in a row has the halves of elements 8 k to
 * 8 k + 7 of 32, block after block, its lower half first. `rate` is the address of MaskRate.
 */
export function dropoutMask(
  bits: usize, state: usize, use: i32, rate: usize, length: i32, part: i32, parts: i32,
): void {
  const words = maskWords(length);
  const first = shareStart(words, part, parts);
  const last = shareStart(words, part + 1, parts);
  const threshold = <i32>nearest<f32>(load<f32>(rate, offsetof<MaskRate>("p")) * <f32>PROBABILITY_STEPS);
  if (threshold > PROBABILITY_STEPS - 1) {
    fill(bits + bytes(first), 0, last - first, 0, 1);
    return;
  }
  const p = i16x8.splat(<i16>threshold);
  draw(changetype<Keep>(0), FEW_ROUNDS, state, use, first, last, bits, length, p, p, p);
}

/** The float just below x. */
function below(x: f32): f32 {
  if (x == 0) return -reinterpret<f32>(1);
  return reinterpret<f32>(reinterpret<i32>(x) + (x > 0 ? -1 : 1));
}

/** low + range * u with u = (word >>> 8) 2^-24, at most `highest`. */
@inline
function between(word: v128, low: v128, range: v128, highest: v128): v128 {
  const u = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(word, 8)), f32x4.splat(UNIT));
  return f32x4.pmin(f32x4.add(low, f32x4.mul(range, u)), highest);
}

@final
class Between extends Take {
  @inline
  apply(
    word0: v128, word1: v128, word2: v128, word3: v128, group: i32, out: usize, length: i32, p: v128, q: v128, r: v128,
  ): void {
    const a = between(word0, p, q, r);
    const b = between(word1, p, q, r);
    const c = between(word2, p, q, r);
    const d = between(word3, p, q, r);
    storeGroup(a, b, c, d, group, out, length);
  }
}

/** out[i] = low + (high - low) * u, u uniform in [0, 1): from low to below high, or low where the two are equal. */
export function uniform(
  out: usize, state: usize, use: i32, low: f32, high: f32, length: i32, part: i32, parts: i32,
): void {
  const highest = max<f32>(low, below(high));
  const lowest = f32x4.splat(low);
  const range = f32x4.splat(high - low);
  drawShare(changetype<Between>(0), state, use, out, length, lowest, range, f32x4.splat(highest), part, parts);
}

// sin(f pi / 2) / f and (cos(f pi / 2) - 1) / f^2, minimax in f^2 for |f| <= 1/2, within 2^-29 of the value.
const SINE: usize = memory.data<f32>([-4.5922892e-3, 7.9675905e-2, -0.64596295, 1.5707963]);
const COSINE: usize = memory.data<f32>([9.036317e-4, -2.0860072e-2, 0.2536692, -1.2337005]);

/** The value at x of the polynomial whose coefficients are in memory, that of the highest power first. */
@inline
function cubic(coefficients: usize, x: v128): v128 {
  let value = madd(v128.load32_splat(coefficients), x, v128.load32_splat(coefficients, 4));
  value = madd(value, x, v128.load32_splat(coefficients, 8));
  return madd(value, x, v128.load32_splat(coefficients, 12));
}

/** sqrt(-2 ln u) with u = ((word >>> 8) + 1) 2^-24, at most 5.77. */
@inline
function radius(word: v128): v128 {
  const count = i32x4.add(i32x4.shr_u(word, 8), i32x4.splat(1));
  const u = f32x4.mul(f32x4.convert_i32x4_s(count), f32x4.splat(UNIT));
  return f32x4.sqrt(f32x4.mul(log4(u), f32x4.splat(-2)));
}

/** The lower 30 bits of a word as a signed share of a quarter turn, from -1/2 to 1/2. */
@inline
function quarterShare(word: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(word, 2)), f32x4.splat(2.3283064365386963e-10)); // 2^-32
}

/** a where bit 30 of the word is set, else b; negated where bit 31 is set. */
@inline
function turned(word: v128, a: v128, b: v128): v128 {
  const chosen = select(i32x4.shr_s(i32x4.shl(word, 1), 31), a, b);
  return v128.xor(chosen, v128.and(word, i32x4.splat(1 << 31)));
}

/** sin(f pi / 2) within 2^-23. */
@inline
function sine(f: v128): v128 {
  return f32x4.mul(cubic(SINE, f32x4.mul(f, f)), f);
}

/** cos(f pi / 2) within 2^-23. */
@inline
function cosine(f: v128): v128 {
  const square = f32x4.mul(f, f);
  return madd(cubic(COSINE, square), square, f32x4.splat(1));
}

/** mean + deviation * z. */
@inline
function scaled(z: v128, mean: v128, deviation: v128): v128 {
  return f32x4.add(mean, f32x4.mul(deviation, z));
}

/**
 * Word 1 is the angle of the point at radius(word0), word 3 of the point at radius(word2): within an eighth of a turn
 * of the first axis, then mirrored in the diagonal where bit 30 is set, and in the origin where bit 31 is.
 */
@final
class Normal extends Take {
  @inline
  apply(
    word0: v128, word1: v128, word2: v128, word3: v128, group: i32, out: usize, length: i32, p: v128, q: v128, r: v128,
  ): void {
    const radius0 = radius(word0);
    const radius2 = radius(word2);
    const sine1 = sine(quarterShare(word1));
    const sine3 = sine(quarterShare(word3));
    const cosine1 = cosine(quarterShare(word1));
    const cosine3 = cosine(quarterShare(word3));
    const a = f32x4.mul(radius0, turned(word1, sine1, cosine1));
    const b = f32x4.mul(radius0, turned(word1, cosine1, sine1));
    const c = f32x4.mul(radius2, turned(word3, sine3, cosine3));
    const d = f32x4.mul(radius2, turned(word3, cosine3, sine3));
    storeGroup(scaled(a, p, q), scaled(b, p, q), scaled(c, p, q), scaled(d, p, q), group, out, length);
  }
}

/** `normal` with mean and deviation from memory: `moments` is the address of NormalMoments. */
export function normalWith(
  out: usize, state: usize, use: i32, moments: usize, length: i32, part: i32, parts: i32,
): void {
  normal(out, state, use, load<f32>(moments, offsetof<NormalMoments>("mean")), load<f32>(moments, offsetof<NormalMoments>("deviation")), length, part, parts);
}

/** out[i] = mean + deviation * z, z standard normal: two at a time from two draws (Box and Muller 1958). */
export function normal(
  out: usize, state: usize, use: i32, mean: f32, deviation: f32, length: i32, part: i32, parts: i32,
): void {
  const center = f32x4.splat(mean);
  const spread = f32x4.splat(deviation);
  drawShare(changetype<Normal>(0), state, use, out, length, center, spread, spread, part, parts);
}
