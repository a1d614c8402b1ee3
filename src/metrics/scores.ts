import { requireSwitch, ShapeError } from "../base/errors.ts";
import { inOrder } from "../base/numbers.ts";
import type { Defaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { greatest, requireLabels } from "./labels.ts";
import { asRows, got, isColumn, ROW_DEFAULTS, type RowOptions, type RowSelection, selectRows } from "./rows.ts";
import { sum } from "./sums.ts";

/** By how much probabilities of a row may differ from 1 in sum: √2^-23, as in scikit-learn for float32. */
const TOLERANCE = Math.sqrt(2 ** -23);

export interface ScoreOptions extends RowOptions {
  /**
   * Whether predictions are logits: their softmax, or the sigmoid of one number per row, replaces them, computed in
   * float64. Default: false.
   */
  readonly fromLogits?: boolean;
}

export const SCORE_DEFAULTS = { ...ROW_DEFAULTS, fromLogits: false } as const satisfies Defaults<ScoreOptions>;

/** `ScoreOptions` with defaults filled in. */
export interface ScoreSelection extends RowSelection {
  readonly fromLogits: boolean;
}

/** Scores and true classes of the rows that are not ignored. */
export interface Scored {
  /** The scores of each row. */
  readonly rows: readonly Float64Array[];
  /** The number of each row in the given tensors. */
  readonly numbers: ArrayLike<number>;
  readonly actual: ArrayLike<number>;
  /** Weights of the rows; undefined for weights of 1. */
  readonly weights: ArrayLike<number> | undefined;
  /** 1 for scores of class 1 of two, else the count of classes. */
  readonly columns: number;
}

/**
 * Scores, or with `fromLogits` probabilities: float32 [rows, classes], or [rows] or [rows, 1] of class 1.
 * @throws ShapeError, TypeError or RangeError unless they are such, with one target per row
 */
export function scoresOf(where: string, scores: TensorLike, truth: TensorLike, options: ScoreSelection): Scored {
  requireSwitch(where, "fromLogits", options.fromLogits);
  const { predictions, targets } = asRows(where, scores, truth);
  const columns = isColumn(predictions) ? 1 : (predictions.shape[1] ?? 0);
  if (predictions.shape.length > 2 || columns === 0 || predictions.dtype === "int32") {
    throw new ShapeError(
      `${where}: predictions must be float32 [rows, classes], [rows] or [rows, 1]; ${got(predictions, targets)}`,
    );
  }
  const { select, weights } = selectRows(where, predictions, targets, options);
  requireLabels(where, "targets", targets.data, Math.max(columns, 2), options.ignoreIndex);
  const numbers = select(inOrder(targets.size));
  const rows = Array.from(numbers, (row) => {
    const own = Float64Array.from(predictions.data.subarray(row * columns, (row + 1) * columns));
    if (!options.fromLogits) return own;
    if (own.length > 1) requireLogits(where, own, row);
    return probabilitiesOfLogits(own);
  });
  return { rows, numbers, actual: select(targets.data), weights, columns };
}

/**
 * Probabilities, as `scoresOf` takes scores.
 * @throws RangeError when one is not from 0 to 1, or those of a row do not have the sum 1
 */
export function probabilitiesOf(where: string, scores: TensorLike, truth: TensorLike, options: ScoreSelection): Scored {
  const scored = scoresOf(where, scores, truth, options);
  scored.rows.forEach((row, i) => {
    const wrong = row.find((p) => p < 0 || p > 1);
    if (wrong !== undefined) {
      throw new RangeError(
        `${where}: predictions must be probabilities from 0 to 1, or logits with fromLogits: true; got ${wrong} in row ${scored.numbers[i]}`,
      );
    }
    if (row.length > 1 && Math.abs(sum(row) - 1) > TOLERANCE) {
      throw new RangeError(
        `${where}: predictions must be probabilities with the sum 1 in each row, or logits with fromLogits: true; got ${sum(row)} in row ${scored.numbers[i]}`,
      );
    }
  });
  return scored;
}

/** log Σ exp(xᵢ); −Infinity of no numbers. */
export function logSumExp(x: Float64Array): number {
  const highest = greatest(x);
  if (highest === -Infinity) return highest;
  return highest + Math.log(sum(x.map((value) => Math.exp(value - highest))));
}

/** log p / (1 − p) of the softmax, without the rounding of p near 1; of a single logit itself. */
export function logOdds(logits: Float64Array): Float64Array {
  if (logits.length === 1) return logits;
  const highest = greatest(logits);
  const largest = logits.indexOf(highest);
  const powers = logits.map((x) => Math.exp(x - highest));
  const total = sum(powers);
  return logits.map((x, i) => {
    if (i === largest) return x - logSumExp(logits.filter((_, other) => other !== i));
    return x - highest - Math.log(total - (powers[i] ?? 0)); // at least half of the total is left
  });
}

/** Refuses logits whose softmax is not defined: an Infinity, or only −Infinity in a row. */
export function requireLogits(where: string, logits: Float64Array, row: number): void {
  const highest = greatest(logits);
  if (Number.isFinite(highest)) return;
  throw new RangeError(`${where}: the largest logit of each row must be finite; got ${highest} in row ${row}`);
}

/** The softmax of the logits of a row; the sigmoid of a single one. */
export function probabilitiesOfLogits(logits: Float64Array): Float64Array {
  if (logits.length === 1) return logits.map((x) => 1 / (1 + Math.exp(-x)));
  const normalizer = logSumExp(logits);
  return logits.map((x) => Math.exp(x - normalizer));
}
