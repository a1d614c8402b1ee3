/**
 * out [M, N] = a [M, K] b [K, N], with a(m, k) = a[m * aRow + k * aColumn] and b and out in row-major order.
 * Tiles of 4x4, sixteen sums at a time; plain loops compute the remaining rows and columns.
 */
export function matmul(
  a: Float32Array,
  aRow: number,
  aColumn: number,
  b: Float32Array,
  out: Float32Array,
  M: number,
  N: number,
  K: number,
): void {
  const tiledRows = M - (M % 4);
  const tiledColumns = N - (N % 4);
  for (let m = 0; m < tiledRows; m += 4) {
    for (let n = 0; n < tiledColumns; n += 4) tile(a, aRow, aColumn, b, out, m, n, N, K);
    for (let n = tiledColumns; n < N; n++) {
      for (let row = m; row < m + 4; row++) dot(a, aRow, aColumn, b, out, row, n, N, K);
    }
  }
  for (let m = tiledRows; m < M; m++) row(a, aRow, aColumn, b, out, m, N, K);
}

function tile(
  a: Float32Array,
  aRow: number,
  aColumn: number,
  b: Float32Array,
  out: Float32Array,
  m: number,
  n: number,
  N: number,
  K: number,
): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  let p0 = m * aRow;
  let p1 = p0 + aRow;
  let p2 = p1 + aRow;
  let p3 = p2 + aRow;
  let q = n;
  for (let k = 0; k < K; k++) {
    const a0 = a[p0]!;
    const a1 = a[p1]!;
    const a2 = a[p2]!;
    const a3 = a[p3]!;
    const b0 = b[q]!;
    const b1 = b[q + 1]!;
    const b2 = b[q + 2]!;
    const b3 = b[q + 3]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
    p0 += aColumn;
    p1 += aColumn;
    p2 += aColumn;
    p3 += aColumn;
    q += N;
  }
  let o = m * N + n;
  out[o] = s00;
  out[o + 1] = s01;
  out[o + 2] = s02;
  out[o + 3] = s03;
  o += N;
  out[o] = s10;
  out[o + 1] = s11;
  out[o + 2] = s12;
  out[o + 3] = s13;
  o += N;
  out[o] = s20;
  out[o + 1] = s21;
  out[o + 2] = s22;
  out[o + 3] = s23;
  o += N;
  out[o] = s30;
  out[o + 1] = s31;
  out[o + 2] = s32;
  out[o + 3] = s33;
}

function dot(
  a: Float32Array,
  aRow: number,
  aColumn: number,
  b: Float32Array,
  out: Float32Array,
  m: number,
  n: number,
  N: number,
  K: number,
): void {
  let sum = 0;
  for (let k = 0, p = m * aRow, q = n; k < K; k++, p += aColumn, q += N) sum += a[p]! * b[q]!;
  out[m * N + n] = sum;
}

/** Four sums of one row at a time. */
function row(
  a: Float32Array,
  aRow: number,
  aColumn: number,
  b: Float32Array,
  out: Float32Array,
  m: number,
  N: number,
  K: number,
): void {
  const tiledColumns = N - (N % 4);
  for (let n = 0; n < tiledColumns; n += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = 0, p = m * aRow, q = n; k < K; k++, p += aColumn, q += N) {
      const factor = a[p]!;
      s0 += factor * b[q]!;
      s1 += factor * b[q + 1]!;
      s2 += factor * b[q + 2]!;
      s3 += factor * b[q + 3]!;
    }
    const o = m * N + n;
    out[o] = s0;
    out[o + 1] = s1;
    out[o + 2] = s2;
    out[o + 3] = s3;
  }
  for (let n = tiledColumns; n < N; n++) dot(a, aRow, aColumn, b, out, m, n, N, K);
}

/** out [columns, rows] = x [rows, columns] transposed, in blocks that fit in cache. */
export function transpose(x: Float32Array, out: Float32Array, rows: number, columns: number): void {
  const block = 32;
  for (let top = 0; top < rows; top += block) {
    const bottom = Math.min(top + block, rows);
    for (let left = 0; left < columns; left += block) {
      const right = Math.min(left + block, columns);
      for (let r = top; r < bottom; r++) {
        for (let c = left; c < right; c++) out[c * rows + r] = x[r * columns + c]!;
      }
    }
  }
}
