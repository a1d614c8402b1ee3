import { bytes, rowShare } from "../base/lanes";
import { INT8_LARGEST, INT8_LINE, INT8_PANEL, int8PanelFloats } from "../contract/matmul";

const LARGEST: f32 = <f32>INT8_LARGEST;

/**
 * panels[p, k / 8, the place of (j, k % 8)] = w(n, k) / scale[n] rounded, with n = 16 p + j, scale[n] = max over k of |w(n, k)| / 127 and
 * w(n, k) = b[n column + (k / inner) outerStride + (k % inner) innerStride]; after the weights of a panel come its scales and the
 * sums of its rounded weights. What is not there is 0. A channel with a weight that is NaN or infinite has the scale NaN.
 * Workers share panels.
 */
export function packInt8(
  b: usize, inner: i32, innerStride: i32, outerStride: i32, column: i32, panels: usize, K: i32, N: i32,
  part: i32, parts: i32,
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
      packChannel(b + bytes((n + j) * column), inner, bytes(innerStride), bytes(outerStride), panel, j, lines, K);
    }
  }
}

/** Byte of weight `k` of channel `j` in a line: as many neighbours along K are together as a dot product adds up. */
@inline
function placeInLine(j: i32, k: i32): i32 {
  const neighbours = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;
  return (k / neighbours) * (neighbours * INT8_PANEL) + j * neighbours + (k % neighbours);
}

/** Channel `j` of a panel from K weights; steps in bytes. */
function packChannel(
  b: usize, inner: i32, innerStep: usize, outerStep: usize, panel: usize, j: i32, lines: i32, K: i32,
): void {
  let largest: f32 = 0;
  let wrong: f32 = 0;
  for (let k = 0; k < K; k++) {
    const weight = load<f32>(b + outerStep * (k / inner) + innerStep * (k % inner));
    largest = max<f32>(largest, abs(weight));
    wrong += weight * 0;
  }
  const scale: f32 = largest / LARGEST;
  let sum: i32 = 0;
  for (let k = 0; k < K; k++) {
    const whole = nearest<f32>(load<f32>(b + outerStep * (k / inner) + innerStep * (k % inner)) / scale);
    const weight = whole == whole ? <i32>max<f32>(-LARGEST, min<f32>(LARGEST, whole)) : 0; // 0 / 0 where all are 0
    store<i8>(panel + (k / INT8_LINE) * (INT8_PANEL * INT8_LINE) + placeInLine(j, k % INT8_LINE), weight);
    sum += weight;
  }
  const scales = panel + bytes(32 * lines + j);
  store<f32>(scales, scale + wrong);
  store<i32>(scales, sum, 4 * INT8_PANEL);
}
