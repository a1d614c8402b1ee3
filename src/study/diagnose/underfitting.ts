import { square } from "../../base/power.ts";
import { lastLevel, levelAt, mean, noiseOf, spanOf } from "./curve.ts";
import { type Underfitting, digits } from "./finding.ts";

/** The highest gap between validation and training loss, as a share of the loss of a constant prediction. */
const MOST_GAP = 0.1;

/** The share of the loss of a constant prediction from which nothing was learned. */
const NOTHING_LEARNED = 0.9;

/** Standard errors by which neighbours must be better: by chance in one of 700 trainings. */
const LEAST_Z = 3;

/** The least difference of errors as a share of the error of a constant prediction. */
const LEAST_DIFFERENCE = 0.05;

/** What is known besides the losses. */
export interface Reachable {
  /** Loss of the best constant prediction. */
  readonly baseline?: number | undefined;
  /** Errors of the model on training samples, and of predictions from other samples on the same ones. */
  readonly errors?: { readonly own: Float64Array; readonly neighbours: Float64Array } | undefined;
  /** Mean error of the best constant prediction. */
  readonly constantError?: number | undefined;
  readonly epochs: number;
}

/**
 * Underfitting: training and validation loss are close, within 10 % of the loss of the best constant prediction, and better is
 * within reach. The model has more errors on its training samples than predictions from the 5 nearest other ones, by more than
 * 3 standard errors and 5 % of the error of a constant prediction. If that cannot be computed, the training loss must be above
 * 90 % of that of a constant prediction: McFadden's R² is below 0.1, where he calls 0.2 to 0.4 an excellent fit.
 *
 * Source: Cover and Hart 1967, https://doi.org/10.1109/TIT.1967.1053964; McFadden 1979, "Quantitative methods for analysing
 * travel behaviour", p. 307
 *
 * @param training loss of each epoch, @param validation that on validation data; may be empty
 */
export function underfitting(
  training: readonly number[],
  validation: readonly number[],
  { baseline, errors, constantError, epochs }: Reachable,
): Underfitting | undefined {
  const span = spanOf(training.length);
  const last = lastLevel(training, span);
  const ofValidation = validation.length > 0 ? lastLevel(validation, span) : undefined;
  const isClose = ofValidation === undefined || !(ofValidation - last > MOST_GAP * (baseline ?? last));
  const compared = errors && constantError !== undefined && compare(errors);
  const isBehind = compared
    ? compared.z > LEAST_Z && compared.own - compared.neighbours >= LEAST_DIFFERENCE * (constantError ?? 0)
    : baseline !== undefined && last >= NOTHING_LEARNED * baseline;
  if (!isClose || !isBehind) return undefined;
  const isFalling = falls(training, span);
  const learned = baseline === undefined ? "" : ` (a constant prediction has ${digits(baseline)})`;
  const against = compared
    ? ` Its error on training samples is ${digits(compared.own)}; predictions from the nearest other samples have ${digits(compared.neighbours)}.`
    : "";
  return {
    kind: "underfitting",
    confidence: compared ? "high" : "low",
    evidence: {
      training: last,
      validation: ofValidation,
      baseline,
      error: compared ? compared.own : undefined,
      neighboursError: compared ? compared.neighbours : undefined,
      z: compared ? compared.z : undefined,
      isFalling,
    },
    sentence: `The training loss is ${digits(last)}${ofValidation === undefined ? "" : ` and the validation loss ${digits(ofValidation)}`}${learned}.${against}`,
    suggestion: isFalling
      ? `Train longer, for ${2 * epochs} epochs: the training loss still fell.`
      : "Use a larger model: more units or layers. The training loss no longer falls.",
    change: isFalling ? { epochs: 2 * epochs } : undefined,
  };
}

/** Mean errors, and by how many standard errors they differ. */
function compare({ own, neighbours }: NonNullable<Reachable["errors"]>): {
  readonly own: number;
  readonly neighbours: number;
  readonly z: number;
} {
  const differences = own.map((each, i) => each - (neighbours[i] ?? NaN));
  const middle = mean(differences);
  const deviation = Math.sqrt(mean(differences.map((each) => square(each - middle))));
  const z = deviation === 0 ? (middle > 0 ? Infinity : 0) : (middle / deviation) * Math.sqrt(own.length);
  return { own: mean(own), neighbours: mean(neighbours), z };
}

/** Whether a loss fell in the last quarter of its epochs, by more than 3 standard errors of its noise and 1 %. */
function falls(training: readonly number[], span: number): boolean {
  const start = Math.floor(training.length * 0.75);
  if (training.length < 2 * span) return (training[0] ?? NaN) > (training.at(-1) ?? NaN);
  const fall = levelAt(training, Math.min(start, training.length - span), span) - lastLevel(training, span);
  const noise = noiseOf(training.slice(-3 * span));
  return fall > 0.01 * Math.abs(lastLevel(training, span)) && !(fall <= LEAST_Z * noise * Math.sqrt(2 / span));
}
