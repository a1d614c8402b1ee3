/** Quantile of the normal distribution at 97.5 %, for intervals with 95 % confidence. */
export const QUANTILE = 1.959964;

/**
 * The interval of a share with 95 % confidence.
 * Source: Wilson 1927, https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function intervalOf(share: number, count: number): readonly [low: number, high: number] {
  const z2 = (QUANTILE * QUANTILE) / count;
  const center = (share + z2 / 2) / (1 + z2);
  const half = (QUANTILE * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count))) / (1 + z2);
  return [Math.max(0, center - half), Math.min(1, center + half)];
}
