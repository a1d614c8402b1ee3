import { copyRow, fillRange } from "./base/map";
import { LANES, bytes, rowShare } from "./base/lanes";

/** Columns of x that `transpose` reads together: one cache line, so that each line of x is read once. */
const STRIP: i32 = 16;

/** out[r * outStride + c] = x[r * xStride + c], whatever the four bytes of an element mean; strides in floats. */
export function copyBlock(
  x: usize, xStride: i32, out: usize, outStride: i32, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    copyRow(x + bytes(r * xStride), out + bytes(r * outStride), columns);
  }
}

/** out[r * columns + c] = x[indices[r] * columns + c], whatever the four bytes of an element mean; shared over r. */
export function gatherRows(
  x: usize, indices: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    copyRow(x + bytes(load<i32>(indices + bytes(r))) * columns, out + bytes(r * columns), columns);
  }
}

/** out[c, r] = x[r, c]; shared over c in fours. */
export function transpose(x: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  const groups = (columns + LANES - 1) / LANES;
  const end = min(columns, rowShare(groups, part + 1, parts) * LANES);
  for (let start = rowShare(groups, part, parts) * LANES; start < end; start += STRIP) {
    transposeStrip(x, columns, 1, out, 1, rows, rows, start, min(end, start + STRIP));
  }
}

/**
 * out[i * out0 + j * out1 + k * out2 + l * out3] = x[i * x0 + j * x1 + k * x2 + l * x3] for i < n0, j < n1, k < n2 and
 * l < n3, whatever the four bytes of an element mean; strides in floats. Fast where out3 is 1 and x3 is 1 or 0 (rows),
 * or where x2 and out3 are 1 (matrices whose axes are swapped). Shared over rows, or over strips of k.
 */
export function copyStrided(
  x: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32, x0: i32, x1: i32, x2: i32, x3: i32,
  out0: i32, out1: i32, out2: i32, out3: i32, part: i32, parts: i32,
): void {
  const byRows = out3 == 1 && (x3 == 1 || x3 == 0);
  const strip = byRows ? 1 : STRIP;
  const strips = (n2 + strip - 1) / strip;
  const end = rowShare(n0 * n1 * strips, part + 1, parts);
  for (let step = rowShare(n0 * n1 * strips, part, parts); step < end; step++) {
    const k = (step % strips) * strip;
    const i = step / strips / n1;
    const j = step / strips - i * n1;
    const from = x + bytes(i * x0 + j * x1);
    const to = out + bytes(i * out0 + j * out1);
    if (!byRows) transposeStrip(from, x3, x2, to, out3, out2, n3, k, min(n2, k + STRIP));
    else if (x3 == 1) copyRow(from + bytes(k * x2), to + bytes(k * out2), n3);
    else fillRange(to + bytes(k * out2), v128.load32_splat(from + bytes(k * x2)), 0, n3);
  }
}

/** out[r * outRow + c * outColumn] = x[r * xRow + c * xColumn] for r < rows and start <= c < end. */
function transposeStrip(
  x: usize, xRow: i32, xColumn: i32, out: usize, outRow: i32, outColumn: i32, rows: i32, start: i32, end: i32,
): void {
  const wholeRows = xColumn == 1 && outRow == 1 ? rows & -LANES : 0;
  const wholeEnd = start + ((end - start) & -LANES);
  for (let r = 0; r < wholeRows; r += LANES) {
    for (let c = start; c < wholeEnd; c += LANES) {
      transposeBlock(x + bytes(r * xRow + c), bytes(xRow), out + bytes(c * outColumn + r), bytes(outColumn));
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < wholeRows ? wholeEnd : start; c < end; c++) {
      copyOne(x + bytes(r * xRow + c * xColumn), out + bytes(r * outRow + c * outColumn));
    }
  }
}

@inline
function copyOne(x: usize, out: usize): void {
  store<i32>(out, load<i32>(x));
}

/** Four rows of four become four columns; strides in bytes. */
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
