import { mapRangeWith, mapRangeWithFirst, zipRange } from "../base/map";
import { Add, Binary, Divide, Multiply, Subtract } from "../base/functions";
import { bytes, rowShare } from "../base/lanes";

/**
 * out[i, j, k, l] = f(a[i * a0 + j * a1 + k * a2 + l * a3], b[i * b0 + j * b1 + k * b2 + l * b3]) with out
 * [n0, n1, n2, n3] dense, strides in floats, a3 and b3 1 or 0 and one of them 1; shared over rows.
 */
@inline
function zipStrided<F extends Binary>(
  f: F, a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  const end = rowShare(n0 * n1 * n2, part + 1, parts);
  for (let row = rowShare(n0 * n1 * n2, part, parts); row < end; row++) {
    const outer = row / n2;
    const k = row - outer * n2;
    const i = outer / n1;
    const j = outer - i * n1;
    const aRow = a + bytes(i * a0 + j * a1 + k * a2);
    const bRow = b + bytes(i * b0 + j * b1 + k * b2);
    const outRow = out + bytes(row * n3);
    if (a3 == 0) mapRangeWithFirst(f, v128.load32_splat(aRow), bRow, outRow, 0, n3);
    else if (b3 == 0) mapRangeWith(f, aRow, v128.load32_splat(bRow), outRow, 0, n3);
    else zipRange(f, aRow, bRow, outRow, 0, n3);
  }
}

/** out = a + b for operands with strides: see `zipStrided`. */
export function addStrided(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipStrided(
    changetype<Add>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts,
  );
}

/** out = a - b for operands with strides: see `zipStrided`. */
export function subtractStrided(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipStrided(
    changetype<Subtract>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts,
  );
}

/** out = a * b for operands with strides: see `zipStrided`. */
export function multiplyStrided(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipStrided(
    changetype<Multiply>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts,
  );
}

/** out = a / b for operands with strides: see `zipStrided`. */
export function divideStrided(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipStrided(
    changetype<Divide>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts,
  );
}
