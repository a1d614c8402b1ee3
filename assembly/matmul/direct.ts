import { LANES, TURN, bytes, rowShare, shareStart, storeLanes } from "../base/lanes";
import { PRODUCT_RUN, TILE_FLOATS } from "../contract/matmul";
import { moveTile, multiplyAdd, tile } from "./tile";

const STRIP: i32 = 32; // columns of a lone row in one pass

/** Rows whose sums of one run are in the workspace together. */
const ROWS: i32 = 4;

/**
 * out[m, n] = sum over k of a[m * aRow + k * aColumn] * b[k * bRow + n * bColumn], with out [M, N] dense.
 * Reads a and b in place: for a few rows, or products too small to be worth packing.
 * Fast where bColumn is 1, or where aColumn and bRow are; workers share columns, or rows where these are more.
 * `workspace` holds parts * TILE_FLOATS floats where K is above PRODUCT_RUN.
 */
export function matmulDirect(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize,
  M: i32, N: i32, K: i32, workspace: usize, part: i32, parts: i32,
): void {
  const byRows = M > N;
  const m = byRows ? shareStart(M, part, parts) : 0;
  const n = byRows ? 0 : shareStart(N, part, parts);
  const rows = (byRows ? shareStart(M, part + 1, parts) : M) - m;
  const columns = (byRows ? N : shareStart(N, part + 1, parts)) - n;
  a += bytes(m * aRow);
  b += bytes(n * bColumn);
  out += bytes(m * N + n);
  if (K <= PRODUCT_RUN) product(a, aRow, aColumn, b, bRow, bColumn, out, N, N, rows, columns, K);
  else longProduct(a, aRow, aColumn, b, bRow, bColumn, out, N, rows, columns, K, workspace + bytes(part * TILE_FLOATS));
}

/** `matmulDirect` of any depth: a block of out at a time; sums of a run go to `scratch` and are then added. */
function longProduct(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize, N: i32,
  rows: i32, columns: i32, K: i32, scratch: usize,
): void {
  const high = min(rows, ROWS);
  const wide = high == 1 ? TILE_FLOATS : TILE_FLOATS / ROWS;
  const runs = (K + PRODUCT_RUN - 1) / PRODUCT_RUN;
  for (let n = 0; n < columns; n += wide) {
    const width = min(wide, columns - n);
    for (let m = 0; m < rows; m += high) {
      const height = min(high, rows - m);
      const to = out + bytes(m * N + n);
      let k = 0;
      for (let run = 1; run <= runs; run++) {
        const end = rowShare(K, run, runs);
        const x = a + bytes(m * aRow + k * aColumn);
        const y = b + bytes(k * bRow + n * bColumn);
        product(x, aRow, aColumn, y, bRow, bColumn, scratch, width, N, height, width, end - k);
        moveTile(scratch, bytes(width), to, bytes(N), height, width, run > 1);
        k = end;
      }
    }
  }
}

/**
 * `rows` rows and `columns` columns of a product with N, their sums in one run. The bits of an element do not depend on the
 * choice of rows and columns.
 */
function product(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize, outRow: i32, N: i32,
  rows: i32, columns: i32, K: i32,
): void {
  if (bColumn == 1 && N > 1) {
    alongColumns(a, bytes(aRow), bytes(aColumn), b, bytes(bRow), out, bytes(outRow), rows, columns, K);
  } else if (aColumn == 1 && bRow == 1) {
    alongDepth(a, bytes(aRow), b, bytes(bColumn), out, bytes(outRow), rows, columns, K);
  } else {
    oneByOne(
      a, bytes(aRow), bytes(aColumn), b, bytes(bRow), bytes(bColumn), out, bytes(outRow), rows, columns, K,
    );
  }
}

/** Neighbouring columns in the lanes; strides in bytes. */
function alongColumns(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize,
  rows: i32, columns: i32, K: i32,
): void {
  if (rows == 1) {
    for (; columns >= STRIP; columns -= STRIP) {
      strip(a, aStep, b, bStep, out, K);
      b += bytes(STRIP);
      out += bytes(STRIP);
    }
  }
  while (columns > 0) {
    const width = columns >= 8 ? 8 : columns >= 4 ? 4 : columns >= 2 ? 2 : 1;
    if (width == 8) downRows(8, a, aRow, aStep, b, bStep, out, outRow, rows, K);
    else if (width == 4) downRows(4, a, aRow, aStep, b, bStep, out, outRow, rows, K);
    else if (width == 2) downRows(2, a, aRow, aStep, b, bStep, out, outRow, rows, K);
    else downRows(1, a, aRow, aStep, b, bStep, out, outRow, rows, K);
    b += bytes(width);
    out += bytes(width);
    columns -= width;
  }
}

/** All rows, in tiles of `width` columns, a constant. */
@inline
function downRows(
  width: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, out: usize, outRow: usize,
  rows: i32, K: i32,
): void {
  while (rows > 0) {
    const height = rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
    if (height == 4) tile(4, width, a, aRow, aStep, b, bStep, out, outRow, 4, K);
    else if (height == 2) tile(2, width, a, aRow, aStep, b, bStep, out, outRow, 2, K);
    else tile(1, width, a, aRow, aStep, b, bStep, out, outRow, 1, K);
    a += aRow * height;
    out += outRow * height;
    rows -= height;
  }
}

