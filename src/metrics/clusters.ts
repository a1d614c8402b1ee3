import { ShapeError } from "../base/errors.ts";
import type { Tensor, TensorLike } from "../base/tensor.ts";
import { asRows, isColumn } from "./rows.ts";
import { square, sum } from "./sums.ts";

/** Counts of rows by cluster and class. */
interface Contingency {
  readonly rows: number;
  /** Rows of each pair of a cluster and a class that has rows. */
  readonly pairs: readonly Pair[];
  /** Rows of each cluster. */
  readonly clusters: readonly number[];
  /** Rows of each class. */
  readonly classes: readonly number[];
}

interface Pair {
  readonly cluster: number;
  readonly class: number;
  readonly count: number;
}

/**
 * The share of rows whose class is the most frequent one of their cluster, from above 0 to 1. It grows with the number of clusters:
 * 1 for a cluster for each row.
 *
 * Shape: clusters and classes are whole numbers, [rows] or [rows, 1]; which number a cluster has does not matter.
 * Source: Manning, Raghavan and Schütze 2008, https://nlp.stanford.edu/IR-book/html/htmledition/evaluation-of-clustering-1.html
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when clusters or classes are no tensor
 * @throws RangeError when there are no rows, or a number is not whole
 */
export function purity(clusters: TensorLike, classes: TensorLike): number {
  const { rows, pairs, clusters: sizes } = contingencyOf("purity", clusters, classes);
  const most = sizes.map(() => 0);
  for (const { cluster, count } of pairs) most[cluster] = Math.max(most[cluster] ?? 0, count);
  return sum(most) / rows;
}

/**
 * The share of pairs of rows that are together in both, or apart in both, adjusted for chance: 1 if clusters are the classes, 0
 * on average for random clusters of the same sizes, at least -0.5.
 *
 * Shape: clusters and classes as for `purity`.
 * Source: Hubert and Arabie 1985, https://doi.org/10.1007/BF01908075
 *
 * @throws ShapeError, TypeError or RangeError as `purity` does
 */
export function adjustedRandIndex(clusters: TensorLike, classes: TensorLike): number {
  const table = contingencyOf("adjustedRandIndex", clusters, classes);
  // Ordered pairs of rows that are in one cluster, in one class, in both.
  const inCluster = squares(table.clusters) - table.rows;
  const inClass = squares(table.classes) - table.rows;
  const inBoth = squares(table.pairs.map(({ count }) => count)) - table.rows;
  if (inBoth === inCluster && inBoth === inClass) return 1;
  const expected = (inCluster * inClass) / (table.rows * (table.rows - 1));
  return (inBoth - expected) / ((inCluster + inClass) / 2 - expected);
}

/**
 * Mutual information of clusters and classes, divided by the mean of their entropies: from 0, independent, to 1, the same. Not
 * adjusted for chance: it grows with the number of clusters.
 *
 * Shape: clusters and classes as for `purity`.
 * Source: https://scikit-learn.org/stable/modules/clustering.html#mutual-information-based-scores
 *
 * @throws ShapeError, TypeError or RangeError as `purity` does
 */
export function normalizedMutualInformation(clusters: TensorLike, classes: TensorLike): number {
  const table = contingencyOf("normalizedMutualInformation", clusters, classes);
  const { rows, pairs } = table;
  const mean = (entropyOf(table.clusters, rows) + entropyOf(table.classes, rows)) / 2;
  if (mean === 0) return 1;
  const terms = pairs.map(({ cluster, class: label, count }) => {
    const expected = ((table.clusters[cluster] ?? NaN) * (table.classes[label] ?? NaN)) / rows;
    return (count / rows) * Math.log(count / expected);
  });
  return Math.min(1, Math.max(0, sum(terms) / mean)); // rounding may exceed both
}

function contingencyOf(where: string, clusters: TensorLike, classes: TensorLike): Contingency {
  const { predictions, targets } = asRows(where, clusters, classes);
  const [ofCluster, ofClass] = [codesOf(where, "clusters", predictions), codesOf(where, "classes", targets)];
  const counts = new Map<number, number>();
  ofCluster.codes.forEach((cluster, row) => {
    const key = cluster * ofClass.counts.length + (ofClass.codes[row] ?? 0);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const pairs = Array.from(counts, ([key, count]) => ({
    cluster: Math.floor(key / ofClass.counts.length),
    class: key % ofClass.counts.length,
    count,
  }));
  return { rows: predictions.size, pairs, clusters: ofCluster.counts, classes: ofClass.counts };
}

/** Each row's number among the distinct ones, and the count of rows of each. */
function codesOf(where: string, name: string, numbers: Tensor): { codes: Int32Array; counts: readonly number[] } {
  if (!isColumn(numbers)) {
    throw new ShapeError(`${where}: ${name} must be [rows] or [rows, 1]; got ${numbers}`);
  }
  const codes = new Int32Array(numbers.size);
  const codeOf = new Map<number, number>();
  const counts: number[] = [];
  numbers.data.forEach((number, row) => {
    if (!Number.isInteger(number)) {
      throw new RangeError(`${where}: ${name} must be whole numbers; got ${number} in row ${row}`);
    }
    const code = codeOf.get(number) ?? counts.length;
    codeOf.set(number, code);
    codes[row] = code;
    counts[code] = (counts[code] ?? 0) + 1;
  });
  return { codes, counts };
}

function squares(counts: readonly number[]): number {
  return sum(counts.map(square));
}

/** In nats. */
function entropyOf(counts: readonly number[], rows: number): number {
  return -sum(counts.map((count) => (count / rows) * Math.log(count / rows)));
}
