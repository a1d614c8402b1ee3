// Joins a branch that a run may skip; `condition` is the address of a word that is 0 where it does.

import { fillRange, map, zipWith } from "../base/map";
import { Ternary, Unary } from "../base/functions";
import { madd } from "../base/math";
import { shareStart } from "../base/lanes";
import { MaskRate } from "../contract/dropout";

/** x. */
@final
class Same extends Unary {
  @inline
  apply(x: v128): v128 {
    return x;
  }
}

/** a + b * scale. */
@final
class AddScaled extends Ternary {
  @inline
  apply(a: v128, b: v128, scale: v128): v128 {
    return madd(b, scale, a);
  }
}

/** out[i] = x[i] where the condition holds, else 0, and x is not read. */
export function zeroUnless(condition: usize, x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  if (load<i32>(condition) == 0) {
    fillRange(out, f32x4.splat(0), shareStart(length, part, parts), shareStart(length, part + 1, parts));
    return;
  }
  if (x != out) map(changetype<Same>(0), x, out, length, part, parts);
}

/** out[i] = x[i] + scale * branch[i] where the condition holds, else x[i]; `rate` is the address of MaskRate. */
export function addBranch(
  condition: usize, x: usize, branch: usize, rate: usize, out: usize, length: i32, part: i32, parts: i32,
): void {
  if (load<i32>(condition) != 0) {
    zipWith(changetype<AddScaled>(0), x, branch, v128.load32_splat(rate, offsetof<MaskRate>("scale")), out, length, part, parts);
    return;
  }
  if (x != out) map(changetype<Same>(0), x, out, length, part, parts);
}
