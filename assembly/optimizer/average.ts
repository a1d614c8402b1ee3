import { zipWith } from "../base/map";
import { Ternary } from "../base/functions";
import { madd } from "../base/math";

@final
class Lerp extends Ternary {
  @inline
  apply(average: v128, x: v128, weight: v128): v128 {
    return madd(weight, f32x4.sub(x, average), average);
  }
}

/** average[i] += weight[0] * (x[i] - average[i]). */
export function lerp(average: usize, x: usize, weight: usize, length: i32, part: i32, parts: i32): void {
  zipWith(changetype<Lerp>(0), average, x, v128.load32_splat(weight), average, length, part, parts);
}
