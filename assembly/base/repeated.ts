import { copyRow, fillRange, mapRangeWith, mapRangeWithFirst, mapRangeWithTwo, zipRange, zipRangeWith } from "./map";
import { Binary, Ternary } from "./functions";
import { LANES, TURN, bytes, loadLanes, shareStart, storeLanes } from "./lanes";
import { select } from "./math";

// Operands that are repeated along axes are read in place, by strides in floats that are 0 along those. Each out is
// [n0, n1, n2, n3], dense, and shared over its elements, so that one long row is shared too.

/**
 * out[i, j, k, l] = f(a[i * a0 + j * a1 + k * a2 + l * a3], b[i * b0 + j * b1 + k * b2 + l * b3]); a3 and b3 are 1 or 0.
 */
@inline
export function zipRepeated<F extends Binary>(
  f: F, a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  const length = n0 * n1 * n2 * n3;
  const end = shareStart(length, part + 1, parts);
  let at = shareStart(length, part, parts);
  while (at < end) {
    const row = at / n3;
    const l = at - row * n3;
    const outer = row / n2;
    const k = row - outer * n2;
    const i = outer / n1;
    const j = outer - i * n1;
    const count = min(n3 - l, end - at);
    const aRow = a + bytes(i * a0 + j * a1 + k * a2 + l * a3);
    const bRow = b + bytes(i * b0 + j * b1 + k * b2 + l * b3);
    const outRow = out + bytes(at);
    if (a3 == 0) mapRangeWithFirst(f, v128.load32_splat(aRow), bRow, outRow, 0, count);
    else if (b3 == 0) mapRangeWith(f, aRow, v128.load32_splat(bRow), outRow, 0, count);
    else zipRange(f, aRow, bRow, outRow, 0, count);
    at += count;
  }
}

/** a where c is not 0, else b, whatever the four bytes of an element of a and b mean. */
@final
class Where extends Ternary {
  @inline
  apply(c: v128, a: v128, b: v128): v128 {
    return select(f32x4.ne(c, f32x4.splat(0)), a, b);
  }
}

/** a where c is 0, else b. */
@final
class WhereNot extends Ternary {
  @inline
  apply(c: v128, a: v128, b: v128): v128 {
    return select(f32x4.eq(c, f32x4.splat(0)), a, b);
  }
}

/** out[i] = c[i] != 0 ? a[i] : b[i]. */
function whereRow(c: usize, a: usize, b: usize, out: usize, length: i32): void {
  const f = changetype<Where>(0);
  let i = 0;
  for (; i + TURN <= length; i += TURN) {
    const at = bytes(i);
    const low = f.apply(v128.load(c + at), v128.load(a + at), v128.load(b + at));
    const high = f.apply(v128.load(c + at, 16), v128.load(a + at, 16), v128.load(b + at, 16));
    v128.store(out + at, low);
    v128.store(out + at, high, 16);
  }
  const zero = f32x4.splat(0);
  for (; i < length; i += LANES) {
    const at = bytes(i);
    const count = length - i;
    const tail = f.apply(loadLanes(c + at, count, zero), loadLanes(a + at, count, zero), loadLanes(b + at, count, zero));
    storeLanes(out + at, count, tail);
  }
}

/** out[i, j, k, l] = c[...] != 0 ? a[...] : b[...], read by strides as in `zipRepeated`. */
export function where(
  c: usize, a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  c0: i32, c1: i32, c2: i32, c3: i32, a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32,
  part: i32, parts: i32,
): void {
  const length = n0 * n1 * n2 * n3;
  const end = shareStart(length, part + 1, parts);
  let at = shareStart(length, part, parts);
  while (at < end) {
    const row = at / n3;
    const l = at - row * n3;
    const outer = row / n2;
    const k = row - outer * n2;
    const i = outer / n1;
    const j = outer - i * n1;
    const count = min(n3 - l, end - at);
    const cRow = c + bytes(i * c0 + j * c1 + k * c2 + l * c3);
    const aRow = a + bytes(i * a0 + j * a1 + k * a2 + l * a3);
    const bRow = b + bytes(i * b0 + j * b1 + k * b2 + l * b3);
    const outRow = out + bytes(at);
    if (c3 == 0) {
      const isFirst = load<f32>(cRow) != 0;
      const from = isFirst ? aRow : bRow;
      if (isFirst ? a3 : b3) copyRow(from, outRow, count);
      else fillRange(outRow, v128.load32_splat(from), 0, count);
    } else if (a3 != 0 && b3 != 0) {
      whereRow(cRow, aRow, bRow, outRow, count);
    } else if (a3 != 0) {
      zipRangeWith(changetype<Where>(0), cRow, aRow, v128.load32_splat(bRow), outRow, 0, count);
    } else if (b3 != 0) {
      zipRangeWith(changetype<WhereNot>(0), cRow, bRow, v128.load32_splat(aRow), outRow, 0, count);
    } else {
      const first = v128.load32_splat(aRow);
      mapRangeWithTwo(changetype<Where>(0), cRow, first, v128.load32_splat(bRow), outRow, 0, count);
    }
    at += count;
  }
}
