import { TURN, bytes, shareStart } from "./lanes";

/** A function of one number, on four lanes at a time. */
export abstract class Unary {
  abstract apply(x: v128): v128;
}

/** A function of two numbers, on four lanes at a time. */
export abstract class Binary {
  abstract apply(a: v128, b: v128): v128;
}

/** out[i] = F(x[i]). The last few elements go through the same lanes, so every element gets the same bits wherever it stands. */
// @ts-ignore: decorator
@inline
export function map<F extends Unary>(f: F, x: usize, out: usize, length: i32, part: i32, parts: i32): void {
  const end = shareStart(length, part + 1, parts);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    const lowOut = f.apply(low);
    const highOut = f.apply(high);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i++) {
    v128.store_lane<f32>(out + bytes(i), f.apply(v128.load32_splat(x + bytes(i))), 0);
  }
}
