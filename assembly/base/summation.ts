import { LANES, TURN, bytes, laneSum, loadLanes } from "./lanes";
import { madd } from "./math";

/** Floats added in f32 before their sum goes to f64: 64 in each of 32 lanes. */
const BLOCK: i32 = 2048;

/** The same for products, in 8 lanes. */
const DOT_BLOCK: i32 = 512;

/** The sum of at most BLOCK floats, in 32 lanes. */
function sumBlock(x: usize, length: i32): f32 {
  let a = f32x4.splat(0);
  let b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  let i = 0;
  for (; i + 32 <= length; i += 32) {
    const at = x + bytes(i);
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
    e = f32x4.add(e, v128.load(at, 64));
    f = f32x4.add(f, v128.load(at, 80));
    g = f32x4.add(g, v128.load(at, 96));
    h = f32x4.add(h, v128.load(at, 112));
  }
  a = f32x4.add(f32x4.add(a, e), f32x4.add(c, g));
  b = f32x4.add(f32x4.add(b, f), f32x4.add(d, h));
  for (; i < length; i += LANES) a = f32x4.add(a, loadLanes(x + bytes(i), length - i, f32x4.splat(0)));
  return laneSum(f32x4.add(a, b));
}

/** The sum of x, in one order whatever the machine: blocks in f32, the blocks' sums in f64. */
export function sumOf(x: usize, length: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < length; i += BLOCK) total += sumBlock(x + bytes(i), min(BLOCK, length - i));
  return total;
}

/** The sum of a[i] * b[i], in one order likewise. */
export function dotOf(a: usize, b: usize, length: i32): f64 {
  const zero = f32x4.splat(0);
  let total: f64 = 0;
  for (let start = 0; start < length; start += DOT_BLOCK) {
    const end = min(length, start + DOT_BLOCK);
    let low = zero;
    let high = zero;
    let i = start;
    for (; i + TURN <= end; i += TURN) {
      low = madd(v128.load(a + bytes(i)), v128.load(b + bytes(i)), low);
      high = madd(v128.load(a + bytes(i), 16), v128.load(b + bytes(i), 16), high);
    }
    for (; i < end; i += LANES) {
      low = madd(loadLanes(a + bytes(i), end - i, zero), loadLanes(b + bytes(i), end - i, zero), low);
    }
    total += laneSum(f32x4.add(low, high));
  }
  return total;
}

/**
 * For sums that are too long for f32: x has a partial sum of each, which is added to totals[i], an f64, or
 * assigned to it if `first`; x is then set to the totals so far. `totals` has room for 2 length floats.
 */
export function addToTotals(x: usize, totals: usize, length: i32, first: bool): void {
  for (let i = 0; i < length; i++) {
    const total = <f64>load<f32>(x + bytes(i)) + (first ? 0 : load<f64>(totals + 2 * bytes(i)));
    store<f64>(totals + 2 * bytes(i), total);
    store<f32>(x + bytes(i), <f32>total);
  }
}
