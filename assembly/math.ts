// Functions of four lanes. One ulp is the gap between floats at the exact value; bounds hold for both builds.

/** The gap between 1 and the next smaller float is 2^-24; adding 1.5 * 2^23 rounds to a whole number, in the low bits. */
const ROUND: f32 = 12582912;
const ONE_BITS: i32 = 0x3f800000;
const SIGN_BIT: i32 = 0x80000000;

// ln 2 = LN2_HIGH + LN2_LOW; the first has 9 bits, so that its product with a whole number below 2^15 is exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
const LOG2_E: f32 = 1.44269504;

/** The two numbers of selu: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515 */
export const SELU_SCALE: f32 = 1.0507009873554805;
export const SELU_ALPHA: f32 = 1.6732632423543772;

/** a * b + c, rounded once where the build has fused multiply-add, twice elsewhere. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a * b + c for a constant c. */
// @ts-ignore: decorator
@inline
function step(a: v128, b: v128, c: f32): v128 {
  return madd(a, b, f32x4.splat(c));
}

/** a where the lanes of `mask` are all ones, b where they are zero. */
// @ts-ignore: decorator
@inline
export function select(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** 2^n for whole n from -126 to 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), i32x4.splat(ONE_BITS));
}

/** x / ln 2 rounded to the whole number n and shifted by ROUND: n stands in the low bits, and in float after subtracting. */
// @ts-ignore: decorator
@inline
function shiftedOctaves(x: v128): v128 {
  return step(x, f32x4.splat(LOG2_E), ROUND);
}

/**
 * e^r - 1 for r = x - n ln 2, |r| <= 0.347: r + r^2 q(r), q minimax of degree 4, within 2^-26 of the value.
 * r^2 q is at most 0.18 |r|, so that its roundings count for little beside that of the sum.
 */
// @ts-ignore: decorator
@inline
function expm1Reduced(x: v128, n: v128): v128 {
  const r = madd(n, f32x4.splat(-LN2_LOW), madd(n, f32x4.splat(-LN2_HIGH), x));
  let q = step(r, f32x4.splat(0.0013900287449359894), 0.008366120047867298);
  q = step(q, r, 0.04166683182120323);
  q = step(q, r, 0.1666654795408249);
  q = step(q, r, 0.5);
  return madd(f32x4.mul(r, r), q, r);
}

/**
 * e^x within 1.1 ulp, subnormal results included; 0 below -104, Infinity above 88.72.
 * 2^n is applied as two factors, so that only the last product can leave the normal range and rounds once.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // x stands first in pmin and pmax, so that NaN passes.
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  const shifted = shiftedOctaves(clamped);
  const reduced = expm1Reduced(clamped, f32x4.sub(shifted, f32x4.splat(ROUND)));
  const n = i32x4.sub(shifted, i32x4.splat(reinterpret<i32>(ROUND)));
  const half = i32x4.shr_s(n, 1);
  const scaled = f32x4.mul(f32x4.add(reduced, f32x4.splat(1)), powerOfTwo(half));
  return f32x4.mul(scaled, powerOfTwo(i32x4.sub(n, half)));
}

/** e^x - 1 for x <= 0, within 1.5 ulp, tiny results included: 2^n (e^r - 1) + (2^n - 1), where 2^n - 1 is exact for n >= -24. */
// @ts-ignore: decorator
@inline
export function expm1Negative4(x: v128): v128 {
  const clamped = f32x4.pmax(x, f32x4.splat(-18));
  const shifted = shiftedOctaves(clamped);
  const reduced = expm1Reduced(clamped, f32x4.sub(shifted, f32x4.splat(ROUND)));
  const power = powerOfTwo(shifted);
  return madd(power, reduced, f32x4.sub(power, f32x4.splat(1)));
}

/**
 * tanh x within 1.5 ulp: x + x^3 p(x^2) below 0.625, p minimax of degree 4, within 2^-27 of the value;
 * 1 - 2 e / (1 + e) with e = e^(-2 |x|) from there on, where the fraction is below 0.45, so that its roundings count for half.
 */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(size, size);
  let p = step(square, f32x4.splat(-0.005697345826774836), 0.02063172310590744);
  p = step(p, square, -0.05373726785182953);
  p = step(p, square, 0.1333141028881073);
  p = step(p, square, -0.3333328068256378);
  const small = madd(f32x4.mul(square, size), p, size);

  const exponent = f32x4.pmax(f32x4.mul(size, f32x4.splat(-2)), f32x4.splat(-20));
  const shifted = shiftedOctaves(exponent);
  const reduced = expm1Reduced(exponent, f32x4.sub(shifted, f32x4.splat(ROUND)));
  const one = f32x4.splat(1);
  const e = f32x4.mul(f32x4.add(reduced, one), powerOfTwo(shifted));
  const large = f32x4.sub(one, f32x4.div(f32x4.add(e, e), f32x4.add(e, one)));
  const value = select(f32x4.lt(size, f32x4.splat(0.625)), small, large);
  return v128.or(value, v128.and(x, i32x4.splat(SIGN_BIT)));
}

