import { bytes } from "../base/lanes";
import { NARROW_PANEL, WIDE_PANEL } from "../contract/matmul";
import { TILE, multiplyAdd } from "../matmul/tile";

/**
 * out[r, c] += sum over k < count of image[rows[r] + steps[k]] * b[k, c] for r < height and c < width, constants (4 or 6
 * and 8 or 16). `rows` and `steps` hold bytes; b is [count, width], out has `width` floats a row.
 * No branch after the loop: V8 would not pair the sums.
 */
@inline
function patchTile(
  height: i32, width: i32, image: usize, rows: usize, steps: usize, count: i32, b: usize, out: usize,
): void {
  const outRow = bytes(width);
  const out1 = out + outRow;
  const out2 = out1 + outRow;
  const out3 = out2 + outRow;
  const out4 = height == 6 ? out3 + outRow : out;
  const out5 = height == 6 ? out4 + outRow : out;
  const at0 = image + load<u32>(rows);
  const at1 = image + load<u32>(rows, 4);
  const at2 = image + load<u32>(rows, 8);
  const at3 = image + load<u32>(rows, 12);
  const at4 = height == 6 ? image + load<u32>(rows, 16) : image;
  const at5 = height == 6 ? image + load<u32>(rows, 20) : image;
  const zero = f32x4.splat(0);
  let sum0a = zero, sum0b = zero, sum0c = zero, sum0d = zero;
  let sum1a = zero, sum1b = zero, sum1c = zero, sum1d = zero;
  let sum2a = zero, sum2b = zero, sum2c = zero, sum2d = zero;
  let sum3a = zero, sum3b = zero, sum3c = zero, sum3d = zero;
  let sum4a = zero, sum4b = zero, sum4c = zero, sum4d = zero;
  let sum5a = zero, sum5b = zero, sum5c = zero, sum5d = zero;
  for (let k = count; k > 0; k--) {
    const step = <usize>load<u32>(steps);
    const ba = v128.load(b);
    const bb = v128.load(b, 16);
    const bc = width == 16 ? v128.load(b, 32) : ba;
    const bd = width == 16 ? v128.load(b, 48) : ba;
    const x0 = v128.load32_splat(at0 + step);
    sum0a = multiplyAdd(x0, ba, sum0a);
    sum0b = multiplyAdd(x0, bb, sum0b);
    if (width == 16) sum0c = multiplyAdd(x0, bc, sum0c);
    if (width == 16) sum0d = multiplyAdd(x0, bd, sum0d);
    const x1 = v128.load32_splat(at1 + step);
    sum1a = multiplyAdd(x1, ba, sum1a);
    sum1b = multiplyAdd(x1, bb, sum1b);
    if (width == 16) sum1c = multiplyAdd(x1, bc, sum1c);
    if (width == 16) sum1d = multiplyAdd(x1, bd, sum1d);
    const x2 = v128.load32_splat(at2 + step);
    sum2a = multiplyAdd(x2, ba, sum2a);
    sum2b = multiplyAdd(x2, bb, sum2b);
    if (width == 16) sum2c = multiplyAdd(x2, bc, sum2c);
    if (width == 16) sum2d = multiplyAdd(x2, bd, sum2d);
    const x3 = v128.load32_splat(at3 + step);
    sum3a = multiplyAdd(x3, ba, sum3a);
    sum3b = multiplyAdd(x3, bb, sum3b);
    if (width == 16) sum3c = multiplyAdd(x3, bc, sum3c);
    if (width == 16) sum3d = multiplyAdd(x3, bd, sum3d);
    if (height == 6) {
      const x4 = v128.load32_splat(at4 + step);
      sum4a = multiplyAdd(x4, ba, sum4a);
      sum4b = multiplyAdd(x4, bb, sum4b);
      if (width == 16) sum4c = multiplyAdd(x4, bc, sum4c);
      if (width == 16) sum4d = multiplyAdd(x4, bd, sum4d);
      const x5 = v128.load32_splat(at5 + step);
      sum5a = multiplyAdd(x5, ba, sum5a);
      sum5b = multiplyAdd(x5, bb, sum5b);
      if (width == 16) sum5c = multiplyAdd(x5, bc, sum5c);
      if (width == 16) sum5d = multiplyAdd(x5, bd, sum5d);
    }
    steps += 4;
    b += outRow;
  }
  addRow(width, out, sum0a, sum0b, sum0c, sum0d);
  addRow(width, out1, sum1a, sum1b, sum1c, sum1d);
  addRow(width, out2, sum2a, sum2b, sum2c, sum2d);
  addRow(width, out3, sum3a, sum3b, sum3c, sum3d);
  if (height == 6) {
    addRow(width, out4, sum4a, sum4b, sum4c, sum4d);
    addRow(width, out5, sum5a, sum5b, sum5c, sum5d);
  }
}

/** out[c] += the lanes of a, b and, where the width is 16, c and d. */
@inline
function addRow(width: i32, out: usize, a: v128, b: v128, c: v128, d: v128): void {
  const outA = v128.load(out);
  const outB = v128.load(out, 16);
  const outC = width == 16 ? v128.load(out, 32) : a;
  const outD = width == 16 ? v128.load(out, 48) : b;
  const sumA = f32x4.add(outA, a);
  const sumB = f32x4.add(outB, b);
  const sumC = f32x4.add(outC, c);
  const sumD = f32x4.add(outD, d);
  v128.store(out, sumA);
  v128.store(out, sumB, 16);
  if (width == 16) v128.store(out, sumC, 32);
  if (width == 16) v128.store(out, sumD, 48);
}

/** `patchTile` for `count` rows, and up to SPARE_ROWS more that `rows` and `out` have room for. */
@inline
function tiles(
  width: i32, image: usize, rows: usize, count: i32, steps: usize, depth: i32, b: usize, out: usize,
): void {
  while (count > 0) {
    // Six rows at a time, unless fours cover the rest with less to spare.
    const height = TILE == 4 || count <= 4 || count == 7 || count == 8 ? 4 : 6;
    if (TILE == 4 || height == 4) patchTile(4, width, image, rows, steps, depth, b, out);
    else patchTile(6, width, image, rows, steps, depth, b, out);
    rows += height * 4;
    out += bytes(height * width);
    count -= height;
  }
}

function tiles8(image: usize, rows: usize, count: i32, steps: usize, depth: i32, b: usize, out: usize): void {
  tiles(NARROW_PANEL, image, rows, count, steps, depth, b, out);
}

function tiles16(image: usize, rows: usize, count: i32, steps: usize, depth: i32, b: usize, out: usize): void {
  tiles(WIDE_PANEL, image, rows, count, steps, depth, b, out);
}

/**
 * out[r, c] += sum over k < depth of image[rows[r] + steps[k]] * b[k, c] for r < count and c < width, 8 or 16.
 * `rows` and `out` have room for up to SPARE_ROWS rows more, whose values have no meaning.
 */
@inline
export function multiplyPatches(
  width: i32, image: usize, rows: usize, count: i32, steps: usize, depth: i32, b: usize, out: usize,
): void {
  if (width == WIDE_PANEL) tiles16(image, rows, count, steps, depth, b, out);
  else tiles8(image, rows, count, steps, depth, b, out);
}
