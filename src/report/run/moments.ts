import { square } from "../../base/power.ts";
import type { LayerStateRecord } from "./record.ts";

/** Bins of a histogram. */
const BINS = 40;

/** Mean, standard deviation and range of the numbers that are finite; all 0 without any. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
  /** Count of numbers that are not finite. */
  readonly wrong: number;
}

export function momentsOf(numbers: ArrayLike<number>): Moments {
  let [sum, count, low, high] = [0, 0, Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const wrong = numbers.length - count;
  if (count === 0) return { mean: 0, deviation: 0, low: 0, high: 0, wrong };
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? NaN;
    if (Number.isFinite(value)) squares += square(value - mean);
  }
  return { mean, deviation: Math.sqrt(squares / count), low, high, wrong };
}

/** Counts of numbers in bins of equal width; the last has `high` too. All are in one bin if low is high. */
export function histogramOf(numbers: ArrayLike<number>, low: number, high: number): LayerStateRecord["histogram"] {
  const isPoint = low === high;
  const counts = Array.from({ length: isPoint ? 1 : BINS }, () => 0);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const bin = isPoint ? 0 : Math.min(Math.floor(((value - low) / (high - low)) * BINS), BINS - 1);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, high, counts };
}
