import { lastLevel, levelAt, lowestOf, noiseOf, spanOf } from "./curve.ts";
import { type Diverging, digits } from "./finding.ts";

/** Standard errors of the noise that the rise must exceed. */
const LEAST_Z = 3;

/**
 * Divergence: a training loss that is NaN or infinite, or ends above that of the first epoch after it was lower, by more than
 * 3 standard errors of its noise: all that was learned is lost.
 *
 * @param training loss of each epoch, @param rate learning rate
 */
export function diverging(training: readonly number[], rate: number): Diverging | undefined {
  const [first = NaN] = training;
  const span = spanOf(training.length);
  const isFinite = training.every(Number.isFinite);
  const lowest = isFinite ? levelAt(training, lowestOf(training), span) : Math.min(...training.filter(Number.isFinite));
  const last = isFinite ? lastLevel(training, span) : (training.find((loss) => !Number.isFinite(loss)) ?? NaN);
  const noise = noiseOf(training.slice(-3 * span));
  const isLost = last > first && last - lowest > LEAST_Z * noise * Math.sqrt(2 / span);
  if (training.length === 0 || (isFinite && (training.length < 2 * span || !isLost))) return undefined;
  const lr = rate / 10;
  return {
    kind: "diverging",
    confidence: "high",
    evidence: { first, lowest, last },
    sentence: `The training loss was ${digits(first)} in the first epoch, fell to ${digits(lowest)} and ended at ${digits(last)}.`,
    suggestion: `Lower the learning rate from ${digits(rate)} to ${digits(lr)}.`,
    change: { lr },
  };
}
