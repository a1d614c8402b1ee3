import { Binary } from "../base/functions";
import { select } from "../base/math";
import { zipRepeated } from "../base/repeated";

// x^y = 2^(y log2 |x|) in f64, two lanes at a time: no float is too small, and the only rounding that counts is the last.

/** 2 / ln 2 / (2 i + 1) for i from 6 to 0: log2 m = s p(s^2) with s = (m - 1) / (m + 1). */
const LOG2: usize = memory.data<f64>([
  0.22195308321368667, 0.2623081892525388, 0.3205988979753252, 0.4121985831111324, 0.5770780163555853,
  0.9617966939259756, 2.8853900817779268,
]);

/** (ln 2)^i / i! for i from 9 to 0. */
const EXP2: usize = memory.data<f64>([
  1.0178086009239696e-7, 1.3215486790144305e-6, 1.5252733804059838e-5, 1.5403530393381606e-4, 1.3333558146428441e-3,
  9.618129107628477e-3, 5.5504108664821576e-2, 0.2402265069591007, 0.6931471805599453, 1,
]);

const SQRT_HALF: i64 = 0x3fe6a09e667f3bcd; // the bits of sqrt(1/2)
const ONE: i64 = 0x3ff0000000000000; // the bits of 1
const TWO_TO_52: f64 = 4503599627370496; // its low bits are those of a whole number added to it
const ROUND: f64 = 6755399441055744; // 1.5 * 2^52: adding it rounds to a whole number
const BIAS: f64 = 1023;
const END: f64 = 256; // 2^256 and 2^-256 are Infinity and 0 as floats

/** p[0] x^(count - 1) + ... + p[count - 1]. */
@inline
function polynomial(p: usize, count: i32, x: v128): v128 {
  let sum = v128.load64_splat(p);
  for (let i = 1; i < count; i++) sum = f64x2.add(f64x2.mul(sum, x), v128.load64_splat(p + (<usize>i << 3)));
  return sum;
}

/**
 * log2 x for two doubles x > 0 that are floats, within 2^-38 of the value: k + log2 m with m from sqrt(1/2) to sqrt(2),
 * |s| <= 0.172. -Infinity at 0; Infinity and NaN stay.
 */
@inline
function log2Pair(x: v128): v128 {
  const biased = i64x2.shr_u(i64x2.sub(i64x2.add(x, i64x2.splat(ONE)), i64x2.splat(SQRT_HALF)), 52);
  const m = i64x2.sub(x, i64x2.shl(i64x2.sub(biased, i64x2.splat(<i64>BIAS)), 52));
  const k = f64x2.sub(v128.or(biased, f64x2.splat(TWO_TO_52)), f64x2.splat(TWO_TO_52 + BIAS));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const value = f64x2.add(k, f64x2.mul(s, polynomial(LOG2, 7, f64x2.mul(s, s))));
  const finite = select(f64x2.lt(x, f64x2.splat(Infinity)), value, x);
  return select(f64x2.eq(x, f64x2.splat(0)), f64x2.splat(-Infinity), finite);
}

/** 2^p for two doubles from -256 to 256, within 2^-36 of the value: 2^n 2^r with |r| <= 1/2. NaN gives anything. */
@inline
function exp2Pair(p: v128): v128 {
  const shifted = f64x2.add(p, f64x2.splat(ROUND));
  const r = f64x2.sub(p, f64x2.sub(shifted, f64x2.splat(ROUND)));
  return i64x2.add(polynomial(EXP2, 10, r), i64x2.shl(shifted, 52));
}

/** |x|^y for the two low lanes; the others are 0. */
@inline
function powPair(size: v128, y: v128): v128 {
  const p = f64x2.mul(log2Pair(f64x2.promote_low_f32x4(size)), f64x2.promote_low_f32x4(y));
  const bounded = f64x2.pmax(f64x2.pmin(p, f64x2.splat(END)), f64x2.splat(-END));
  return f32x4.demote_f64x2_zero(v128.or(exp2Pair(bounded), f64x2.ne(p, p)));
}

/**
 * x^y within 0.51 ulp, with the cases of C's pow: 1 where y is 0 or x is 1, NaN or not; NaN where x is negative and y
 * is not whole; the sign of x where y is odd.
 *
 * Two floats each, as the bits of integers, in a function that is not inlined: a frame would hold nine copies, and V8 14.6
 * ends the process where it pairs a function with parameters of 128 bits, or with calls that return them.
 */
function powHalf(xBits: i64, yBits: i64): i64 {
  const x = i64x2.splat(xBits);
  const y = i64x2.splat(yBits);
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const size = f32x4.abs(x);
  // (-1)^Infinity is 1, though Infinity * log2 1 is no number.
  const isOne = v128.and(f32x4.eq(size, one), f32x4.eq(y, y));
  const magnitude = select(isOne, one, powPair(size, y));

  const half = f32x4.mul(y, f32x4.splat(0.5));
  const isWhole = f32x4.eq(f32x4.trunc(y), y);
  const isOdd = v128.andnot(isWhole, f32x4.eq(f32x4.trunc(half), half));
  const sign = v128.and(v128.and(x, f32x4.splat(-0.0)), isOdd);
  const isNegative = v128.and(f32x4.lt(x, zero), f32x4.gt(x, f32x4.splat(-Infinity)));
  const value = v128.or(v128.or(magnitude, sign), v128.andnot(isNegative, isWhole));
  return i64x2.extract_lane(select(v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)), one, value), 0);
}

/** y x^(y - 1), and 0 where y is 0, for two floats each. */
function slopeHalf(xBits: i64, yBits: i64): i64 {
  const y = i64x2.splat(yBits);
  const less = i64x2.extract_lane(f32x4.sub(y, f32x4.splat(1)), 0);
  const slope = f32x4.mul(y, i64x2.splat(powHalf(xBits, less)));
  return i64x2.extract_lane(v128.andnot(slope, f32x4.eq(y, f32x4.splat(0))), 0);
}

@final
class Pow extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    const low = powHalf(i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0));
    return i64x2.replace_lane(i64x2.splat(low), 1, powHalf(i64x2.extract_lane(x, 1), i64x2.extract_lane(y, 1)));
  }
}

@final
class PowSlope extends Binary {
  @inline
  apply(x: v128, y: v128): v128 {
    const low = slopeHalf(i64x2.extract_lane(x, 0), i64x2.extract_lane(y, 0));
    return i64x2.replace_lane(i64x2.splat(low), 1, slopeHalf(i64x2.extract_lane(x, 1), i64x2.extract_lane(y, 1)));
  }
}

/** out = x^y; operands are read by strides as in `zipRepeated`. */
export function pow(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<Pow>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = y x^(y - 1), the derivative of x^y by x; 0 where y is 0. */
export function powSlope(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<PowSlope>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}
