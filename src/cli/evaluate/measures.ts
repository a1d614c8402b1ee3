import type { ClassesRecord } from "lanegrad/report";

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
    rootMeanSquaredError: Math.sqrt(average(targets.map((value) => (value - mean) * (value - mean)))),
  };
}
