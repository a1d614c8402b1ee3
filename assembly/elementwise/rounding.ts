import { map } from "../base/map";
import { Unary } from "../base/functions";

@final
class ToIntegers extends Unary {
  @inline
  apply(x: v128): v128 {
    return i32x4.trunc_sat_f32x4_s(x);
  }
}

@final
class ToFloats extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.convert_i32x4_s(x);
  }
}

@final
class Floor extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.floor(x);
  }
}

@final
class Ceil extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.ceil(x);
  }
}

@final
class Round extends Unary {
  @inline
  apply(x: v128): v128 {
    return f32x4.nearest(x);
  }
}

/** 1 with the sign of x, where x is above or below 0. */
@final
class Sign extends Unary {
  @inline
  apply(x: v128): v128 {
    const one = v128.or(v128.and(x, f32x4.splat(-0.0)), f32x4.splat(1));
    return v128.and(one, f32x4.gt(f32x4.abs(x), f32x4.splat(0)));
  }
}

/** out[i] = x[i] rounded toward 0, as an integer; the nearest one where x[i] is beyond 32 bits, 0 for NaN. */
export function toIntegers(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<ToIntegers>(0), x, out, length, part, parts);
}

/** out[i] = the float nearest to the integer x[i], the even one of two. */
export function toFloats(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<ToFloats>(0), x, out, length, part, parts);
}

/** out[i] = the largest whole number <= x[i]. */
export function floor(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Floor>(0), x, out, length, part, parts);
}

/** out[i] = the smallest whole number >= x[i]. */
export function ceil(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Ceil>(0), x, out, length, part, parts);
}

/** out[i] = the whole number nearest to x[i], the even one of two. */
export function round(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Round>(0), x, out, length, part, parts);
}

/** out[i] = 1, 0 or -1, as x[i] is above, at or below 0; 0 for NaN. */
export function sign(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Sign>(0), x, out, length, part, parts);
}
