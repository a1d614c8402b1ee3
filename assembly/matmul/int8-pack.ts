import { LANES, bytes, loadLanes, rowShare } from "../base/lanes";
import { INT8_LINE, INT8_PANEL, int8PanelFloats, int8RowFloats } from "../contract/matmul";

/** The largest weight in int8, and the largest activation in 7 bits. */
const LARGEST: f32 = 127;

/** 1.5 * 2^23: the last bits of a small number added to it are the number, rounded to the nearest whole one, half to even. */
const ROUNDER: f32 = 12582912;

/**
 * panels[p, k / 8, the place of (j, k % 8)] = w(n, k) / scale[n] rounded, with n = 16 p + j, w(n, k) = b[k bRow + n bColumn] and scale[n] = max over k of |w(n, k)| / 127;
 * after the weights of a panel come its scales and the sums of its rounded weights. What is not there is 0. A channel with
 * a weight that is NaN or infinite has the scale NaN. Workers share panels.
 */
export function packInt8(
  b: usize, bRow: i32, bColumn: i32, panels: usize, K: i32, N: i32, part: i32, parts: i32,
): void {
  const lines = (K + INT8_LINE - 1) / INT8_LINE;
  const count = (N + INT8_PANEL - 1) / INT8_PANEL;
  const end = rowShare(count, part + 1, parts);
  for (let p = rowShare(count, part, parts); p < end; p++) {
    const panel = panels + bytes(p * int8PanelFloats(lines));
    memory.fill(panel, 0, bytes(int8PanelFloats(lines)));
    const n = p * INT8_PANEL;
    const channels = min(INT8_PANEL, N - n);
    for (let j = 0; j < channels; j++) {
      packChannel(b + bytes((n + j) * bColumn), bytes(bRow), panel, j, lines, K);
    }
  }
}

/** Byte of weight `k` of channel `j` in a line: as many neighbours along K are together as a dot product adds up. */
@inline
function placeInLine(j: i32, k: i32): i32 {
  const neighbours = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;
  return (k / neighbours) * (neighbours * INT8_PANEL) + j * neighbours + (k % neighbours);
}

/** Channel `j` of a panel from K weights, `step` bytes from one to the next. */
function packChannel(b: usize, step: usize, panel: usize, j: i32, lines: i32, K: i32): void {
  let largest: f32 = 0;
  let wrong: f32 = 0;
  for (let k = 0; k < K; k++) {
    const weight = load<f32>(b + step * k);
    largest = max<f32>(largest, abs(weight));
    wrong += weight * 0;
  }
  const scale: f32 = largest / LARGEST;
  let sum: i32 = 0;
  for (let k = 0; k < K; k++) {
    const whole = nearest<f32>(load<f32>(b + step * k) / scale);
    const weight = whole == whole ? <i32>max<f32>(-LARGEST, min<f32>(LARGEST, whole)) : 0; // 0 / 0 where all are 0
    store<i8>(panel + (k / INT8_LINE) * (INT8_PANEL * INT8_LINE) + placeInLine(j, k % INT8_LINE), weight);
    sum += weight;
  }
  const scales = panel + bytes(32 * lines + j);
  store<f32>(scales, scale + wrong);
  store<i32>(scales, sum, 4 * INT8_PANEL);
}

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
  let low = f32x4.splat(0), high = f32x4.splat(0), wrong = f32x4.splat(0);
  const none = f32x4.splat(0);
  let k = 0;
  for (; k < K; k += LANES) {
    const values = loadLanes(x + bytes(k), K - k, none);
    low = f32x4.pmin(low, values);
    high = f32x4.pmax(high, values);
    wrong = f32x4.add(wrong, f32x4.mul(values, none));
  }
  low = f32x4.pmin(low, v128.shuffle<i32>(low, low, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<i32>(high, high, 2, 3, 0, 1));
  wrong = f32x4.add(wrong, v128.shuffle<i32>(wrong, wrong, 2, 3, 0, 1));
  const lowest = min<f32>(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
  const highest = max<f32>(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
  const scale: f32 = highest / LARGEST - lowest / LARGEST;
  const inverse: f32 = 1 / scale;
  const isScaled = inverse > 0 && inverse < Infinity; // not so for scales below 2^-128, and infinite ones
  const factor: f32 = isScaled ? inverse : 0;
  const zero: f32 = isScaled ? nearest<f32>(-lowest * factor) : 0;
  const factors = f32x4.splat(factor);
  const start = f32x4.splat(ROUNDER + zero);
  const origin = f32x4.splat(ROUNDER);
  for (k = 0; k < K; k += LANES) {
    const values = loadLanes(x + bytes(k), K - k, none);
    const whole = i32x4.sub(f32x4.add(f32x4.mul(values, factors), start), origin);
    const halves = i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(whole, whole), none), i16x8.splat(127));
    if (ASC_FEATURE_RELAXED_SIMD) v128.store32_lane(row + k, i8x16.narrow_i16x8_u(halves, halves), 0);
    else v128.store64_lane(row + 2 * k, halves, 0);
  }
  const at = row + bytes(4 * lines);
  store<f32>(at, (isScaled ? scale : 0) + f32x4.extract_lane(wrong, 0) + f32x4.extract_lane(wrong, 1));
  store<i32>(at, <i32>zero, 4);
}
