import { TURN, bytes, rowShare, storeLanes } from "../base/lanes";
import { ROWS_GROUP as GROUP } from "../contract/matmul";
import { laneSums } from "./direct";
import { multiplyAdd } from "./tile";

/**
 * Packs b [K, N], whose columns are contiguous, for `matmulRows`: groups of four columns, in each of them eight k of a column
 * after the other, and of the last k, fewer than eight, four columns after the other. Columns from N on are 0.
 * `out` holds ceil(N / 4) * 4 * K floats; workers share groups.
 */
export function packRows(b: usize, bColumn: i32, out: usize, K: i32, N: i32, part: i32, parts: i32): void {
  const groups = (N + GROUP - 1) / GROUP;
  const end = rowShare(groups, part + 1, parts);
  const whole = K - (K % TURN);
  for (let group = rowShare(groups, part, parts); group < end; group++) {
    const n = group * GROUP;
    const to = out + bytes(n * K);
    for (let c = 0; c < GROUP; c++) {
      if (n + c < N) packColumn(b + bytes((n + c) * bColumn), to, c, K, whole);
      else clearColumn(to, c, K, whole);
    }
  }
}

/** Column `c` of a group, `whole` numbers in turns. */
@inline
function packColumn(column: usize, group: usize, c: i32, K: i32, whole: i32): void {
  let to = group + bytes(c * TURN);
  let k = 0;
  for (; k < whole; k += TURN) {
    v128.store(to, v128.load(column + bytes(k)));
    v128.store(to, v128.load(column + bytes(k), 16), 16);
    to += bytes(GROUP * TURN);
  }
  for (; k < K; k++) store<f32>(group + bytes(k * GROUP + c), load<f32>(column + bytes(k)));
}

@inline
function clearColumn(group: usize, c: i32, K: i32, whole: i32): void {
  let k = 0;
  for (; k < whole; k += TURN) memory.fill(group + bytes(k * GROUP + c * TURN), 0, bytes(TURN));
  for (; k < K; k++) store<f32>(group + bytes(k * GROUP + c), 0);
}

/**
 * out[m, n] = sum over k of a[m, k] * b[k, n] for K of at most PRODUCT_RUN, with the bits of `matmulDirect`; a [M, K] and
 * out [M, N] are dense, b was packed by `packRows`. For a few rows, whose time is that of reading b: here one stream.
 * Workers share groups of columns.
 */
export function matmulRows(a: usize, b: usize, out: usize, M: i32, N: i32, K: i32, part: i32, parts: i32): void {
  const groups = (N + GROUP - 1) / GROUP;
  const end = rowShare(groups, part + 1, parts);
  for (let group = rowShare(groups, part, parts); group < end; group++) {
    const n = group * GROUP;
    for (let m = 0; m < M; m++) {
      storeLanes(out + bytes(m * N + n), N - n, groupDots(a + bytes(m * K), b + bytes(n * K), K));
    }
  }
}

/** The products of K numbers at `a` with the four columns of a group. */
@inline
function groupDots(a: usize, b: usize, K: i32): v128 {
  let low0 = f32x4.splat(0), low1 = f32x4.splat(0), low2 = f32x4.splat(0), low3 = f32x4.splat(0);
  let high0 = f32x4.splat(0), high1 = f32x4.splat(0), high2 = f32x4.splat(0), high3 = f32x4.splat(0);
  let k = K;
  for (; k >= TURN; k -= TURN) {
    const low = v128.load(a);
    const high = v128.load(a, 16);
    low0 = multiplyAdd(low, v128.load(b), low0);
    high0 = multiplyAdd(high, v128.load(b, 16), high0);
    low1 = multiplyAdd(low, v128.load(b, 32), low1);
    high1 = multiplyAdd(high, v128.load(b, 48), high1);
    low2 = multiplyAdd(low, v128.load(b, 64), low2);
    high2 = multiplyAdd(high, v128.load(b, 80), high2);
    low3 = multiplyAdd(low, v128.load(b, 96), low3);
    high3 = multiplyAdd(high, v128.load(b, 112), high3);
    a += 32;
    b += 128;
  }
  let sums = f32x4.add(laneSums(low0, low1, low2, low3), laneSums(high0, high1, high2, high3));
  for (; k > 0; k--) {
    sums = multiplyAdd(v128.load32_splat(a), v128.load(b), sums);
    a += 4;
    b += 16;
  }
  return sums;
}
