import { LANES, bytes, loadLanes, rowShare } from "../base/lanes";
import { INT8_LINE, int8RowFloats } from "../contract/matmul";

/** The largest activation. */
const LARGEST: f32 = 127;

/** 1.5 * 2^23: the last bits of a small number added to it are the number, rounded to the nearest whole one, half to even. */
const ROUNDER: f32 = 12582912;

/** Bytes of an activation: 8 bits for the relaxed dot product, else 16, so that no product widens them again. */
@inline
export const ACTIVATION: usize = ASC_FEATURE_RELAXED_SIMD ? 1 : 2;

/**
 * The rows of x [M, K] in 7 bits: u[m, k] = x / scale + zero rounded, from 0 to 127, with scale = (high - low) / 127 for the
 * lowest and the highest number of the row and 0; zero stands for 0. Each row ends with its scale and its zero
 * point. A row with a number that is NaN or infinite has the scale NaN. Workers share rows; strides are in floats.
 */
export function quantizeRows(
  x: usize, xRow: i32, rows: usize, M: i32, K: i32, part: i32, parts: i32,
): void {
  const lines = (K + INT8_LINE - 1) / INT8_LINE;
  const end = rowShare(M, part + 1, parts);
  for (let m = rowShare(M, part, parts); m < end; m++) {
    quantizeRow(x + bytes(m * xRow), rows + bytes(m * int8RowFloats(lines)), K, lines);
  }
}

function quantizeRow(x: usize, row: usize, K: i32, lines: i32): void {
  const range = rangeOf(x, K);
  const factor = f32x4.splat(factorOf(range));
  const start = startOf(range);
  for (let k = 0; k < K; k += LANES) {
    const whole = quantized(loadLanes(x + bytes(k), K - k, f32x4.splat(0)), factor, start);
    if (ACTIVATION == 1) v128.store32_lane(row + k, i8x16.narrow_i16x8_u(whole, whole), 0);
    else v128.store64_lane(row + 2 * k, whole, 0);
  }
  storeRange(row + bytes(4 * lines), range);
}

/** The lowest and the highest of `length` numbers and 0, then 0, or NaN where one is NaN or infinite. */
export function rangeOf(x: usize, length: i32): v128 {
  const none = f32x4.splat(0);
  let low = none, high = none, wrong = none;
  for (let i = 0; i < length; i += LANES) {
    const values = loadLanes(x + bytes(i), length - i, none);
    low = f32x4.pmin(low, values);
    high = f32x4.pmax(high, values);
    wrong = f32x4.add(wrong, f32x4.mul(values, none));
  }
  low = f32x4.pmin(low, v128.shuffle<i32>(low, low, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<i32>(high, high, 2, 3, 0, 1));
  wrong = f32x4.add(wrong, v128.shuffle<i32>(wrong, wrong, 2, 3, 0, 1));
  const lowest = min<f32>(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
  const highest = max<f32>(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
  const sign = f32x4.extract_lane(wrong, 0) + f32x4.extract_lane(wrong, 1);
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(sign), 0, lowest), 1, highest);
}

/** The scale: (high - low) / 127, whose difference does not overflow. */
@inline
function scaleOf(range: v128): f32 {
  return f32x4.extract_lane(range, 1) / LARGEST - f32x4.extract_lane(range, 0) / LARGEST;
}

/** 1 / scale, or 0 where the scale is infinite or below 2^-128. */
@inline
export function factorOf(range: v128): f32 {
  const factor: f32 = 1 / scaleOf(range);
  return factor > 0 && factor < Infinity ? factor : 0;
}

/** The whole number, from 0 to 127, that stands for 0. */
@inline
export function zeroOf(range: v128): f32 {
  const factor = factorOf(range);
  return factor > 0 ? nearest<f32>(-f32x4.extract_lane(range, 0) * factor) : 0;
}

/** What `quantizeRows` writes at the end of a row. */
@inline
export function storeRange(at: usize, range: v128): void {
  const scale: f32 = factorOf(range) > 0 ? scaleOf(range) : 0;
  store<f32>(at, scale + f32x4.extract_lane(range, 2));
  store<i32>(at, <i32>zeroOf(range), 4);
}

/** `startOf` and `factorOf` as lanes give the whole numbers of four activations, twice, in 16 bits each. */
@inline
export function quantized(values: v128, factor: v128, start: v128): v128 {
  const whole = i32x4.sub(f32x4.add(f32x4.mul(values, factor), start), f32x4.splat(ROUNDER));
  return i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(whole, whole), i16x8.splat(0)), i16x8.splat(127));
}

/** What `quantized` adds to a product: the zero point, where a sum is rounded. */
@inline
export function startOf(range: v128): v128 {
  return f32x4.splat(ROUNDER + zeroOf(range));
}
