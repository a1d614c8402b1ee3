import type { ClassesRecord } from "lanegrad/report";

const QUANTILE = 1.959964; // of the normal distribution, for 95 %

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

/** The most frequent class: what a model must be better than. */
export function baselineOf({ names, scores }: ClassesRecord): { readonly name: string; readonly share: number } {
  const counts = scores.map(({ count }) => count);
  const most = Math.max(...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return { name: names[counts.indexOf(most)] ?? "", share: most / total };
}

export interface MeanBaseline {
  readonly mean: number;
  readonly meanAbsoluteError: number;
  readonly rootMeanSquaredError: number;
}

/** The errors of saying the mean of the targets for every row. */
export function meanBaseline(targets: Float64Array): MeanBaseline {
  const average = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = average(targets);
  return {
    mean,
    meanAbsoluteError: average(targets.map((value) => Math.abs(value - mean))),
    rootMeanSquaredError: Math.sqrt(average(targets.map((value) => (value - mean) ** 2))),
  };
}
