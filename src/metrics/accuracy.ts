import { requireKnown, requireWithin } from "../base/errors.ts";
import { type Tensor, sameShape } from "../base/tensor.ts";
import { asRows, labelsOf, type ThresholdOptions } from "./labels.ts";

/**
 * The share of rows whose class is predicted rightly, from 0 to 1: what a trainer's `evaluate` gives for
 * `model.predict(x)`, with `threshold: 0` where the model gives logits.
 *
 * Shape: predictions are one of
 * - float32 [rows, classes], scores of which the largest wins (the first of equals)
 * - float32 [rows] or [rows, 1], probabilities of class 1: above the threshold it is 1, else 0
 * - int32 [rows] or [rows, 1], labels
 *
 * and targets the true classes, [rows] or [rows, 1], int32 or whole numbers of float32. Or each row has several decisions,
 * all of which must be right: predictions and targets float32 [rows, decisions], the targets 0 or 1.
 *
 * @throws ShapeError when the shapes are none of these
 * @throws TypeError when predictions or targets are no tensor, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a prediction is NaN or the threshold is not finite
 */
export function accuracy(scores: Tensor, truth: Tensor, options: ThresholdOptions = {}): number {
  requireKnown("accuracy", options, ["threshold", "ignoreIndex"]);
  const { predictions, targets } = asRows("accuracy", scores, truth);
  if (isSeveral(predictions, targets)) return accuracyOfSeveral(predictions, targets, options);
  const { predicted, actual } = labelsOf("accuracy", predictions, targets, options);
  let right = 0;
  for (let row = 0; row < actual.length; row++) if (predicted[row] === actual[row]) right++;
  return right / actual.length;
}

/** Whether each row has several decisions. */
function isSeveral(predictions: Tensor, targets: Tensor): boolean {
  const [, width = 1] = targets.shape;
  const areFloats = targets.dtype === "float32" && predictions.dtype === "float32";
  return areFloats && targets.shape.length === 2 && width > 1 && sameShape(predictions.shape, targets.shape);
}

/** The share of rows all of whose decisions are right. */
function accuracyOfSeveral(predictions: Tensor, targets: Tensor, options: ThresholdOptions): number {
  const { threshold = 0.5, ignoreIndex } = options;
  requireWithin("accuracy", "threshold", threshold, -Infinity, Infinity);
  if (ignoreIndex !== undefined) {
    throw new TypeError(`accuracy: ignoreIndex is for one target a row; got it for targets ${targets}`);
  }
  const [rows = 0, width = 0] = targets.shape;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    let isRight = true;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const target = targets.data[i] ?? NaN;
      if (target !== 0 && target !== 1) {
        throw new RangeError(
          `accuracy: targets of several decisions a row must be 0 or 1; got ${target} in row ${row}`,
        );
      }
      isRight &&= (predictions.data[i] ?? NaN) > threshold === (target === 1);
    }
    if (isRight) right++;
  }
  return right / rows;
}
