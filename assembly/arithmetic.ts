import { Unary, map } from "./elementwise";
import { exp4, log4, log1p4 } from "./math";

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

/** out[i] = e^x[i]. */
export function exp(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Exp>(0), x, out, length, part, parts);
}

/** out[i] = ln x[i]. */
export function log(x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  map(changetype<Log>(0), x, out, length, part, parts);
}
