import { Binary } from "../base/functions";
import { zipRepeated } from "../base/repeated";

// A comparison gives 1 where it holds, else 0, as floats; operands are read by strides as in `zipRepeated`.

/** 1 where the lanes of `mask` are all ones, 0 where they are zero. */
@inline
function oneWhere(mask: v128): v128 {
  return v128.and(mask, f32x4.splat(1));
}

@final
class Equal extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(f32x4.eq(a, b));
  }
}

@final
class EqualIntegers extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(i32x4.eq(a, b));
  }
}

@final
class NotEqual extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(f32x4.ne(a, b));
  }
}

@final
class NotEqualIntegers extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(i32x4.ne(a, b));
  }
}

@final
class Less extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(f32x4.lt(a, b));
  }
}

@final
class LessIntegers extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(i32x4.lt_s(a, b));
  }
}

@final
class LessEqual extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(f32x4.le(a, b));
  }
}

@final
class LessEqualIntegers extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(i32x4.le_s(a, b));
  }
}

@final
class And extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(v128.and(f32x4.ne(a, f32x4.splat(0)), f32x4.ne(b, f32x4.splat(0))));
  }
}

@final
class Or extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return oneWhere(v128.or(f32x4.ne(a, f32x4.splat(0)), f32x4.ne(b, f32x4.splat(0))));
  }
}

/** out = 1 where a = b, else 0. */
export function equal(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<Equal>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a = b, else 0, for integers. */
export function equalIntegers(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<EqualIntegers>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a is not b, else 0. */
export function notEqual(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<NotEqual>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a is not b, else 0, for integers. */
export function notEqualIntegers(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<NotEqualIntegers>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a < b, else 0. */
export function less(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<Less>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a < b, else 0, for integers. */
export function lessIntegers(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<LessIntegers>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a <= b, else 0. */
export function lessEqual(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<LessEqual>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a <= b, else 0, for integers. */
export function lessEqualIntegers(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<LessEqualIntegers>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where neither a nor b is 0, else 0. */
export function logicalAnd(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<And>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = 1 where a or b is not 0, else 0. */
export function logicalOr(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<Or>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}
