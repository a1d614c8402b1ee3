import { requireWhole, ShapeError, shown } from "../base/errors.ts";
import { inOrder } from "../base/numbers.ts";
import { type TensorLike, asTensor } from "../base/tensor.ts";
import { type Scored, type ScoreOptions, type ScoreSelection, scoresOf } from "./scores.ts";

export interface CurveOptions extends ScoreOptions {
  /** The class against all others, for scores [rows, classes]. Default: 1 of two classes; required for more. */
  readonly positiveClass?: number;
}

/** Rows with a score of at least each threshold, as sums of weights. */
export interface Ranking {
  /** The distinct scores, from the largest down. */
  readonly thresholds: readonly number[];
  /** Positive rows, for each threshold. */
  readonly truePositives: readonly number[];
  /** Negative rows, for each threshold. */
  readonly falsePositives: readonly number[];
}

/**
 * Ranks rows by the scores of one column.
 * @param positive the class of positive rows; all others are negative
 */
export function rank({ rows, actual, weights, columns }: Scored, positive: number): Ranking {
  const column = columns === 1 ? 0 : positive;
  const scores = Float64Array.from(rows, (row) => row[column] ?? NaN);
  const order = inOrder(rows.length).filter((row) => !weights || weights[row] !== 0);
  order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const thresholds: number[] = [];
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let [positives, negatives] = [0, 0];
  order.forEach((row, i) => {
    const weight = weights ? (weights[row] ?? 0) : 1;
    if (actual[row] === positive) positives += weight;
    else negatives += weight;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[row]) return;
    thresholds.push(scores[row] ?? NaN);
    truePositives.push(positives);
    falsePositives.push(negatives);
  });
  return { thresholds, truePositives, falsePositives };
}

/** The ranking for a curve, of class `positiveClass` against all others. */
export function rankOf(
  where: string,
  scores: TensorLike,
  truth: TensorLike,
  { positiveClass, ...options }: ScoreSelection & { readonly positiveClass: number | undefined },
): Ranking {
  const scored = scoresOf(where, scores, truth, options);
  if (positiveClass === undefined && scored.columns > 2) {
    throw new ShapeError(
      `${where}: positiveClass must be given for predictions of more than two classes; got none for ${asTensor(where, "predictions", scores)}`,
    );
  }
  const { columns } = scored;
  const positive = positiveClass ?? 1;
  if (columns === 1 && positive !== 1) {
    throw new RangeError(`${where}: positiveClass must be 1 for one number per row; got ${shown(positive)}`);
  }
  if (columns > 1) requireWhole(where, "positiveClass", positive, 0, columns - 1);
  return rank(scored, positive);
}

/** Refuses rows that are all positive or, unless `negatives` is false, all negative. */
export function requireBoth(where: string, ranking: Ranking, positive: number, negatives = true): void {
  const missing =
    ranking.truePositives.at(-1) === 0
      ? `class ${positive}`
      : negatives && ranking.falsePositives.at(-1) === 0
        ? `a class other than ${positive}`
        : undefined;
  if (missing === undefined) return;
  throw new RangeError(`${where}: targets must have rows of ${missing} with a weight above 0; got none`);
}
