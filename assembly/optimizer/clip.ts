import { mapWithTwo } from "../base/map";
import { Ternary } from "../base/functions";
import { bytes, rowShare } from "../base/lanes";
import { dotOf } from "../base/summation";

/** out[k] = sum of x[i]^2 for i from k * run to below (k + 1) * run; shared over k. */
export function sumSquares(x: usize, out: usize, run: i32, length: i32, part: i32, parts: i32): void {
  const runs = (length + run - 1) / run;
  const end = rowShare(runs, part + 1, parts);
  for (let k = rowShare(runs, part, parts); k < end; k++) {
    const from = x + bytes(k) * <usize>run;
    store<f32>(out + bytes(k), <f32>dotOf(from, from, min(run, length - k * run)));
  }
}

@final
class Clamp extends Ternary {
  @inline
  apply(x: v128, low: v128, high: v128): v128 {
    return f32x4.pmax(f32x4.pmin(x, high), low);
  }
}

/** out[i] = x[i], but no less than `low` and no more than `high`; NaN stays. */
export function clamp(x: usize, out: usize, low: f32, high: f32, length: i32, part: i32, parts: i32): void {
  mapWithTwo(changetype<Clamp>(0), x, f32x4.splat(low), f32x4.splat(high), out, length, part, parts);
}
