import type { AnyDataset } from "../../data/dataset.ts";
import { nextStream } from "../../runtime/random.ts";
import { nextTurn } from "../../runtime/turn.ts";
import type { Trainer } from "../../train/trainer.ts";
import { preserved, setMode } from "../preserved.ts";
import { endlessBatches, rateOf, rateRange, setRate, stepOn } from "../rate-range.ts";
import { estimate } from "../estimate.ts";
import { mean } from "./curve.ts";
import { type RateTooHigh, type RateTooLow, digits } from "./finding.ts";

/** The least factor between the present rate and the suggested one: learning rates are searched by powers of 10. */
const LEAST_FACTOR = 10;

/** The least difference in loss, as a share of the loss of a constant prediction. */
const LEAST_DIFFERENCE = 0.1;

const TRIALS = 5;
const STEPS = 50;
const LEVEL = 0.99;

/** What a rate is judged on. */
export interface RateSubject {
  readonly trainer: Trainer;
  readonly training: AnyDataset;
  /** Samples on which the loss is compared. */
  readonly sample: AnyDataset;
  readonly batchSize: number;
  /** Loss of the best constant prediction. Default: the loss at the start. */
  readonly baseline: number | undefined;
}

/**
 * A rate that is too high or too low: a range test from the present weights suggests another by a factor of at least 10, and in
 * 5 trials of 50 steps, each with the same batches at both rates, the suggested one ends with a loss that is lower by more than
 * 10 % of the loss of the best constant prediction, with an interval of 99 % above 0. Losses above that of the constant prediction count as equal to it. All is put back.
 *
 * A training that is at its end has no such rate: the loss falls at none. It is too high if in the trials the
 * loss at the present rate falls by less than half of its fall at the suggested lower one.
 *
 * Source: Smith 2015, https://arxiv.org/abs/1506.01186, section 3.3; Bengio 2012, https://arxiv.org/abs/1206.5533, section 3.3,
 * for the search by powers of 10
 */
export async function wrongRate(subject: RateSubject): Promise<RateTooHigh | RateTooLow | undefined> {
  const { trainer, training, sample, batchSize } = subject;
  const rate = rateOf(trainer.options.optimizer);
  const start = trainer.evaluate(sample).loss;
  const { suggestion: suggested } = await rateRange(trainer, training, { batchSize });
  if (suggested === undefined || !(rate > 0)) return undefined;
  const factor = suggested > rate ? suggested / rate : rate / suggested;
  if (factor < LEAST_FACTOR) return undefined;
  const own = await trialLosses(subject, rate);
  const other = await trialLosses(subject, suggested);
  if (!other.every(Number.isFinite)) return undefined;
  const scale = Math.abs(subject.baseline ?? start);
  // Losses above that of a constant prediction have no mean that five trials could tell.
  const bounded = own.map((loss) => Math.min(loss, scale));
  const difference = estimate(
    bounded.map((loss, i) => loss - (other[i] ?? NaN)),
    LEVEL,
  );
  if (!(difference.mean >= LEAST_DIFFERENCE * scale && difference.low > 0)) return undefined;
  const [loss, suggestedLoss] = [mean(own), mean(other)];
  const evidence = { rate, suggested, loss, suggestedLoss, difference };
  const sentence = `After ${STEPS} steps from the same weights the training loss is ${digits(loss)} at the rate ${digits(rate)} and ${digits(suggestedLoss)} at ${digits(suggested)}.`;
  const change = { lr: Number(suggested.toPrecision(2)) };
  const isTooHigh = suggested < rate;
  const from = Math.min(start, scale);
  if (isTooHigh && from - mean(bounded) > (from - suggestedLoss) / 2) return undefined;
  return {
    kind: isTooHigh ? "rate too high" : "rate too low",
    confidence: "high",
    evidence,
    sentence,
    suggestion: `${isTooHigh ? "Lower" : "Raise"} the learning rate from ${digits(rate)} to about ${change.lr}.`,
    change,
  };
}

/** The same for a rate that is too high from initial weights on, as those of a trainer that has not trained. */
export async function tooHighFromStart(subject: RateSubject): Promise<RateTooHigh | undefined> {
  const found = await wrongRate(subject);
  return found?.kind === "rate too high" ? found : undefined;
}

/** The loss on the sample after some steps at a rate, for each trial. Equal trials of two rates have equal batches. */
async function trialLosses({ trainer, training, sample, batchSize }: RateSubject, rate: number): Promise<number[]> {
  const losses: number[] = [];
  // Taken before the state that `preserved` restores, so that trials differ and rates do not.
  const streams = await preserved(trainer, async () => Array.from({ length: TRIALS }, () => nextStream()));
  for (const stream of streams) {
    const loss = await preserved(trainer, async () => {
      setMode(trainer, true);
      setRate(trainer.options.optimizer, rate);
      const batches = endlessBatches(training, batchSize, stream);
      for (let step = 0; step < STEPS; step++) if (!Number.isFinite(stepOn(trainer, batches.next().value))) return NaN;
      return trainer.evaluate(sample).loss;
    });
    losses.push(Number.isFinite(loss) ? loss : Infinity);
    await nextTurn();
  }
  return losses;
}
