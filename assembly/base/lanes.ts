import { LINE } from "../contract/workers";

/** Floats in one v128 register. */
export const LANES: i32 = 4;

/** Floats that elementwise kernels work on in one turn: two registers, which V8 can pair into one of 256 bits. */
export const TURN: i32 = 8;

/** Bytes of `count` floats. */
@inline
export function bytes(count: i32): usize {
  return <usize>count << 2;
}

/** First index of worker `part`'s share of `length` floats. */
@inline
export function shareStart(length: i32, part: i32, parts: i32): i32 {
  return min(length, rowShare((length + LINE - 1) / LINE, part, parts) * LINE);
}

/** First row of worker `part`'s share of `rows` rows; in 64 bits, for rows * part may have more than 32. */
@inline
export function rowShare(rows: i32, part: i32, parts: i32): i32 {
  return <i32>((<u64>rows * part) / parts);
}

function loadPartial(x: usize, count: i32, fill: v128): v128 {
  if (count == 1) return v128.load_lane<f32>(x, fill, 0);
  const pair = v128.load_lane<f64>(x, fill, 0);
  if (count == 2) return pair;
  return v128.load_lane<f32>(x, pair, 2, 8);
}

function storePartial(out: usize, count: i32, lanes: v128): void {
  if (count == 1) {
    v128.store_lane<f32>(out, lanes, 0);
    return;
  }
  v128.store_lane<f64>(out, lanes, 0);
  if (count == 3) v128.store_lane<f32>(out, lanes, 2, 8);
}

/** The first `count` floats at `x`, at most 4, and `fill` in the lanes beyond them; nothing beyond them is read. */
@inline
export function loadLanes(x: usize, count: i32, fill: v128): v128 {
  return count >= LANES ? v128.load(x) : loadPartial(x, count, fill);
}

/** Writes the first `count` lanes, at most 4. */
@inline
export function storeLanes(out: usize, count: i32, lanes: v128): void {
  if (count >= LANES) v128.store(out, lanes);
  else storePartial(out, count, lanes);
}

/** The sum of the four lanes. */
@inline
export function laneSum(x: v128): f32 {
  const first = f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2);
  const second = f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3);
  return first + second;
}
