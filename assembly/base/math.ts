// Functions of four lanes. One ulp is the gap between floats at the exact value; the bounds hold in both builds.
// Arguments that may be NaN come first in pmin and pmax, which then return them.

// Constants are read from memory: V8 rebuilds a v128 constant at each use, in three instructions.

const ONE: usize = memory.data<f32>([1]);
const TWO: usize = memory.data<f32>([2]);
const MINUS_HALF: usize = memory.data<f32>([-0.5]);
const MINUS_TWO: usize = memory.data<f32>([-2]);
const SIGN: usize = memory.data<f32>([-0.0]); // the sign bit alone
const INFINITY: usize = memory.data<f32>([Infinity]);
const MINUS_INFINITY: usize = memory.data<f32>([-Infinity]);

/** 1.5 * 2^23: adding it rounds to a whole number, which is then in the low bits. */
const ROUND: usize = memory.data<f32>([12582912]);

/** ln 2 in two parts: the first has 9 bits, so that its product with a whole number below 2^15 is exact. */
const LN2_HIGH: usize = memory.data<f32>([0.693359375]);
const LN2_LOW: usize = memory.data<f32>([-2.1219444e-4]);
const MINUS_LN2_HIGH: usize = memory.data<f32>([-0.693359375]);
const MINUS_LN2_LOW: usize = memory.data<f32>([2.1219444e-4]);
const LOG2_E: usize = memory.data<f32>([1.44269504]);

const EXP_HIGHEST: usize = memory.data<f32>([89]); // e^89 is Infinity
const EXP_LOWEST: usize = memory.data<f32>([-104]); // e^-104 rounds to 0
const EXPM1_LOWEST: usize = memory.data<f32>([-20]); // 1 - e^-20 rounds to 1, and 1 - 2 e^-20 too
const BELL_END: usize = memory.data<f32>([15]); // e^(-15^2 / 2) rounds to 0
const GATE_END: usize = memory.data<f32>([128]);
const MINUS_GATE_END: usize = memory.data<f32>([-128]);
const MISH_END: usize = memory.data<f32>([20]);
const TANH_SPLIT: usize = memory.data<f32>([0.625]);
const SMALLEST_NORMAL: usize = memory.data<f32>([1.17549435e-38]);
const TWO_TO_23: usize = memory.data<f32>([8388608]);
const SQRT_HALF: usize = memory.data<f32>([0.70710677]);

// Minimax polynomials, the coefficient of the highest power first.
const EXP: usize = memory.data<f32>([1.3900287e-3, 8.36612e-3, 4.166683e-2, 0.16666548, 0.5]);
const TANH: usize = memory.data<f32>([-5.697346e-3, 2.0631723e-2, -5.3737268e-2, 0.1333141, -0.3333328]);
const LOG: usize = memory.data<f32>([
  -7.6363996e-2, 0.12762199, -0.13159613, 0.14201581, -0.16623409, 0.20001242, -0.2500082, 0.3333333,
]);
const LOG1P: usize = memory.data<f32>([5.4700946e-4, 2.1877356e-3, 1.2506699e-2, 8.3333023e-2]);
const TAIL_P: usize = memory.data<f32>([4.153207e-3, 4.0880978e-2, 0.18396871, 0.43928286, 0.5]);
const TAIL_Q: usize = memory.data<f32>([1.0410435e-2, 0.10247953, 0.47140756, 1.2055465, 1.6764507, 1]);

const GELU_TANH_LINEAR: usize = memory.data<f32>([1.5957691216057308]); // 2 sqrt(2 / pi)
const GELU_TANH_CUBIC: usize = memory.data<f32>([0.07135481282553584]); // 0.044715 times that
const GELU_TANH_SLOPE: usize = memory.data<f32>([0.21406443847660752]); // three times the cubic
const NORMAL_DENSITY_AT_0: usize = memory.data<f32>([0.3989422804014327]); // 1 / sqrt(2 pi)

/** Scale, and scale times alpha: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515 */
export const SELU_SCALE: f32 = 1.0507009873554805;
export const SELU_NEGATIVE_SCALE: f32 = 1.7580993408473766;

/** The float at `constant` in all lanes. */
@inline
function splat(constant: usize): v128 {
  return v128.load32_splat(constant);
}

