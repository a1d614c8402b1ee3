import { LANES, bytes, loadLanes, storeLanes } from "../base/lanes";

/** Rows of the tile that fits 16 registers best: without fused multiply-add, products need registers too. */
@inline
export const TILE: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** sum + a * b, fused where the build has it. */
@inline
export function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** out[r, c] = sum over k < K of a[r, k] * b[k, c]: see tileOver. */
@inline
export function tile(
  height: i32, width: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize,
  rows: i32, K: i32,
): void {
  tileOver(false, false, height, width, a, aRow, aStep, b, bStep, out, outRow, rows, K, 0);
}

/**
 * out[r, c] = sum over k < K of a[r, k] * b[k, c] for r < height and c < width; of `a` only `rows` rows are read, and
 * later rows of out have no meaning. Height (1, 2, 4 or 6) and width (16, 8, 4, 2 or 1) are constants; `aStep`
 * and `bStep` are bytes from one k to the next, `aRow` and `outRow` bytes between rows.
 * With `adds`, a constant, the sums start from the old values of out.
 * With `skips`, a constant, `list` has the indices of K rows of b, and the sum is over these; `a` has only these columns.
 * One k a turn: V8 runs out of registers when the loop is unrolled. No branch after it: V8 would not pair the sums.
 */
@inline
export function tileOver(
  adds: bool, skips: bool, height: i32, width: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize,
  out: usize, outRow: usize, rows: i32, K: i32, list: usize,
): void {
  const first = b;
  let a0 = a;
  let a1 = rows > 1 ? a0 + aRow : a0;
  let a2 = rows > 2 ? a1 + aRow : a1;
  let a3 = rows > 3 ? a2 + aRow : a2;
  let a4 = rows > 4 ? a3 + aRow : a3;
  let a5 = rows > 5 ? a4 + aRow : a4;
  let sum0a = f32x4.splat(0), sum0b = f32x4.splat(0), sum0c = f32x4.splat(0), sum0d = f32x4.splat(0);
  let sum1a = f32x4.splat(0), sum1b = f32x4.splat(0), sum1c = f32x4.splat(0), sum1d = f32x4.splat(0);
  let sum2a = f32x4.splat(0), sum2b = f32x4.splat(0), sum2c = f32x4.splat(0), sum2d = f32x4.splat(0);
  let sum3a = f32x4.splat(0), sum3b = f32x4.splat(0), sum3c = f32x4.splat(0), sum3d = f32x4.splat(0);
  let sum4a = f32x4.splat(0), sum4b = f32x4.splat(0), sum4c = f32x4.splat(0), sum4d = f32x4.splat(0);
  let sum5a = f32x4.splat(0), sum5b = f32x4.splat(0), sum5c = f32x4.splat(0), sum5d = f32x4.splat(0);
  if (adds) {
    sum0a = loadPart(out, width);
    if (width >= 8) sum0b = v128.load(out, 16);
    if (width == 16) sum0c = v128.load(out, 32);
    if (width == 16) sum0d = v128.load(out, 48);
    if (height >= 2) sum1a = loadPart(out + outRow, width);
    if (height >= 2 && width >= 8) sum1b = v128.load(out + outRow, 16);
    if (height >= 2 && width == 16) sum1c = v128.load(out + outRow, 32);
    if (height >= 2 && width == 16) sum1d = v128.load(out + outRow, 48);
    if (height >= 4) sum2a = loadPart(out + outRow * 2, width);
    if (height >= 4 && width >= 8) sum2b = v128.load(out + outRow * 2, 16);
    if (height >= 4 && width == 16) sum2c = v128.load(out + outRow * 2, 32);
    if (height >= 4 && width == 16) sum2d = v128.load(out + outRow * 2, 48);
    if (height >= 4) sum3a = loadPart(out + outRow * 3, width);
    if (height >= 4 && width >= 8) sum3b = v128.load(out + outRow * 3, 16);
    if (height >= 4 && width == 16) sum3c = v128.load(out + outRow * 3, 32);
    if (height >= 4 && width == 16) sum3d = v128.load(out + outRow * 3, 48);
    if (height >= 6) sum4a = loadPart(out + outRow * 4, width);
    if (height >= 6 && width >= 8) sum4b = v128.load(out + outRow * 4, 16);
    if (height >= 6 && width == 16) sum4c = v128.load(out + outRow * 4, 32);
    if (height >= 6 && width == 16) sum4d = v128.load(out + outRow * 4, 48);
    if (height >= 6) sum5a = loadPart(out + outRow * 5, width);
    if (height >= 6 && width >= 8) sum5b = v128.load(out + outRow * 5, 16);
    if (height >= 6 && width == 16) sum5c = v128.load(out + outRow * 5, 32);
    if (height >= 6 && width == 16) sum5d = v128.load(out + outRow * 5, 48);
  }
  for (let k = K; k > 0; k--) {
    if (skips) {
      b = first + <usize>load<u32>(list) * bStep;
      list += 4;
    }
    const ba = loadPart(b, width);
    const bb = width >= 8 ? v128.load(b, 16) : ba;
    const bc = width == 16 ? v128.load(b, 32) : ba;
    const bd = width == 16 ? v128.load(b, 48) : ba;
    const x0 = v128.load32_splat(a0);
    sum0a = multiplyAdd(x0, ba, sum0a);
    if (width >= 8) sum0b = multiplyAdd(x0, bb, sum0b);
    if (width == 16) sum0c = multiplyAdd(x0, bc, sum0c);
    if (width == 16) sum0d = multiplyAdd(x0, bd, sum0d);
    a0 += aStep;
    if (height >= 2) {
      const x1 = v128.load32_splat(a1);
      sum1a = multiplyAdd(x1, ba, sum1a);
      if (width >= 8) sum1b = multiplyAdd(x1, bb, sum1b);
      if (width == 16) sum1c = multiplyAdd(x1, bc, sum1c);
      if (width == 16) sum1d = multiplyAdd(x1, bd, sum1d);
      a1 += aStep;
    }
    if (height >= 4) {
      const x2 = v128.load32_splat(a2);
      sum2a = multiplyAdd(x2, ba, sum2a);
      if (width >= 8) sum2b = multiplyAdd(x2, bb, sum2b);
      if (width == 16) sum2c = multiplyAdd(x2, bc, sum2c);
      if (width == 16) sum2d = multiplyAdd(x2, bd, sum2d);
      const x3 = v128.load32_splat(a3);
      sum3a = multiplyAdd(x3, ba, sum3a);
      if (width >= 8) sum3b = multiplyAdd(x3, bb, sum3b);
      if (width == 16) sum3c = multiplyAdd(x3, bc, sum3c);
      if (width == 16) sum3d = multiplyAdd(x3, bd, sum3d);
      a2 += aStep;
      a3 += aStep;
    }
    if (height >= 6) {
      const x4 = v128.load32_splat(a4);
      sum4a = multiplyAdd(x4, ba, sum4a);
      if (width >= 8) sum4b = multiplyAdd(x4, bb, sum4b);
      if (width == 16) sum4c = multiplyAdd(x4, bc, sum4c);
      if (width == 16) sum4d = multiplyAdd(x4, bd, sum4d);
      const x5 = v128.load32_splat(a5);
      sum5a = multiplyAdd(x5, ba, sum5a);
      if (width >= 8) sum5b = multiplyAdd(x5, bb, sum5b);
      if (width == 16) sum5c = multiplyAdd(x5, bc, sum5c);
      if (width == 16) sum5d = multiplyAdd(x5, bd, sum5d);
      a4 += aStep;
      a5 += aStep;
    }
    if (!skips) b += bStep;
  }
  storePart(out, width, sum0a, sum0b, sum0c, sum0d);
  if (height >= 2) storePart(out + outRow, width, sum1a, sum1b, sum1c, sum1d);
  if (height >= 4) {
    storePart(out + outRow * 2, width, sum2a, sum2b, sum2c, sum2d);
    storePart(out + outRow * 3, width, sum3a, sum3b, sum3c, sum3d);
  }
  if (height >= 6) {
    storePart(out + outRow * 4, width, sum4a, sum4b, sum4c, sum4d);
    storePart(out + outRow * 5, width, sum5a, sum5b, sum5c, sum5d);
  }
}