/**
 * ln x within 1 ulp, subnormal x included: k ln 2 + ln(1 + f) with 1 + f from sqrt(1/2) to sqrt(2),
 * ln(1 + f) = f - f^2 / 2 + f^3 p(f), p minimax of degree 7, within 2^-27 of the value.
 */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const subnormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = select(subnormal, f32x4.mul(x, f32x4.splat(8388608)), x);
  const octaves = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(normal, i32x4.shl(octaves, 23)), f32x4.splat(1));
  const k = f32x4.convert_i32x4_s(i32x4.sub(octaves, v128.and(subnormal, i32x4.splat(23))));

  let p = step(f, f32x4.splat(-0.07636399567127228), 0.12762199342250824);
  p = step(p, f, -0.1315961331129074);
  p = step(p, f, 0.14201581478118896);
  p = step(p, f, -0.166234090924263);
  p = step(p, f, 0.2000124156475067);
  p = step(p, f, -0.2500081956386566);
  p = step(p, f, 0.3333333134651184);
  const square = f32x4.mul(f, f);
  let tail = madd(k, f32x4.splat(LN2_LOW), f32x4.mul(f32x4.mul(square, f), p));
  tail = madd(square, f32x4.splat(-0.5), tail);
  const value = madd(k, f32x4.splat(LN2_HIGH), f32x4.add(f, tail));

  const finite = select(f32x4.lt(x, f32x4.splat(Infinity)), value, x);
  const zero = f32x4.eq(x, f32x4.splat(0));
  return v128.or(select(zero, f32x4.splat(-Infinity), finite), f32x4.lt(x, f32x4.splat(0)));
}

/**
 * ln(1 + x) for x from 0 to 1, within 2 ulp, tiny x included: 2 artanh(t / 2) with t = 2 x / (2 + x),
 * = t + t^3 p(t^2), p minimax of degree 3, within 2^-27 of the value.
 */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const t = f32x4.div(f32x4.add(x, x), f32x4.add(x, f32x4.splat(2)));
  const square = f32x4.mul(t, t);
  let p = step(square, f32x4.splat(0.0005470094620250165), 0.0021877356339246035);
  p = step(p, square, 0.012506699189543724);
  p = step(p, square, 0.08333302289247513);
  return madd(f32x4.mul(t, square), p, t);
}

/** 1 / (1 + e^-x) within 3 ulp: with e = e^-|x|, e / (1 + e) where x is negative, 1 / (1 + e) elsewhere. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const e = exp4(v128.or(x, i32x4.splat(SIGN_BIT)));
  const one = f32x4.splat(1);
  return f32x4.div(select(f32x4.lt(x, f32x4.splat(0)), e, one), f32x4.add(e, one));
}

/** e^(-x^2 / 2); its relative error grows as that of x^2: about (x^2 / 2 + 1) 2^-23. */
// @ts-ignore: decorator
@inline
export function bell4(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/**
 * Standard normal distribution (1 + erf(x / sqrt(2))) / 2, given bell = e^(-x^2 / 2): the tail beyond |x| is bell R(|x|),
 * R rational minimax of degrees 4 and 5 with positive coefficients, within 2^-25 of e^(t^2 / 2) erfc(t / sqrt(2)) / 2.
 * The tail itself is written where x is negative, so that small values keep their relative error, that of bell.
 */
// @ts-ignore: decorator
@inline
export function normalDistribution4(x: v128, bell: v128): v128 {
  const t = f32x4.pmin(f32x4.abs(x), f32x4.splat(15)); // bell is 0 from 14.5 on
  let p = step(t, f32x4.splat(0.004153206944465637), 0.04088097810745239);
  p = step(p, t, 0.1839687079191208);
  p = step(p, t, 0.4392828643321991);
  p = step(p, t, 0.5);
  let q = step(t, f32x4.splat(0.010410434566438198), 0.10247953236103058);
  q = step(q, t, 0.47140756249427795);
  q = step(q, t, 1.205546498298645);
  q = step(q, t, 1.6764507293701172);
  q = step(q, t, 1);
  const tail = f32x4.mul(bell, f32x4.div(p, q));
  return select(f32x4.lt(x, f32x4.splat(0)), tail, f32x4.sub(f32x4.splat(1), tail));
}

/** 2 sqrt(2 / pi) (x + 0.044715 x^3): (1 + tanh u) / 2 is sigmoid(2 u). */
// @ts-ignore: decorator
@inline
export function geluTanhArgument4(x: v128): v128 {
  const slope = madd(f32x4.mul(x, x), f32x4.splat(0.07135481282553584), f32x4.splat(1.5957691216057308));
  return f32x4.mul(x, slope);
}