/** a * b + c, rounded once where the build has fused multiply-add, twice elsewhere. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a where the lanes of `mask` are all ones, b where they are zero. */
@inline
export function select(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

@inline
function cubic(polynomial: usize, x: v128): v128 {
  const two = madd(madd(splat(polynomial), x, splat(polynomial + 4)), x, splat(polynomial + 8));
  return madd(two, x, splat(polynomial + 12));
}

@inline
function quartic(polynomial: usize, x: v128): v128 {
  return madd(cubic(polynomial, x), x, splat(polynomial + 16));
}

@inline
function quintic(polynomial: usize, x: v128): v128 {
  return madd(quartic(polynomial, x), x, splat(polynomial + 20));
}

@inline
function septic(polynomial: usize, x: v128): v128 {
  return madd(madd(quintic(polynomial, x), x, splat(polynomial + 24)), x, splat(polynomial + 28));
}

/** 2^n for whole n from -126 to 127, given in the low 9 bits. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), splat(ONE));
}

/** ROUND + n, where n is x / ln 2 rounded to a whole number. */
@inline
function shiftedOctaves(x: v128): v128 {
  return madd(x, splat(LOG2_E), splat(ROUND));
}

/**
 * e^r - 1 for r = x - n ln 2, |r| <= 0.347: r + r^2 q(r), within 2^-26 of the value.
 * r^2 q is at most 0.2 |r|, so that its roundings count for little beside that of the sum.
 */
@inline
function expm1Reduced(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, splat(ROUND));
  const r = madd(n, splat(MINUS_LN2_LOW), madd(n, splat(MINUS_LN2_HIGH), x));
  return madd(f32x4.mul(r, r), quartic(EXP, r), r);
}

/**
 * e^x within 1.1 ulp, subnormal results included; 0 below -104, Infinity above 88.72.
 * 2^n is applied as two factors, so that only the last product can leave the normal range and rounds once.
 */
@inline
export function exp4(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, splat(EXP_HIGHEST)), splat(EXP_LOWEST));
  const shifted = shiftedOctaves(clamped);
  const reduced = expm1Reduced(clamped, shifted);
  const n = i32x4.sub(shifted, splat(ROUND));
  const half = i32x4.shr_s(n, 1);
  const scaled = f32x4.mul(f32x4.add(reduced, splat(ONE)), powerOfTwo(half));
  return f32x4.mul(scaled, powerOfTwo(i32x4.sub(n, half)));
}

/** e^x - 1 for x <= 0 within 1.1 ulp: 2^n (e^r - 1) + (2^n - 1); for tiny x it is x, and -1 far down. */
@inline
export function expm1Negative4(x: v128): v128 {
  const clamped = f32x4.pmax(x, splat(EXPM1_LOWEST));
  const shifted = shiftedOctaves(clamped);
  const power = powerOfTwo(shifted);
  return madd(power, expm1Reduced(clamped, shifted), f32x4.sub(power, splat(ONE)));
}

/**
 * tanh x within 1.5 ulp: x + x^3 p(x^2) below 0.625, within 2^-27 of the value;
 * 1 - 2 e / (1 + e) with e = e^(-2 |x|) from there on: the fraction is below 0.45, so its roundings count for half.
 */
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const square = f32x4.mul(size, size);
  const small = madd(f32x4.mul(square, size), quartic(TANH, square), size);

  const exponent = f32x4.pmax(f32x4.mul(size, splat(MINUS_TWO)), splat(EXPM1_LOWEST));
  const shifted = shiftedOctaves(exponent);
  const e = f32x4.mul(f32x4.add(expm1Reduced(exponent, shifted), splat(ONE)), powerOfTwo(shifted));
  const large = f32x4.sub(splat(ONE), f32x4.div(f32x4.add(e, e), f32x4.add(e, splat(ONE))));
  const value = select(f32x4.lt(size, splat(TANH_SPLIT)), small, large);
  return v128.or(value, v128.and(x, splat(SIGN)));
}

/**
 * ln x within 1 ulp, subnormal x included: k ln 2 + ln(1 + f) with 1 + f from sqrt(1/2) to sqrt(2),
 * ln(1 + f) = f - f^2 / 2 + f^3 p(f), within 2^-27 of the value; the small terms are added first.
 */
@inline
export function log4(x: v128): v128 {
  const subnormal = f32x4.lt(x, splat(SMALLEST_NORMAL));
  const normal = select(subnormal, f32x4.mul(x, splat(TWO_TO_23)), x);
  const octaves = i32x4.shr_s(i32x4.sub(normal, splat(SQRT_HALF)), 23);
  const f = f32x4.sub(i32x4.sub(normal, i32x4.shl(octaves, 23)), splat(ONE));
  const k = f32x4.convert_i32x4_s(i32x4.sub(octaves, v128.and(subnormal, i32x4.splat(23))));

  const square = f32x4.mul(f, f);
  const cube = f32x4.mul(f32x4.mul(square, f), septic(LOG, f));
  const tail = madd(square, splat(MINUS_HALF), madd(k, splat(LN2_LOW), cube));
  const value = madd(k, splat(LN2_HIGH), f32x4.add(f, tail));

  const finite = select(f32x4.lt(x, splat(INFINITY)), value, x);
  const zero = f32x4.eq(x, f32x4.splat(0));
  return v128.or(select(zero, splat(MINUS_INFINITY), finite), f32x4.lt(x, f32x4.splat(0)));
}

