import { Unary, map } from "./elementwise";

// @ts-ignore: decorator
@final
class Relu extends Unary {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.pmax(f32x4.splat(0), x);
  }
}

/** out[i] = max(x[i], 0). */
export function relu(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Relu>(0), x, out, length, part, parts);
}
