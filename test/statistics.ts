// Bounds of statistical tests. Each is one that a true random source exceeds once in 10,000 such tests. The seeds are
// fixed: what passes, stays.
export const TWO_SIDED = 3.891; // quantile of the standard normal distribution at 1 - 1e-4 / 2
const ONE_SIDED = 3.719; // at 1 - 1e-4

/** The bound of chi-squared: Wilson and Hilferty 1931, within 1 % from 3 degrees of freedom on. */
export function chiSquaredBound(freedom: number): number {
  return freedom * (1 - 2 / (9 * freedom) + ONE_SIDED * Math.sqrt(2 / (9 * freedom))) ** 3;
}

export function chiSquared(counts: readonly number[], expected: (i: number) => number): number {
  return counts.reduce((sum, count, i) => sum + (count - expected(i)) ** 2 / expected(i), 0);
}

/** Chi-squared of how often pairs are (0, 0), (0, 1), (1, 0), (1, 1), if both were kept with probability 1 - p at random. */
export function pairs(p: number, count: number, pair: (i: number) => readonly [number, number]): number {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = pair(i);
    counts[2 * a + b] = (counts[2 * a + b] ?? 0) + 1;
  }
  const share = [p, 1 - p];
  return chiSquared(counts, (i) => count * (share[i >> 1] ?? NaN) * (share[i & 1] ?? NaN));
}