/** ln(1 + x) for x from 0 to 1 within 2 ulp: with t = 2 x / (2 + x), t + t^3 p(t^2), within 2^-27 of the value. */
@inline
export function log1p4(x: v128): v128 {
  const t = f32x4.div(f32x4.add(x, x), f32x4.add(x, splat(TWO)));
  const square = f32x4.mul(t, t);
  return madd(f32x4.mul(t, square), cubic(LOG1P, square), t);
}

/** 1 / (1 + e^-x) within 2.5 ulp: with e = e^-|x|, e / (1 + e) for negative x, else 1 / (1 + e). */
@inline
export function sigmoid4(x: v128): v128 {
  const e = exp4(v128.or(x, splat(SIGN)));
  const share = select(f32x4.lt(x, f32x4.splat(0)), e, splat(ONE));
  return f32x4.div(share, f32x4.add(e, splat(ONE)));
}

/** e^(-x^2 / 2); its relative error is that of x^2 / 2: about (x^2 / 2 + 2) 2^-24. */
@inline
export function bell4(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), splat(MINUS_HALF)));
}

/**
 * Normal distribution (1 + erf(x / sqrt(2))) / 2, given bell = e^(-x^2 / 2). The tail beyond t = |x| is
 * bell p(t) / q(t), within 2^-25; all coefficients are positive, so nothing cancels. For negative x the tail is
 * the value, and small values keep the relative error of bell.
 */
@inline
export function normalDistribution4(x: v128, bell: v128): v128 {
  const t = f32x4.pmin(f32x4.abs(x), splat(BELL_END));
  const tail = f32x4.mul(bell, f32x4.div(quartic(TAIL_P, t), quintic(TAIL_Q, t)));
  return select(f32x4.lt(x, f32x4.splat(0)), tail, f32x4.sub(splat(ONE), tail));
}

/** 2 sqrt(2 / pi) (x + 0.044715 x^3): gelu's tanh form is x times the sigmoid of this. */
@inline
export function geluTanhArgument4(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.mul(x, x), splat(GELU_TANH_CUBIC), splat(GELU_TANH_LINEAR)));
}

/** The derivative of `geluTanhArgument4`. */
@inline
export function geluTanhSlope4(x: v128): v128 {
  return madd(f32x4.mul(x, x), splat(GELU_TANH_SLOPE), splat(GELU_TANH_LINEAR));
}

/** Normal density, given bell = e^(-x^2 / 2). */
@inline
export function normalDensity4(bell: v128): v128 {
  return f32x4.mul(bell, splat(NORMAL_DENSITY_AT_0));
}

/** x clamped to ±128, from where on the slopes of gelu and silu are 0 or 1: no product of the result can overflow. */
@inline
export function bounded4(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, splat(GATE_END)), splat(MINUS_GATE_END));
}

/** s(z) + weight s'(z) for the sigmoid s: with e = e^-|z|, s'(z) = e / (1 + e)^2 does not cancel. */
@inline
export function gateSlope4(z: v128, weight: v128): v128 {
  const one = splat(ONE);
  const e = exp4(v128.or(z, splat(SIGN)));
  const share = f32x4.div(one, f32x4.add(one, e));
  const sigmoid = f32x4.mul(share, select(f32x4.lt(z, f32x4.splat(0)), e, one));
  return madd(weight, f32x4.mul(f32x4.mul(e, share), share), sigmoid);
}

/** e^min(x, 20), above which tanh ln(1 + e^x) is 1: its fourth power is finite. */
@inline
export function mishPower4(x: v128): v128 {
  return exp4(f32x4.pmin(x, splat(MISH_END)));
}

/** tanh ln(1 + e^x) = n / (n + 2) with n = e (e + 2), e = e^x: all terms are positive, so nothing cancels. */
@inline
export function mishGate4(e: v128): v128 {
  const n = f32x4.mul(e, f32x4.add(e, splat(TWO)));
  return f32x4.div(n, f32x4.add(n, splat(TWO)));
}
