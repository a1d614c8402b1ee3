import { lastLevel, levelAt, lowestOf, noiseOf, spanOf } from "./curve.ts";
import { type Overfitting, digits } from "./finding.ts";

/** Rise of the validation loss over its lowest, as a share: GL 5 % of Prechelt. */
const LEAST_RISE = 0.05;

/** The least rise as a share of what the training had gained by its lowest loss. */
const LEAST_LOST = 0.05;

/** Standard errors of the noise that the rise must exceed: by chance in one of 700 trainings. */
const LEAST_Z = 3;

/**
 * Overfitting from an epoch on: the validation loss rises after its lowest, by more than 5 %, more than 5 % of what it had
 * fallen since the first epoch, and more than 3 standard errors of its noise, while the training loss falls. Levels are means
 * over a tenth of the epochs, at least 3; noise is that around the trend (see `noiseOf`).
 *
 * Source: Prechelt 1998, "Early stopping - but when?", generalization loss GL, https://doi.org/10.1007/3-540-49430-8_3
 *
 * @param training loss of each epoch, @param validation that on validation data
 */
export function overfitting(training: readonly number[], validation: readonly number[]): Overfitting | undefined {
  const count = validation.length;
  const span = spanOf(count);
  const best = lowestOf(validation);
  // The levels must not share epochs.
  if (count < 3 * span || best + span >= count - span) return undefined;
  const lowest = levelAt(validation, best, span);
  const last = lastLevel(validation, span);
  const rise = last - lowest;
  const noise = noiseOf(validation.slice(Math.max(0, best - span)));
  const trainingThen = levelAt(training, best, span);
  const trainingLast = lastLevel(training, span);
  const learned = (validation[0] ?? NaN) - lowest;
  const isRise =
    rise >= LEAST_RISE * Math.abs(lowest) &&
    rise >= LEAST_LOST * learned &&
    rise > LEAST_Z * noise * Math.sqrt(2 / span);
  if (!isRise || !(trainingLast < trainingThen)) return undefined;
  const epoch = best + 1;
  return {
    kind: "overfitting",
    confidence: "high",
    evidence: { epoch, lowest, last, noise, trainingThen, trainingLast },
    sentence: `From epoch ${epoch} on the validation loss rose from ${digits(lowest)} to ${digits(last)} (noise ${digits(noise)}), while the training loss fell from ${digits(trainingThen)} to ${digits(trainingLast)}.`,
    suggestion: `Stop at the lowest validation loss, about epoch ${epoch}; then try dropout or weight decay to get below it.`,
    change: { epochs: epoch },
  };
}