/** One row of `a` times 32 columns. */
function strip(a: usize, aStep: usize, b: usize, bStep: usize, out: usize, K: i32): void {
  let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0);
  let sum4 = f32x4.splat(0), sum5 = f32x4.splat(0), sum6 = f32x4.splat(0), sum7 = f32x4.splat(0);
  for (let k = K; k > 0; k--) {
    const x = v128.load32_splat(a);
    sum0 = multiplyAdd(x, v128.load(b), sum0);
    sum1 = multiplyAdd(x, v128.load(b, 16), sum1);
    sum2 = multiplyAdd(x, v128.load(b, 32), sum2);
    sum3 = multiplyAdd(x, v128.load(b, 48), sum3);
    sum4 = multiplyAdd(x, v128.load(b, 64), sum4);
    sum5 = multiplyAdd(x, v128.load(b, 80), sum5);
    sum6 = multiplyAdd(x, v128.load(b, 96), sum6);
    sum7 = multiplyAdd(x, v128.load(b, 112), sum7);
    a += aStep;
    b += bStep;
  }
  v128.store(out, sum0);
  v128.store(out, sum1, 16);
  v128.store(out, sum2, 32);
  v128.store(out, sum3, 48);
  v128.store(out, sum4, 64);
  v128.store(out, sum5, 80);
  v128.store(out, sum6, 96);
  v128.store(out, sum7, 112);
}

/** Neighbouring k in the lanes: rows of `a` and columns of `b` are both contiguous. */
function alongDepth(
  a: usize, aRow: usize, b: usize, bColumn: usize, out: usize, outRow: usize, rows: i32, columns: i32, K: i32,
): void {
  while (columns > 0) {
    const width = min(columns, LANES);
    for (let m = 0; m < rows; m++) dots(a + aRow * m, b, bColumn, out + outRow * m, width, K);
    b += bColumn * width;
    out += bytes(width);
    columns -= width;
  }
}

/** out[c] = sum over k of a[k] * b[c * bColumn + k] for c < columns <= 4. */
@inline
function dots(a: usize, b: usize, bColumn: usize, out: usize, columns: i32, K: i32): void {
  // Columns past the last one repeat it and are not stored.
  let b0 = b;
  let b1 = columns > 1 ? b0 + bColumn : b0;
  let b2 = columns > 2 ? b1 + bColumn : b1;
  let b3 = columns > 3 ? b2 + bColumn : b2;
  let low0 = f32x4.splat(0), low1 = f32x4.splat(0), low2 = f32x4.splat(0), low3 = f32x4.splat(0);
  let high0 = f32x4.splat(0), high1 = f32x4.splat(0), high2 = f32x4.splat(0), high3 = f32x4.splat(0);
  let k = K;
  for (; k >= TURN; k -= TURN) {
    const low = v128.load(a);
    const high = v128.load(a, 16);
    low0 = multiplyAdd(low, v128.load(b0), low0);
    high0 = multiplyAdd(high, v128.load(b0, 16), high0);
    low1 = multiplyAdd(low, v128.load(b1), low1);
    high1 = multiplyAdd(high, v128.load(b1, 16), high1);
    low2 = multiplyAdd(low, v128.load(b2), low2);
    high2 = multiplyAdd(high, v128.load(b2, 16), high2);
    low3 = multiplyAdd(low, v128.load(b3), low3);
    high3 = multiplyAdd(high, v128.load(b3, 16), high3);
    a += 32;
    b0 += 32;
    b1 += 32;
    b2 += 32;
    b3 += 32;
  }
  let sums = f32x4.add(laneSums(low0, low1, low2, low3), laneSums(high0, high1, high2, high3));
  for (; k > 0; k--) {
    sums = multiplyAdd(v128.load32_splat(a), gather(b0, b1, b2, b3), sums);
    a += 4;
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
  storeLanes(out, columns, sums);
}

/** Lane i is the sum of the four lanes of x_i. */
@inline
export function laneSums(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const pairs01 = f32x4.add(v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), v128.shuffle<f32>(x0, x1, 2, 6, 3, 7));
  const pairs23 = f32x4.add(v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), v128.shuffle<f32>(x2, x3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(pairs01, pairs23, 0, 1, 4, 5), v128.shuffle<f32>(pairs01, pairs23, 2, 3, 6, 7));
}

/** Four floats from four addresses. */
@inline
function gather(x0: usize, x1: usize, x2: usize, x3: usize): v128 {
  const two = v128.load32_lane(x1, v128.load32_zero(x0), 1);
  return v128.load32_lane(x3, v128.load32_lane(x2, two, 2), 3);
}

/** Any strides, in bytes. */
function oneByOne(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, bColumn: usize, out: usize, outRow: usize,
  rows: i32, columns: i32, K: i32,
): void {
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      let x = a + aRow * m;
      let y = b + bColumn * n;
      let sum: f32 = 0;
      for (let k = K; k > 0; k--) {
        sum += load<f32>(x) * load<f32>(y);
        x += aStep;
        y += bStep;
      }
      store<f32>(out + outRow * m + bytes(n), sum);
    }
  }
}
