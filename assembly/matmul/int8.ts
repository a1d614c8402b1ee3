import { LANES, bytes, rowShare, storeLanes } from "../base/lanes";
import { INT8_LINE, INT8_PANEL, int8PanelFloats, int8RowFloats } from "../contract/matmul";
import { ACTIVATION } from "./int8-quantize";

/** Bytes of a line of activations. */
const ROW_LINE: usize = ACTIVATION * INT8_LINE;

/** Bytes of a line of the weights of a panel. */
const PANEL_LINE: usize = INT8_PANEL * INT8_LINE;

/** Rows that are multiplied by all panels before the next ones, so that they stay in the L2 cache. */
const BLOCK: i32 = 64;

/**
 * out[m, n] = xScale[m] scale[n] (sum over k of u[m, k] w[n, k] - zero[m] sum[n]), with rows from `quantizeRows` and panels
 * from `packInt8`. Sums are exact: two products of 7 and 8 bits fit in 16, on every engine.
 * Workers share rows, or panels where these are more.
 */
export function matmulInt8(
  rows: usize, panels: usize, out: usize, M: i32, N: i32, K: i32, part: i32, parts: i32,
): void {
  const lines = (K + INT8_LINE - 1) / INT8_LINE;
  const count = (N + INT8_PANEL - 1) / INT8_PANEL;
  const byRows = M > count;
  const mStart = byRows ? rowShare(M, part, parts) : 0;
  const mEnd = byRows ? rowShare(M, part + 1, parts) : M;
  const pStart = byRows ? 0 : rowShare(count, part, parts);
  const pEnd = byRows ? count : rowShare(count, part + 1, parts);
  for (let block = mStart; block < mEnd; block += BLOCK) {
    const end = min(block + BLOCK, mEnd);
    for (let p = pStart; p < pEnd; p++) {
      const panel = panels + bytes(p * int8PanelFloats(lines));
      const n = p * INT8_PANEL;
      const columns = min(INT8_PANEL, N - n);
      const row = rows + bytes(block * int8RowFloats(lines));
      rowsTimesPanel(row, panel, out + bytes(block * N + n), bytes(N), end - block, columns, lines);
    }
  }
}

/** `rows` rows times one panel; the first `columns` channels are stored, `outRow` bytes from row to row. */
export function rowsTimesPanel(
  row: usize, panel: usize, out: usize, outRow: usize, rows: i32, columns: i32, lines: i32,
): void {
  const rowBytes = bytes(int8RowFloats(lines));
  for (; rows >= 2; rows -= 2) {
    tile(2, row, row + rowBytes, panel, out, outRow, columns, lines);
    row += 2 * rowBytes;
    out += 2 * outRow;
  }
  if (rows > 0) tile(1, row, row, panel, out, outRow, columns, lines);
}

/** One or two rows, a constant `height`, times one panel. */
@inline
function tile(
  height: i32, row: usize, next: usize, panel: usize, out: usize, outRow: usize, columns: i32, lines: i32,
): void {
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  let x = row;
  let y = next;
  let w = panel;
  for (let k = lines; k > 0; k--) {
    if (ASC_FEATURE_RELAXED_SIMD) {
      for (let half: usize = 0; half < 2; half++) {
        const u = v128.load32_splat(x + 4 * half);
        const w0 = v128.load(w + 64 * half), w1 = v128.load(w + 64 * half, 16);
        const w2 = v128.load(w + 64 * half, 32), w3 = v128.load(w + 64 * half, 48);
        if (height == 2) {
          const v = v128.load32_splat(y + 4 * half);
          e = dot(w0, v, e);
          f = dot(w1, v, f);
          g = dot(w2, v, g);
          h = dot(w3, v, h);
        }
        if (height == 2 || half == 0) {
          a = dot(w0, u, a);
          b = dot(w1, u, b);
          c = dot(w2, u, c);
          d = dot(w3, u, d);
        } else {
          // Two sums for each channel of one row: a single one would wait for itself.
          e = dot(w0, u, e);
          f = dot(w1, u, f);
          g = dot(w2, u, g);
          h = dot(w3, u, h);
        }
      }
    } else {
      for (let pair: usize = 0; pair < 4; pair++) {
        const u = v128.load32_splat(x + 4 * pair);
        const w0 = v128.load8x8_s(w + 32 * pair), w1 = v128.load8x8_s(w + 32 * pair, 8);
        const w2 = v128.load8x8_s(w + 32 * pair, 16), w3 = v128.load8x8_s(w + 32 * pair, 24);
        a = i32x4.add(a, i32x4.dot_i16x8_s(w0, u));
        b = i32x4.add(b, i32x4.dot_i16x8_s(w1, u));
        c = i32x4.add(c, i32x4.dot_i16x8_s(w2, u));
        d = i32x4.add(d, i32x4.dot_i16x8_s(w3, u));
        if (height == 2) {
          const v = v128.load32_splat(y + 4 * pair);
          e = i32x4.add(e, i32x4.dot_i16x8_s(w0, v));
          f = i32x4.add(f, i32x4.dot_i16x8_s(w1, v));
          g = i32x4.add(g, i32x4.dot_i16x8_s(w2, v));
          h = i32x4.add(h, i32x4.dot_i16x8_s(w3, v));
        }
      }
    }
    x += ROW_LINE;
    if (height == 2) y += ROW_LINE;
    w += PANEL_LINE;
  }
  if (ASC_FEATURE_RELAXED_SIMD && height == 1) {
    a = i32x4.add(a, e);
    b = i32x4.add(b, f);
    c = i32x4.add(c, g);
    d = i32x4.add(d, h);
  }
  storeRow(row + bytes(4 * lines), panel + bytes(32 * lines), out, columns, a, b, c, d);
  if (height == 2) storeRow(next + bytes(4 * lines), panel + bytes(32 * lines), out + outRow, columns, e, f, g, h);
}

/** sum + w u, added up over four neighbours along K. */
@inline
function dot(w: v128, u: v128, sum: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, u, sum);
}

/** The sums of a row, without its zero point and scaled; `ends` is behind the row, `scales` behind the weights. */
@inline
function storeRow(ends: usize, scales: usize, out: usize, columns: i32, a: v128, b: v128, c: v128, d: v128): void {
  const xScale = v128.load32_splat(ends);
  const xZero = v128.load32_splat(ends, 4);
  const first = dequantized(a, xScale, xZero, scales);
  const second = dequantized(b, xScale, xZero, scales + 16);
  const third = dequantized(c, xScale, xZero, scales + 32);
  const fourth = dequantized(d, xScale, xZero, scales + 48);
  if (columns == INT8_PANEL) {
    v128.store(out, first);
    v128.store(out, second, 16);
    v128.store(out, third, 32);
    v128.store(out, fourth, 48);
    return;
  }
  storeLanes(out, columns, first);
  if (columns > LANES) storeLanes(out + 16, columns - LANES, second);
  if (columns > 2 * LANES) storeLanes(out + 32, columns - 2 * LANES, third);
  if (columns > 3 * LANES) storeLanes(out + 48, columns - 3 * LANES, fourth);
}

/** xScale scale (sum - xZero wSum) of four channels: all scales of a panel are followed by all sums. */
@inline
function dequantized(sum: v128, xScale: v128, xZero: v128, scales: usize): v128 {
  const whole = i32x4.sub(sum, i32x4.mul(xZero, v128.load(scales, 4 * INT8_PANEL)));
  return f32x4.mul(f32x4.convert_i32x4_s(whole), f32x4.mul(xScale, v128.load(scales)));
}