/** At most four of `width` floats, a constant, and zeros. */
@inline
function loadPart(b: usize, width: i32): v128 {
  if (width == 1) return v128.load32_zero(b);
  if (width == 2) return v128.load64_zero(b);
  return v128.load(b);
}

/** The `width` floats, a constant, in a to d. */
@inline
export function storePart(out: usize, width: i32, a: v128, b: v128, c: v128, d: v128): void {
  if (width == 1) v128.store32_lane(out, a, 0);
  if (width == 2) v128.store64_lane(out, a, 0);
  if (width >= 4) v128.store(out, a);
  if (width >= 8) v128.store(out, b, 16);
  if (width == 16) v128.store(out, c, 32);
  if (width == 16) v128.store(out, d, 48);
}

/** out[r, c] = x[r, c], added to the old out[r, c] if `add` (else it is not read); row strides in bytes. */
export function moveTile(
  x: usize, xRow: usize, out: usize, outRow: usize, rows: i32, columns: i32, add: bool,
): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c += LANES) {
      const count = columns - c;
      const sum = loadLanes(x + bytes(c), count, f32x4.splat(0));
      const old = add ? loadLanes(out + bytes(c), count, f32x4.splat(0)) : f32x4.splat(-0.0);
      storeLanes(out + bytes(c), count, f32x4.add(old, sum));
    }
    x += xRow;
    out += outRow;
  }
}
