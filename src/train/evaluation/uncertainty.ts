import { Tensor } from "../../base/tensor.ts";
import { type RejectionCurve, rejectionOf } from "../../metrics/rejection.ts";
import { rocAuc } from "../../metrics/roc.ts";

const REFERRED = [0.1, 0.2]; // shares of samples

/** What is gained when the least certain samples are handed to a person. */
export interface Referral {
  /** Share of samples that are handed over. */
  readonly share: number;
  /** The model's accuracy, or mean absolute error, on the samples that it keeps. */
  readonly kept: number;
  /** Share of the model's wrong decisions, or of the sum of its errors, that is handed over; 0 if there are none. */
  readonly caught: number;
}

/** How far a measure of uncertainty tells right from wrong predictions. */
export interface Certainty {
  /** Share of wrong decisions, or mean absolute error, among the most certain samples, by their share; with the area under it. */
  readonly curve: RejectionCurve;
  /**
   * The area under the ROC curve of the uncertainty as a detector of wrong decisions: 0.5 by chance, 1 at best. Undefined if
   * all decisions are right or all are wrong, and for losses that do not classify.
   */
  readonly errorDetection: number | undefined;
  /** What is gained when a person decides on 10 % and on 20 % of the samples. */
  readonly referred: readonly Referral[];
}

/** The uncertainty of a model on a data set, from predictions with random masks. */
export interface UncertaintyEvaluation {
  /** Predictions of each sample. */
  readonly predictions: number;
  /** Accuracy of the mean prediction, before any sample is handed over; undefined for losses that do not classify. */
  readonly accuracy: number | undefined;
  /** Mean absolute error of the mean prediction; undefined for losses that classify. */
  readonly error: number | undefined;
  /** By the entropy of the mean probabilities; undefined for losses that do not classify. */
  readonly entropy: Certainty | undefined;
  /** By the mutual information of prediction and mask; undefined for losses that do not classify. */
  readonly mutualInformation: Certainty | undefined;
  /** By the standard deviation of the predictions; undefined for losses that classify. */
  readonly deviation: Certainty | undefined;
}

/**
 * Rates a measure of uncertainty.
 * @param losses 1 for wrong and 0 for right decisions, or absolute errors
 * @throws RangeError when a number is not finite
 */
export function certaintyOf(
  where: string,
  losses: readonly number[],
  uncertainty: readonly number[],
  weights: readonly number[],
  classifies: boolean,
): Certainty {
  const curve = rejectionOf(where, losses, uncertainty, weights);
  const risk = curve.at(1);
  const referred = REFERRED.map((share) => {
    const kept = curve.at(1 - share);
    return { share, kept: classifies ? 1 - kept : kept, caught: risk > 0 ? 1 - ((1 - share) * kept) / risk : 0 };
  });
  const isMixed = risk > 0 && risk < 1;
  const errorDetection = classifies && isMixed ? detectionOf(losses, uncertainty, weights) : undefined;
  return { curve, errorDetection, referred };
}

function detectionOf(losses: readonly number[], uncertainty: readonly number[], weights: readonly number[]): number {
  const rows = [losses.length];
  return rocAuc(
    new Tensor(rows, "float32", Float32Array.from(uncertainty)),
    new Tensor(rows, "int32", Int32Array.from(losses)),
    { sampleWeight: new Tensor(rows, "float32", Float32Array.from(weights)) },
  );
}
