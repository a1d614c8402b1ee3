import { withDefaults } from "../base/options.ts";
import { type Tensor, type TensorLike, sameShape } from "../base/tensor.ts";
import { labelsOf, type Threshold, THRESHOLD_DEFAULTS, thresholdFor, type ThresholdOptions } from "./labels.ts";
import { asRows, requireSomeWeight, weightsOf } from "./rows.ts";
import { weightedShare } from "./sums.ts";

/**
 * The (weighted) share of rows whose predicted class is right, from 0 to 1: equals the accuracy of a trainer's `evaluate` for
 * `model.predict(x)`, with `threshold: 0` for logits of two classes.
 *
 * Shape: predictions are one of
 * - float32 [rows, classes], scores: the class of the largest is predicted, the first of equal ones
 * - float32 [rows] or [rows, 1], probabilities of class 1: class 1 is predicted above the threshold, else class 0
 * - int32 [rows] or [rows, 1], labels
 *
 * and targets are true classes, [rows] or [rows, 1], int32 or whole float32 numbers. With several decisions per row, all of
 * which must be right, predictions and targets are float32 [rows, decisions], and targets are 0 or 1.
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when predictions, targets or weights are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a prediction is NaN, the threshold is not finite, or missing
 * although a number per row or decision is not from 0 to 1, or weights are negative, not finite or all 0
 */
export function accuracy(scores: TensorLike, truth: TensorLike, options: ThresholdOptions = {}): number {
  const filled = withDefaults("accuracy", options, THRESHOLD_DEFAULTS);
  const { predictions, targets } = asRows("accuracy", scores, truth);
  if (hasSeveralDecisions(predictions, targets)) return accuracyOfRows(predictions, targets, filled);
  const { predicted, actual, weights } = labelsOf("accuracy", predictions, targets, filled);
  return weightedShare(actual.length, (row) => predicted[row] === actual[row], weights);
}

function hasSeveralDecisions(predictions: Tensor, targets: Tensor): boolean {
  const [, width = 1] = targets.shape;
  const areFloats = targets.dtype === "float32" && predictions.dtype === "float32";
  return areFloats && targets.shape.length === 2 && width > 1 && sameShape(predictions.shape, targets.shape);
}

/** The share of rows with only right decisions. */
function accuracyOfRows(predictions: Tensor, targets: Tensor, options: Threshold): number {
  const { ignoreIndex, sampleWeight } = options;
  const threshold = thresholdFor("accuracy", options.threshold, predictions.data);
  if (ignoreIndex !== undefined) {
    throw new TypeError(`accuracy: ignoreIndex must be for one target per row; got it for targets ${targets}`);
  }
  const [rows = 0, width = 0] = targets.shape;
  const weights = weightsOf("accuracy", sampleWeight, rows);
  if (weights) requireSomeWeight("accuracy", weights);
  const isRight = (row: number): boolean => {
    let right = true;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const target = targets.data[i] ?? NaN;
      if (target !== 0 && target !== 1) {
        throw new RangeError(
          `accuracy: targets of several decisions per row must be 0 or 1; got ${target} in row ${row}`,
        );
      }
      right &&= (predictions.data[i] ?? NaN) > threshold === (target === 1);
    }
    return right;
  };
  return weightedShare(rows, isRight, weights);
}
