/** One way to divide samples: by order, by class, by group or by time. */
export interface Splitter {
  /** Samples of each part, for shares that sum to 1. */
  cut(shares: Shares): Indices;
  /** Samples of each of `count` folds. */
  folds(count: number): readonly FoldIndices[];
}

/** Shares of the samples, each 0 or more. */
export interface Shares {
  readonly training: number;
  readonly validation: number;
  readonly test: number;
}

/** Samples of each part, by their index in the data set. */
export interface Indices {
  readonly training: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** Samples of both parts of a fold, by their index in the data set. */
export interface FoldIndices {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** Folds by the fold in which each sample is for validation; indices ascend. */
export function foldsOf(foldOf: Int32Array, count: number): FoldIndices[] {
  const samples = Int32Array.from(foldOf.keys());
  return Array.from({ length: count }, (_, fold) => ({
    training: samples.filter((i) => foldOf[i] !== fold),
    validation: samples.filter((i) => foldOf[i] === fold),
  }));
}

/**
 * Ends of consecutive parts that consist of whole units, such as groups: each part has at least one unit, and ends where
 * the count of samples is nearest to its target. There must be at least as many units as parts.
 *
 * @param sizes count of samples in each unit
 * @param targets count of samples up to the end of each part but the last
 * @returns count of units up to the end of each part but the last
 */
export function unitEnds(sizes: ArrayLike<number>, targets: readonly number[]): number[] {
  const ends: number[] = [];
  let end = 0;
  let samples = 0;
  for (const [part, target] of targets.entries()) {
    const last = sizes.length - (targets.length - part);
    do samples += sizes[end++] ?? 0;
    while (end < last && Math.abs(samples + (sizes[end] ?? 0) - target) <= Math.abs(samples - target));
    ends.push(end);
  }
  return ends;
}
