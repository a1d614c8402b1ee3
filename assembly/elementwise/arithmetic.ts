import { fillRange, map, mapWith, mapWithTwo, zip, zipRange } from "../base/map";
import { Add, Binary, Divide, Multiply, Subtract, Ternary, Unary } from "../base/functions";
import { bytes, rowShare, shareStart } from "../base/lanes";
import { exp4, log4, madd } from "../base/math";

@final
class Affine extends Ternary {
  @inline
  apply(x: v128, factor: v128, term: v128): v128 {
    return madd(x, factor, term);
  }
}

@final
class Abs extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.abs(x);
  }
}

@final
class AbsGradient extends Binary {
  @inline
  apply(dOut: v128, x: v128): v128 {
    const sign = v128.and(x, f32x4.splat(-0.0));
    return v128.and(v128.xor(dOut, sign), f32x4.gt(f32x4.abs(x), f32x4.splat(0)));
  }
}

@final
class Square extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, x);
  }
}

@final
class Sqrt extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.sqrt(x);
  }
}

@final
class Exp extends Unary {
  @inline
  apply(x: v128): v128 {
    return exp4(x);
  }
}

@final
class Log extends Unary {
  @inline
  apply(x: v128): v128 {
    return log4(x);
  }
}

/** out[r, c] = f(x[r, c], row[c]). */
@inline
function zipRow<F extends Binary>(
  f: F, x: usize, row: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32,
): void {
  const end = rowShare(rows, part + 1, parts);
  for (let r = rowShare(rows, part, parts); r < end; r++) {
    zipRange(f, x + bytes(r * columns), row, out + bytes(r * columns), 0, columns);
  }
}

/** out[i] = a[i] + b[i]. */
export function add(a: usize, b: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<Add>(0), a, b, out, length, part, parts);
}

/** out[i] = a[i] - b[i]. */
export function subtract(a: usize, b: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<Subtract>(0), a, b, out, length, part, parts);
}

/** out[i] = a[i] * b[i]. */
export function multiply(a: usize, b: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<Multiply>(0), a, b, out, length, part, parts);
}

/** out[i] = a[i] / b[i]. */
export function divide(a: usize, b: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<Divide>(0), a, b, out, length, part, parts);
}

/** a / b, 0 where b is 0. */
@final
class Quotient extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.andnot(f32x4.div(a, b), f32x4.eq(b, f32x4.splat(0)));
  }
}

/** out[i] = a[i] / b[i], 0 where b[i] is 0. */
export function quotient(a: usize, b: usize, out: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<Quotient>(0), a, b, out, length, part, parts);
}

/** out[r, c] = x[r, c] + row[c]. */
export function addRow(x: usize, row: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  zipRow(changetype<Add>(0), x, row, out, rows, columns, part, parts);
}

/** out[r, c] = x[r, c] - row[c]. */
export function subtractRow(x: usize, row: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  zipRow(changetype<Subtract>(0), x, row, out, rows, columns, part, parts);
}

/** out[r, c] = x[r, c] * row[c]. */
export function multiplyRow(x: usize, row: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  zipRow(changetype<Multiply>(0), x, row, out, rows, columns, part, parts);
}

/** out[r, c] = x[r, c] / row[c]. */
export function divideRow(x: usize, row: usize, out: usize, rows: i32, columns: i32, part: i32, parts: i32): void {
  zipRow(changetype<Divide>(0), x, row, out, rows, columns, part, parts);
}

/** out[i] = x[i] + scalar[0]. */
export function addScalar(x: usize, scalar: usize, out: usize, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<Add>(0), x, v128.load32_splat(scalar), out, length, part, parts);
}

/** out[i] = x[i] - scalar[0]. */
export function subtractScalar(x: usize, scalar: usize, out: usize, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<Subtract>(0), x, v128.load32_splat(scalar), out, length, part, parts);
}

/** out[i] = x[i] * scalar[0]. */
export function multiplyScalar(x: usize, scalar: usize, out: usize, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<Multiply>(0), x, v128.load32_splat(scalar), out, length, part, parts);
}

/** out[i] = x[i] / scalar[0]. */
export function divideScalar(x: usize, scalar: usize, out: usize, length: i32, part: i32, parts: i32): void {
  mapWith(changetype<Divide>(0), x, v128.load32_splat(scalar), out, length, part, parts);
}

/** out[i] = x[i] * factor + term. */
export function affine(
  x: usize, out: usize, factor: f32, term: f32, length: i32, part: i32, parts: i32,
): void {
  mapWithTwo(changetype<Affine>(0), x, f32x4.splat(factor), f32x4.splat(term), out, length, part, parts);
}

/** out[i] = value. */
export function fill(out: usize, value: f32, length: i32, part: i32, parts: i32): void {
  fillRange(out, f32x4.splat(value), shareStart(length, part, parts), shareStart(length, part + 1, parts));
}

/** out[i] = scalar[0] * factor. */
export function expand(scalar: usize, out: usize, factor: f32, length: i32, part: i32, parts: i32): void {
  fill(out, load<f32>(scalar) * factor, length, part, parts);
}

/** out[i] = |x[i]|. */
export function abs(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Abs>(0), x, out, length, part, parts);
}

/** dx[i] = dOut[i] * sign(x[i]), 0 at 0. */
export function absGradient(dOut: usize, x: usize, dx: usize, length: i32, part: i32, parts: i32): void {
  zip(changetype<AbsGradient>(0), dOut, x, dx, length, part, parts);
}

/** out[i] = x[i]^2. */
export function square(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Square>(0), x, out, length, part, parts);
}

/** out[i] = sqrt(x[i]). */
export function sqrt(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Sqrt>(0), x, out, length, part, parts);
}

/** out[i] = e^x[i]. */
export function exp(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Exp>(0), x, out, length, part, parts);
}

/** out[i] = ln x[i]. */
export function log(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Log>(0), x, out, length, part, parts);
}
