import { requireSwitch } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { CLASS_DEFAULTS, classCounts, type ClassOptions } from "./class-counts.ts";
import { sum } from "./sums.ts";

export interface BalancedAccuracyOptions extends ClassOptions {
  /** Whether the value is (mean − 1/C) / (1 − 1/C) for C classes with rows: 0 by chance, 1 at best. Default: false. */
  readonly adjusted?: boolean;
}

/**
 * The mean of the recall of each class that has rows, from 0 to 1.
 *
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#balanced-accuracy-score
 *
 * @throws ShapeError, TypeError or RangeError as `confusionMatrix` does
 * @throws TypeError when adjusted is no boolean
 * @throws RangeError when adjusted is true and only one class has rows
 */
export function balancedAccuracy(scores: TensorLike, truth: TensorLike, options: BalancedAccuracyOptions = {}): number {
  const filled = withDefaults("balancedAccuracy", options, { ...CLASS_DEFAULTS, adjusted: false });
  requireSwitch("balancedAccuracy", "adjusted", filled.adjusted);
  const { right, actual } = classCounts("balancedAccuracy", scores, truth, filled);
  const recalls = Array.from(right, (own, i) => own / (actual[i] ?? 0)).filter((_, i) => actual[i] !== 0);
  const mean = sum(recalls) / recalls.length;
  if (!filled.adjusted) return mean;
  if (recalls.length === 1) {
    throw new RangeError("balancedAccuracy: adjusted must be false for targets of one class; got true");
  }
  const chance = 1 / recalls.length;
  return (mean - chance) / (1 - chance);
}
