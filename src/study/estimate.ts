import { square } from "../base/power.ts";
import { requireBelowOne } from "../base/errors.ts";
import { printNumber } from "../base/print.ts";
import { studentBound } from "./student.ts";

/** The mean of a few values, with a confidence interval. */
export interface Estimate {
  readonly mean: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
  /** Standard deviation of the values, with divisor count - 1. */
  readonly deviation: number;
}

/**
 * The mean of at least two values with Student's interval: mean ± t √(s² (1 / count + overlap)).
 * @param overlap what dependence between the values adds to 1 / count. Default: 0, independent values.
 */
export function estimate(values: readonly number[], level: number, overlap = 0): Estimate {
  const count = values.length;
  const mean = meanOf(values);
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + square(value - mean), 0) / (count - 1));
  const half = studentBound(level, count - 1) * deviation * Math.sqrt(1 / count + overlap);
  return { mean, low: mean - half, high: mean + half, deviation };
}

/** Like `estimate`, of a metric by its name: the interval of an accuracy is cut to what it can reach, 0 to 1. */
export function estimateOf(metric: string, values: readonly number[], level: number, overlap = 0): Estimate {
  const whole = estimate(values, level, overlap);
  return metric === "accuracy" ? { ...whole, low: Math.max(whole.low, 0), high: Math.min(whole.high, 1) } : whole;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @throws RangeError unless the level is above 0 and below 1 */
export function requireLevel(where: string, level: number): void {
  requireBelowOne(where, "level", level);
  if (level === 0) throw new RangeError(`${where}: level must be above 0; got 0`);
}

/** `0.9012 to 0.9533` */
export function printInterval({ low, high }: Pick<Estimate, "low" | "high">): string {
  return `${printNumber(low)} to ${printNumber(high)}`;
}
