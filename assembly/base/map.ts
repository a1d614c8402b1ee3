import { Binary, Quaternary, Ternary, Unary } from "./functions";
import { LANES, TURN, bytes, loadLanes, shareStart, storeLanes } from "./lanes";

/** `loadLanes` where the other lanes do not matter. */
@inline
function loadTail(x: usize, count: i32): v128 {
  return loadLanes(x, count, f32x4.splat(0));
}

// In all of these the last few elements use the same lane functions: the bits of an element do not depend on its index.

/** out[i] = f(x[i]). */
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
  for (; i < end; i += LANES) {
    storeLanes(out + bytes(i), end - i, f.apply(loadTail(x + bytes(i), end - i)));
  }
}

/** out[i] = f(x[i], p). */
@inline
export function mapWith<F extends Binary>(
  f: F, x: usize, p: v128, out: usize, length: i32, part: i32, parts: i32,
): void {
  mapRangeWith(f, x, p, out, shareStart(length, part, parts), shareStart(length, part + 1, parts));
}

/** out[i] = f(x[i], p) for i from `start` to below `end`. */
@inline
export function mapRangeWith<F extends Binary>(f: F, x: usize, p: v128, out: usize, start: i32, end: i32): void {
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    const lowOut = f.apply(low, p);
    const highOut = f.apply(high, p);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    storeLanes(out + bytes(i), end - i, f.apply(loadTail(x + bytes(i), end - i), p));
  }
}

/** out[i] = f(p, x[i]) for i from `start` to below `end`. */
@inline
export function mapRangeWithFirst<F extends Binary>(f: F, p: v128, x: usize, out: usize, start: i32, end: i32): void {
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    const lowOut = f.apply(p, low);
    const highOut = f.apply(p, high);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    storeLanes(out + bytes(i), end - i, f.apply(p, loadTail(x + bytes(i), end - i)));
  }
}

/** out[i] = f(x[i], p, q). */
@inline
export function mapWithTwo<F extends Ternary>(
  f: F, x: usize, p: v128, q: v128, out: usize, length: i32, part: i32, parts: i32,
): void {
  mapRangeWithTwo(f, x, p, q, out, shareStart(length, part, parts), shareStart(length, part + 1, parts));
}

/** out[i] = f(x[i], p, q) for i from `start` to below `end`. */
@inline
export function mapRangeWithTwo<F extends Ternary>(
  f: F, x: usize, p: v128, q: v128, out: usize, start: i32, end: i32,
): void {
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    const lowOut = f.apply(low, p, q);
    const highOut = f.apply(high, p, q);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    storeLanes(out + bytes(i), end - i, f.apply(loadTail(x + bytes(i), end - i), p, q));
  }
}

/** out[i] = f(a[i], b[i]). */
@inline
export function zip<F extends Binary>(
  f: F, a: usize, b: usize, out: usize, length: i32, part: i32, parts: i32,
): void {
  zipRange(f, a, b, out, shareStart(length, part, parts), shareStart(length, part + 1, parts));
}

/** out[i] = f(a[i], b[i]) for i from `start` to below `end`. */
@inline
export function zipRange<F extends Binary>(f: F, a: usize, b: usize, out: usize, start: i32, end: i32): void {
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    const aLow = v128.load(a + bytes(i));
    const aHigh = v128.load(a + bytes(i), 16);
    const bLow = v128.load(b + bytes(i));
    const bHigh = v128.load(b + bytes(i), 16);
    const lowOut = f.apply(aLow, bLow);
    const highOut = f.apply(aHigh, bHigh);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    const aTail = loadTail(a + bytes(i), end - i);
    const bTail = loadTail(b + bytes(i), end - i);
    storeLanes(out + bytes(i), end - i, f.apply(aTail, bTail));
  }
}

/** out[i] = f(a[i], b[i], p). */
@inline
export function zipWith<F extends Ternary>(
  f: F, a: usize, b: usize, p: v128, out: usize, length: i32, part: i32, parts: i32,
): void {
  zipRangeWith(f, a, b, p, out, shareStart(length, part, parts), shareStart(length, part + 1, parts));
}

/** out[i] = f(a[i], b[i], p) for i from `start` to below `end`. */
@inline
export function zipRangeWith<F extends Ternary>(
  f: F, a: usize, b: usize, p: v128, out: usize, start: i32, end: i32,
): void {
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    const aLow = v128.load(a + bytes(i));
    const aHigh = v128.load(a + bytes(i), 16);
    const bLow = v128.load(b + bytes(i));
    const bHigh = v128.load(b + bytes(i), 16);
    const lowOut = f.apply(aLow, bLow, p);
    const highOut = f.apply(aHigh, bHigh, p);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    const aTail = loadTail(a + bytes(i), end - i);
    const bTail = loadTail(b + bytes(i), end - i);
    storeLanes(out + bytes(i), end - i, f.apply(aTail, bTail, p));
  }
}

/** out[i] = f(a[i], b[i], p, q). */
@inline
export function zipWithTwo<F extends Quaternary>(
  f: F, a: usize, b: usize, p: v128, q: v128, out: usize, length: i32, part: i32, parts: i32,
): void {
  const end = shareStart(length, part + 1, parts);
  let i = shareStart(length, part, parts);
  for (; i + TURN <= end; i += TURN) {
    const aLow = v128.load(a + bytes(i));
    const aHigh = v128.load(a + bytes(i), 16);
    const bLow = v128.load(b + bytes(i));
    const bHigh = v128.load(b + bytes(i), 16);
    const lowOut = f.apply(aLow, bLow, p, q);
    const highOut = f.apply(aHigh, bHigh, p, q);
    v128.store(out + bytes(i), lowOut);
    v128.store(out + bytes(i), highOut, 16);
  }
  for (; i < end; i += LANES) {
    const aTail = loadTail(a + bytes(i), end - i);
    const bTail = loadTail(b + bytes(i), end - i);
    storeLanes(out + bytes(i), end - i, f.apply(aTail, bTail, p, q));
  }
}

/** out[i] = value for i from `start` to below `end`. */
@inline
export function fillRange(out: usize, value: v128, start: i32, end: i32): void {
  let i = start;
  for (; i + TURN <= end; i += TURN) {
    v128.store(out + bytes(i), value);
    v128.store(out + bytes(i), value, 16);
  }
  for (; i < end; i += LANES) storeLanes(out + bytes(i), end - i, value);
}

/** out[i] = x[i], whatever the four bytes of an element mean. */
@inline
export function copyRow(x: usize, out: usize, length: i32): void {
  let i = 0;
  for (; i + TURN <= length; i += TURN) {
    const low = v128.load(x + bytes(i));
    const high = v128.load(x + bytes(i), 16);
    v128.store(out + bytes(i), low);
    v128.store(out + bytes(i), high, 16);
  }
  for (; i < length; i += LANES) {
    storeLanes(out + bytes(i), length - i, loadLanes(x + bytes(i), length - i, i32x4.splat(0)));
  }
}
