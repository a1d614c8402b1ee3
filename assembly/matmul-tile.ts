import { LANES, bytes } from "./lanes";
import { PANEL } from "./matmul-pack";

/** Rows of the tile that fits 16 registers best: a product apart from its sum needs registers of its own. */
// @ts-ignore: decorator
@inline
export const TILE: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** sum + a * b, fused where the build has it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * out[r, c] = sum over k < K of a[r, k] * b[k, c], added to the old out[r, c] if `add` (else it is not read).
 * For r < rows <= height and c < columns <= width; height (4 or 6) and width (8, 4, 2 or 1: what is read of b) are
 * constants; `aStep` and `bStep` are bytes from one k to the next, `aRow` and `outRow` bytes between rows.
 * One k a turn: V8 runs out of registers when the loop is unrolled.
 */
// @ts-ignore: decorator
@inline
export function tile(
  height: i32, width: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize,
  rows: i32, columns: i32, K: i32, add: bool,
): void {
  // Rows past the last one repeat it and are not stored.
  let a0 = a;
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let a4 = rows > 4 ? a3 + aRow : a3;
  let a5 = rows > 5 ? a4 + aRow : a4;
  let low0 = f32x4.splat(0), high0 = f32x4.splat(0);
  let low1 = f32x4.splat(0), high1 = f32x4.splat(0);
  let low2 = f32x4.splat(0), high2 = f32x4.splat(0);
  let low3 = f32x4.splat(0), high3 = f32x4.splat(0);
  let low4 = f32x4.splat(0), high4 = f32x4.splat(0);
  let low5 = f32x4.splat(0), high5 = f32x4.splat(0);
  for (let k = K; k > 0; k--) {
    const low = loadPart(b, width);
    const high = width == 8 ? v128.load(b, 16) : f32x4.splat(0);
    const x0 = v128.load32_splat(a0);
    low0 = multiplyAdd(x0, low, low0);
    if (width == 8) high0 = multiplyAdd(x0, high, high0);
    const x1 = v128.load32_splat(a1);
    low1 = multiplyAdd(x1, low, low1);
    if (width == 8) high1 = multiplyAdd(x1, high, high1);
    const x2 = v128.load32_splat(a2);
    low2 = multiplyAdd(x2, low, low2);
    if (width == 8) high2 = multiplyAdd(x2, high, high2);
    const x3 = v128.load32_splat(a3);
    low3 = multiplyAdd(x3, low, low3);
    if (width == 8) high3 = multiplyAdd(x3, high, high3);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    if (height == 6) {
      const x4 = v128.load32_splat(a4);
      low4 = multiplyAdd(x4, low, low4);
      if (width == 8) high4 = multiplyAdd(x4, high, high4);
      const x5 = v128.load32_splat(a5);
      low5 = multiplyAdd(x5, low, low5);
      if (width == 8) high5 = multiplyAdd(x5, high, high5);
      a4 += aStep;
      a5 += aStep;
    }
    b += bStep;
  }
  storeRow(out, low0, high0, columns, add);
  if (rows > 1) storeRow(out + outRow, low1, high1, columns, add);
  if (rows > 2) storeRow(out + outRow * 2, low2, high2, columns, add);
  if (rows > 3) storeRow(out + outRow * 3, low3, high3, columns, add);
  if (height == 6) {
    if (rows > 4) storeRow(out + outRow * 4, low4, high4, columns, add);
    if (rows > 5) storeRow(out + outRow * 5, low5, high5, columns, add);
  }
}

/** `width` floats (8 as 4, 4, 2 or 1, a constant) and zeros. */
// @ts-ignore: decorator
@inline
function loadPart(b: usize, width: i32): v128 {
  if (width == 1) return v128.load32_zero(b);
  if (width == 2) return v128.load64_zero(b);
  return v128.load(b);
}

/** The first `columns` <= 8 of the lanes of low and high, stored, or added if `add`. */
// @ts-ignore: decorator
@inline
export function storeRow(out: usize, low: v128, high: v128, columns: i32, add: bool): void {
  if (columns == PANEL && !add) {
    v128.store(out, low);
    v128.store(out, high, 16);
  } else {
    storePart(out, low, high, columns, add);
  }
}

/** What the short way leaves over. One register a turn: with two side by side, V8 13.6 aborts when it revectorizes. */
function storePart(out: usize, low: v128, high: v128, columns: i32, add: bool): void {
  for (; columns >= LANES; columns -= LANES) {
    v128.store(out, add ? f32x4.add(v128.load(out), low) : low);
    out += bytes(LANES);
    low = high;
  }
  if (columns & 2) {
    v128.store64_lane(out, add ? f32x4.add(v128.load64_zero(out), low) : low, 0);
    out += 8;
    low = v128.shuffle<f32>(low, low, 2, 3, 2, 3);
  }
  if (columns & 1) {
    v128.store32_lane(out, add ? f32x4.add(v128.load32_zero(out), low) : low, 0);
  }
}
