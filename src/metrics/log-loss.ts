import { requireSwitch } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { logSumExp, probabilitiesOf, requireLogits, SCORE_DEFAULTS, scoresOf, type ScoreOptions } from "./scores.ts";
import { sum, weightedMean } from "./sums.ts";

/** Probabilities are at least this, and at most 1 less it: as in scikit-learn for float32. */
const LEAST = 2 ** -23;

/**
 * Log loss (cross-entropy): the (weighted) mean of −log p over rows, for the probability p of the true class, in nats.
 *
 * Probabilities are limited to 2^-23 … 1 − 2^-23 and divided by their sum, as scikit-learn does for float32. With
 * `fromLogits`, the loss is log Σ exp(xᵢ) − x of the true class, without a limit.
 *
 * Shape: predictions are float32 probabilities or logits, [rows] or [rows, 1] of class 1, or [rows, classes]; targets are
 * classes, [rows] or [rows, 1].
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#log-loss
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when predictions, targets or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, predictions are NaN or neither probabilities nor, with
 * `fromLogits`, logits with a finite largest one in each row, or weights are negative, not finite or all 0
 */
export function logLoss(scores: TensorLike, truth: TensorLike, options: ScoreOptions = {}): number {
  const filled = withDefaults("logLoss", options, SCORE_DEFAULTS);
  requireSwitch("logLoss", "fromLogits", filled.fromLogits);
  const scored = filled.fromLogits
    ? scoresOf("logLoss", scores, truth, { ...filled, fromLogits: false })
    : probabilitiesOf("logLoss", scores, truth, filled);
  const { rows, numbers, actual, weights } = scored;
  const lossOf = (row: number): number => {
    const own = rows[row] ?? new Float64Array();
    const target = actual[row] ?? 0;
    if (!filled.fromLogits) return lossOfProbabilities(own, target);
    if (own.length > 1) requireLogits("logLoss", own, numbers[row] ?? row);
    return lossOfLogits(own, target);
  };
  return weightedMean(rows.length, lossOf, weights);
}

function lossOfProbabilities(row: Float64Array, target: number): number {
  const limited = row.map((p) => Math.min(Math.max(p, LEAST), 1 - LEAST));
  const [first = 0] = limited;
  if (row.length === 1) return -Math.log(target === 1 ? first : 1 - first);
  return Math.log(sum(limited)) - Math.log(limited[target] ?? 0);
}

/** −log of the softmax of `target`; of one logit −log of the sigmoid of ±x. */
export function lossOfLogits(row: Float64Array, target: number): number {
  const [x = 0] = row;
  if (row.length > 1) return logSumExp(row) - (row[target] ?? 0);
  const margin = target === 1 ? x : -x;
  return Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
}
