import { Binary, Maximum, Minimum } from "../base/functions";
import { select } from "../base/math";
import { zipRepeated } from "../base/repeated";

@final
class MaximumSlope extends Binary {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.andnot(select(f32x4.eq(a, b), f32x4.splat(0.5), f32x4.splat(1)), f32x4.lt(a, b));
  }
}

/** out = the larger of a and b, NaN where one is; operands are read by strides as in `zipRepeated`. */
export function maximum(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<Maximum>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = the smaller of a and b, NaN where one is; operands are read by strides as in `zipRepeated`. */
export function minimum(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<Minimum>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}

/** out = the derivative of max(a, b) by a: 0 where a < b, 0.5 where a = b, else 1. */
export function maximumSlope(
  a: usize, b: usize, out: usize, n0: i32, n1: i32, n2: i32, n3: i32,
  a0: i32, a1: i32, a2: i32, a3: i32, b0: i32, b1: i32, b2: i32, b3: i32, part: i32, parts: i32,
): void {
  zipRepeated(changetype<MaximumSlope>(0), a, b, out, n0, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, part, parts);
}
