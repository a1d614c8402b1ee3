import { LANES, TURN, bytes, laneSum, loadLanes } from "../base/lanes";
import { madd } from "../base/math";
import { sumOf } from "../base/summation";

/** Floats added in f32 before their sum goes to f64: 64 in each of 8 lanes. */
const BLOCK: i32 = 512;

/**
 * The variance of `runs` runs of `length` floats each, which begin `stride` floats apart; their mean is stored at `mean`.
 *
 * In two passes: deviations from a float near the mean, and their squares. The first correct that float, so that
 * the mean is rounded once and a mean far from 0 does not make the variance less exact.
 */
export function varianceOf(x: usize, stride: i32, runs: i32, length: i32, mean: usize): f64 {
  const count = <f64>runs * <f64>length;
  let total: f64 = 0;
  for (let run = 0; run < runs; run++) total += sumOf(x + bytes(run * stride), length);
  const near = <f32>(total / count);
  const center = f32x4.splat(near);
  const zero = f32x4.splat(0);
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let run = 0; run < runs; run++) {
    const at = x + bytes(run * stride);
    let i = 0;
    while (i < length) {
      const end = min(length, i + BLOCK);
      let sumLow = zero, sumHigh = zero, squareLow = zero, squareHigh = zero;
      for (; i + TURN <= end; i += TURN) {
        const low = f32x4.sub(v128.load(at + bytes(i)), center);
        const high = f32x4.sub(v128.load(at + bytes(i), 16), center);
        sumLow = f32x4.add(sumLow, low);
        sumHigh = f32x4.add(sumHigh, high);
        squareLow = madd(low, low, squareLow);
        squareHigh = madd(high, high, squareHigh);
      }
      for (; i < end; i += LANES) {
        const rest = f32x4.sub(loadLanes(at + bytes(i), end - i, center), center);
        sumLow = f32x4.add(sumLow, rest);
        squareLow = madd(rest, rest, squareLow);
      }
      sum += laneSum(f32x4.add(sumLow, sumHigh));
      squares += laneSum(f32x4.add(squareLow, squareHigh));
    }
  }
  const shift = sum / count;
  store<f32>(mean, <f32>(<f64>near + shift));
  return max<f64>(squares / count - shift * shift, 0);
}
