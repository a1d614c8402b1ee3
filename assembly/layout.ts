import { loadLanes, storeLanes } from "./elementwise";
import { LANES, TURN, bytes, rowShare } from "./lanes";

/** Columns of x that `transpose` goes down together: one cache line, so that each line of x is read once. */
const STRIP: i32 = 16;

/** out[r * outStride + c] = x[r * xStride + c], whatever the four bytes of an element mean; strides in floats. */
export function copyBlock(
  x: usize, xStride: i32, out: usize, outStride: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    copy(x + bytes(r * xStride), out + bytes(r * outStride), columns);
  }
}

/** out[r * columns + c] = x[indices[r] * columns + c], whatever the four bytes of an element mean; shared over r. */
export function gatherRows(
  x: usize, indices: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    copy(x + bytes(load<i32>(indices + bytes(r))) * columns, out + bytes(r * columns), columns);
  }
}

// @ts-ignore: decorator
@inline
function copy(x: usize, out: usize, length: i32): void {
  let i = 0;
  for (; i + TURN <= length; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    v128.store(out + bytes(i), low);
    v128.store(out + bytes(i), high, 16);
  }
  for (; i < length; i += LANES) {
    storeLanes(out + bytes(i), length - i, loadLanes(x + bytes(i), length - i, i32x4.splat(0)));
  }
}

/** out[c, r] = x[r, c]; shared over c in fours. */
export function transpose(x: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  const groups = (columns + LANES - 1) / LANES;
  const end = min(columns, rowShare(groups, part + 1, parts) * LANES);
  for (let start = rowShare(groups, part, parts) * LANES; start < end; start += STRIP) {
    transposeStrip(x, out, rows, columns, start, min(end, start + STRIP));
  }
}

/** `transpose` for the columns of x from `start` to below `end`. */
function transposeStrip(x: usize, out: usize, rows: i32, columns: i32, start: i32, end: i32): void {
  let r = 0;
  for (; r + LANES <= rows; r += LANES) {
    let c = start;
    for (; c + LANES <= end; c += LANES) {
      transposeBlock(x + bytes(r * columns + c), bytes(columns), out + bytes(c * rows + r), bytes(rows));
    }
    for (; c < end; c++) {
      for (let k = r; k < r + LANES; k++) copyOne(x + bytes(k * columns + c), out + bytes(c * rows + k));
    }
  }
  for (; r < rows; r++) {
    for (let c = start; c < end; c++) copyOne(x + bytes(r * columns + c), out + bytes(c * rows + r));
  }
}

// @ts-ignore: decorator
@inline
function copyOne(x: usize, out: usize): void {
  store<i32>(out, load<i32>(x));
}

/** Four rows of four become four columns; strides in bytes. */
// @ts-ignore: decorator
@inline
function transposeBlock(x: usize, xStride: usize, out: usize, outStride: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xStride);
  const c = v128.load(x + 2 * xStride);
  const d = v128.load(x + 3 * xStride);
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f64>(abLow, cdLow, 0, 2));
  v128.store(out + outStride, v128.shuffle<f64>(abLow, cdLow, 1, 3));
  v128.store(out + 2 * outStride, v128.shuffle<f64>(abHigh, cdHigh, 0, 2));
  v128.store(out + 3 * outStride, v128.shuffle<f64>(abHigh, cdHigh, 1, 3));
}
