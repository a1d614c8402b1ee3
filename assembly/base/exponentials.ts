import { LANES, TURN, bytes, laneSum, loadLanes, storeLanes } from "./lanes";
import { exp4 } from "./math";

/** Floats added in f32, 64 in each of 8 lanes, before their sum goes to f64. */
const BLOCK: i32 = 512;

/** The largest float of a row; NaN is ignored here, and makes the sum of exponentials NaN. */
@inline
export function largestOf(x: usize, columns: i32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let low = lowest;
  let high = lowest;
  let i = 0;
  for (; i + TURN <= columns; i += TURN) {
    low = f32x4.pmax(low, v128.load(x + bytes(i)));
    high = f32x4.pmax(high, v128.load(x + bytes(i), 16));
  }
  for (; i < columns; i += LANES) low = f32x4.pmax(low, loadLanes(x + bytes(i), columns - i, lowest));
  low = f32x4.pmax(low, high);
  low = f32x4.pmax(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(low, v128.shuffle<f32>(low, low, 1, 0, 3, 2)), 0);
}

/** The sum of e^(x[c] - largest), which `keep` writes to out; lanes beyond the row are e^-Infinity = 0. */
@inline
export function expSum(x: usize, largest: v128, out: usize, columns: i32, keep: bool): f64 {
  let total: f64 = 0;
  for (let start = 0; start < columns; start += BLOCK) {
    const end = min(columns, start + BLOCK);
    let low = f32x4.splat(0);
    let high = f32x4.splat(0);
    let i = start;
    for (; i + TURN <= end; i += TURN) {
      const xLow = v128.load(x + bytes(i));
      const xHigh = v128.load(x + bytes(i), 16);
      const expLow = exp4(f32x4.sub(xLow, largest));
      const expHigh = exp4(f32x4.sub(xHigh, largest));
      low = f32x4.add(low, expLow);
      high = f32x4.add(high, expHigh);
      if (keep) {
        v128.store(out + bytes(i), expLow);
        v128.store(out + bytes(i), expHigh, 16);
      }
    }
    for (; i < end; i += LANES) {
      const tail = exp4(f32x4.sub(loadLanes(x + bytes(i), end - i, f32x4.splat(-Infinity)), largest));
      low = f32x4.add(low, tail);
      if (keep) storeLanes(out + bytes(i), end - i, tail);
    }
    total += laneSum(f32x4.add(low, high));
  }
  return total;
}
