import { requireKnown } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { labelsOf, type ThresholdOptions } from "./labels.ts";

/**
 * The share of rows whose class is predicted rightly, from 0 to 1.
 *
 * Shape: one of
 * - predictions float32 [rows, classes], scores of which the largest wins (the first of equals); targets int32 [rows]
 * - predictions int32 [rows], labels; targets int32 [rows]
 * - predictions float32 [rows] or [rows, 1], probabilities of class 1; targets float32 [rows] or [rows, 1], 0 or 1
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when the dtypes do not go together, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a prediction is NaN or the threshold is not finite
 */
export function accuracy(predictions: Tensor, targets: Tensor, options: ThresholdOptions = {}): number {
  requireKnown("accuracy", options, ["threshold"]);
  const { predicted, actual } = labelsOf("accuracy", predictions, targets, options);
  let right = 0;
  for (let row = 0; row < actual.length; row++) if (predicted[row] === actual[row]) right++;
  return right / actual.length;
}
