import { LANES, TURN, bytes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { HALF_STRIP, HALF_WORKERS, Half, halfPanelFloats } from "../contract/half";
import { PRODUCT_RUN, TILE_FLOATS, WIDE_PANEL } from "../contract/matmul";
import { laneSums } from "./direct";
import { gatherHalves, halfBytes, maskOf, rebiasOf, widenPanel, widenedHigh, widenedLow } from "./half";
import { panelWidth } from "./pack";
import { BLOCK, panelRows16, panelRows8 } from "./panels";
import { TILE, multiplyAdd } from "./tile";

// Products with weights of 16 bits: the bits of `matmulDirect` and `matmulPanels` with the same weights as float32.

/**
 * out[m, n] = sum over k of a[m, k] * weights[n, k], with weights [N, K] of 16 bits, which are widened in registers; a and
 * out are dense. For a few rows. Workers share columns, or rows where these are more.
 */
export function matmulHalf(
  a: usize, weights: usize, out: usize, M: i32, N: i32, K: i32, format: i32, part: i32, parts: i32,
): void {
  const byRows = M > N;
  const m = byRows ? shareStart(M, part, parts) : 0;
  const mEnd = byRows ? shareStart(M, part + 1, parts) : M;
  const n = byRows ? 0 : shareStart(N, part, parts);
  const nEnd = byRows ? N : shareStart(N, part + 1, parts);
  const mask = maskOf(format);
  const rebias = rebiasOf(format);
  if (format == Half.bf16) alongDepthBf16(mask, rebias, a, weights, out, m, mEnd, n, nEnd, N, K);
  else alongDepthF16(mask, rebias, a, weights, out, m, mEnd, n, nEnd, N, K);
}

// Two functions: V8 keeps the sums of one loop in registers, but not of two in one function.

function alongDepthBf16(
  mask: v128, rebias: v128, a: usize, weights: usize, out: usize, m: i32, mEnd: i32, n: i32, nEnd: i32, N: i32, K: i32,
): void {
  alongDepth(Half.bf16, mask, rebias, a, weights, out, m, mEnd, n, nEnd, N, K);
}

function alongDepthF16(
  mask: v128, rebias: v128, a: usize, weights: usize, out: usize, m: i32, mEnd: i32, n: i32, nEnd: i32, N: i32, K: i32,
): void {
  alongDepth(Half.f16, mask, rebias, a, weights, out, m, mEnd, n, nEnd, N, K);
}

/** Rows from m to mEnd and columns from n to nEnd; `format` is a constant. */
@inline
function alongDepth(
  format: i32, mask: v128, rebias: v128, a: usize, weights: usize, out: usize, m: i32, mEnd: i32, n: i32, nEnd: i32,
  N: i32, K: i32,
): void {
  for (; n < nEnd; n += LANES) {
    const columns = min(nEnd - n, LANES);
    const b = weights + halfBytes(n * K);
    for (let row = m; row < mEnd; row++) {
      dots(format, mask, rebias, a + bytes(row * K), b, out + bytes(row * N + n), columns, K);
    }
  }
}

/** out[c] = sum over k of a[k] * b[c * K + k] for c < columns <= 4, in runs of k; `format` is a constant. */
@inline
function dots(
  format: i32, mask: v128, rebias: v128, a: usize, b: usize, out: usize, columns: i32, K: i32,
): void {
  // Columns past the last one repeat it and are not stored.
  let b0 = b;
  let b1 = columns > 1 ? b0 + halfBytes(K) : b0;
  let b2 = columns > 2 ? b1 + halfBytes(K) : b1;
  let b3 = columns > 3 ? b2 + halfBytes(K) : b2;
  const runs = max(1, (K + PRODUCT_RUN - 1) / PRODUCT_RUN);
  let total = f32x4.splat(-0.0);
  let start = 0;
  for (let run = 1; run <= runs; run++) {
    const end = rowShare(K, run, runs);
    let low0 = f32x4.splat(0), low1 = f32x4.splat(0), low2 = f32x4.splat(0), low3 = f32x4.splat(0);
    let high0 = f32x4.splat(0), high1 = f32x4.splat(0), high2 = f32x4.splat(0), high3 = f32x4.splat(0);
    let k = end - start;
    for (; k >= TURN; k -= TURN) {
      const low = v128.load(a);
      const high = v128.load(a, 16);
      const w0 = v128.load(b0);
      low0 = multiplyAdd(low, widenedLow(format, mask, rebias, w0), low0);
      high0 = multiplyAdd(high, widenedHigh(format, mask, rebias, w0), high0);
      const w1 = v128.load(b1);
      low1 = multiplyAdd(low, widenedLow(format, mask, rebias, w1), low1);
      high1 = multiplyAdd(high, widenedHigh(format, mask, rebias, w1), high1);
      const w2 = v128.load(b2);
      low2 = multiplyAdd(low, widenedLow(format, mask, rebias, w2), low2);
      high2 = multiplyAdd(high, widenedHigh(format, mask, rebias, w2), high2);
      const w3 = v128.load(b3);
      low3 = multiplyAdd(low, widenedLow(format, mask, rebias, w3), low3);
      high3 = multiplyAdd(high, widenedHigh(format, mask, rebias, w3), high3);
      a += 32;
      b0 += 16;
      b1 += 16;
      b2 += 16;
      b3 += 16;
    }
    let sums = f32x4.add(laneSums(low0, low1, low2, low3), laneSums(high0, high1, high2, high3));
    for (; k > 0; k--) {
      sums = multiplyAdd(v128.load32_splat(a), gatherHalves(format, mask, rebias, b0, b1, b2, b3), sums);
      a += 4;
      b0 += 2;
      b1 += 2;
      b2 += 2;
      b3 += 2;
    }
    total = f32x4.add(total, sums);
    start = end;
  }
  storeLanes(out, columns, total);
}

/**
 * out[m, n] = sum over k of a[m, k] * b[k * bRow + n * bColumn], with b of 16 bits, of which bRow or bColumn is 1, and a [M, K]
 * and out [M, N] dense. Each run of a panel is widened for a block of rows. `panel` is that of `packPanels`; `workspace` holds
 * halfPanelFloats(min(K, PRODUCT_RUN)) floats for each of at most HALF_WORKERS workers. They share tiles of rows, or panels
 * where tiles are few.
 */
export function matmulHalfPanels(
  a: usize, b: usize, bRow: i32, bColumn: i32, out: usize, M: i32, N: i32, K: i32, format: i32, workspace: usize,
  panel: i32, part: i32, parts: i32,
): void {
  parts = min(parts, HALF_WORKERS);
  if (part >= parts) return;
  const tiles = (M + TILE - 1) / TILE;
  const count = (N + panel - 1) / panel;
  const byRows = tiles >= min(count, 4 * parts);
  const mStart = byRows ? rowShare(tiles, part, parts) * TILE : 0;
  const mEnd = byRows ? min(M, rowShare(tiles, part + 1, parts) * TILE) : M;
  const pStart = byRows ? 0 : rowShare(count, part, parts);
  const pEnd = byRows ? count : rowShare(count, part + 1, parts);
  const scratch = workspace + bytes(part * halfPanelFloats(min(K, PRODUCT_RUN)));
  const strip = scratch + bytes(TILE_FLOATS);
  const wide = strip + bytes(WIDE_PANEL * HALF_STRIP);
  const runs = max(1, (K + PRODUCT_RUN - 1) / PRODUCT_RUN);
  let k = 0;
  for (let run = 0; run < runs; run++) {
    const end = run + 1 == runs ? K : rowShare(K, run + 1, runs);
    const depth = end - k;
    for (let m = mStart; m < mEnd; m += BLOCK) {
      const rows = min(BLOCK, mEnd - m);
      const block = a + bytes(m * K + k);
      for (let p = pStart; p < pEnd; p++) {
        const n = p * panel;
        const columns = min(panel, N - n);
        const width = panelWidth(panel, columns);
        widenPanel(b + halfBytes(k * bRow + n * bColumn), bRow, bColumn, wide, depth, columns, width, strip, format);
        const to = out + bytes(m * N + n);
        if (width == WIDE_PANEL) panelRows16(block, bytes(K), wide, to, bytes(N), rows, columns, depth, run > 0, scratch);
        else panelRows8(block, bytes(K), wide, to, bytes(N), rows, columns, depth, run > 0, scratch);
      }
    }
    k = end;
  }
}
