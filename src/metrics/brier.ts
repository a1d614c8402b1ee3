import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { probabilitiesOf, SCORE_DEFAULTS, type ScoreOptions } from "./scores.ts";
import { square, sum, weightedMean } from "./sums.ts";

/**
 * Brier score: the (weighted) mean over rows of Σ (pₖ − yₖ)² over classes k, where yₖ is 1 for the true class, else 0; from 0
 * to 2. For two classes half of it, (p − y)² of class 1, from 0 to 1, as in scikit-learn.
 *
 * Shape: predictions and targets as for `logLoss`.
 * Source: Brier 1950, https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
 *
 * @throws ShapeError, TypeError or RangeError as `logLoss` does
 */
export function brierScore(scores: TensorLike, truth: TensorLike, options: ScoreOptions = {}): number {
  const filled = withDefaults("brierScore", options, SCORE_DEFAULTS);
  const { rows, actual, weights, columns } = probabilitiesOf("brierScore", scores, truth, filled);
  const scoreOf = (row: number): number => {
    const own = rows[row] ?? new Float64Array();
    const target = actual[row] ?? 0;
    if (columns === 1) return square((own[0] ?? 0) - target);
    const squares = own.map((p, i) => square(p - (i === target ? 1 : 0)));
    return columns === 2 ? sum(squares) / 2 : sum(squares);
  };
  return weightedMean(rows.length, scoreOf, weights);
}
