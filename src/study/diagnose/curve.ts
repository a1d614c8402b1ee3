/** Measures of losses over epochs. */

/** Epochs over which levels are averaged: a tenth of all, at least 3. */
export function spanOf(epochs: number): number {
  return Math.max(3, Math.round(epochs / 10));
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

/**
 * Standard deviation of values around their trend, from second differences, which are 0 on a line and have variance 6 σ².
 * Source: Gasser, Sroka and Jennen-Steinmetz 1986, https://doi.org/10.1093/biomet/73.3.625
 */
export function noiseOf(values: readonly number[]): number {
  const second = values.slice(2).map((value, i) => value - 2 * (values[i + 1] ?? NaN) + (values[i] ?? NaN));
  return second.length === 0 ? NaN : Math.sqrt(mean(second.map((each) => each * each)) / 6);
}

/** The mean of `count` values at the end. */
export function lastLevel(values: readonly number[], count: number): number {
  return mean(values.slice(-count));
}

/** The mean of at most `count` values around an index. */
export function levelAt(values: readonly number[], index: number, count: number): number {
  const half = Math.floor(count / 2);
  return mean(values.slice(Math.max(0, index - half), index + half + 1));
}

/** The index of the lowest value. */
export function lowestOf(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value < (values[best] ?? Infinity) ? i : best), 0);
}
