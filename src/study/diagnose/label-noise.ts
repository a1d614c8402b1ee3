import { type LabelNoise, digits } from "./finding.ts";
import { highest } from "./task.ts";

/** Label errors of ten public test sets, on average: Northcutt, Athalye and Mueller 2021. */
const USUAL = 0.033;

/** Quantile of the normal distribution at 99 %. */
const Z = 2.326;

/** The highest probability of the given label of a candidate. */
const MOST_PROBABILITY = 0.1;

/** The least share of wrong predictions that are confident. */
const LEAST_CONFIDENT = 0.5;

/** What the probabilities come from. */
export interface NoiseSubject {
  /** Probability of each class for each sample. */
  readonly probabilities: readonly Float64Array[];
  readonly labels: ArrayLike<number>;
  /** Index of each sample in the data set. */
  readonly rows: ArrayLike<number>;
  readonly isOutOfSample: boolean;
}

/**
 * Candidates for wrong labels, by confident learning: samples whose most probable class among those with a probability of at
 * least their threshold is not the given one, which has a probability of at most 10 %. The threshold of a class is the mean of
 * its probability over the samples with this label.
 *
 * They are a finding if there are more than 3.3 % of the samples, with a significance of 1 %, and at least half of all wrong
 * predictions are among them: where classes overlap, most wrong predictions are not that confident. For right probabilities
 * that are uniform between 0 and 1, 4 % of the wrong predictions are. The mean of -log p of the labels must be less than for a
 * constant prediction, or the probabilities say nothing.
 *
 * Source: Northcutt, Jiang and Chuang 2021, https://arxiv.org/abs/1911.00068; of the 3.3 %, Northcutt, Athalye and Mueller
 * 2021, https://arxiv.org/abs/2103.14749
 */
export function labelNoise({ probabilities, labels, rows, isOutOfSample }: NoiseSubject): LabelNoise | undefined {
  const samples = probabilities.length;
  const thresholds = thresholdsOf(probabilities, labels);
  const wrong = probabilities.filter((own, i) => highest(own) !== labels[i]).length;
  const candidates = probabilities
    .flatMap((own, i) => {
      const label = labels[i] ?? 0;
      const confident = own.map((p, k) => (p >= (thresholds[k] ?? Infinity) ? p : 0));
      const best = highest(confident);
      const isCandidate = (confident[best] ?? 0) > 0 && best !== label && (own[label] ?? 0) <= MOST_PROBABILITY;
      return isCandidate ? [{ row: rows[i] ?? i, p: own[label] ?? 0 }] : [];
    })
    .toSorted((a, b) => a.p - b.p);
  const most = USUAL * samples + Z * Math.sqrt(USUAL * (1 - USUAL) * samples);
  const confidentShare = candidates.length / wrong;
  if (candidates.length <= most || confidentShare < LEAST_CONFIDENT) return undefined;
  if (!(logLoss(probabilities, labels) < entropyOf(labels))) return undefined;
  const models = isOutOfSample ? "models trained without them" : "the trained model, which has seen them,";
  return {
    kind: "label noise",
    confidence: isOutOfSample ? "high" : "low",
    samples: Int32Array.from(candidates, ({ row }) => row),
    evidence: { candidates: candidates.length, samples, confidentShare, isOutOfSample },
    sentence: `For ${candidates.length} of ${samples} training samples, ${models} confidently predict another class than the label; these are ${digits(100 * confidentShare)} % of all wrong predictions.`,
    suggestion: "Look at the labels of these samples, the first ones first, and correct or leave out the wrong ones.",
  };
}

/** The mean probability of each class over samples with this label; infinite for classes without samples. */
function thresholdsOf(probabilities: readonly Float64Array[], labels: ArrayLike<number>): Float64Array {
  const classes = probabilities[0]?.length ?? 0;
  const [sums, counts] = [new Float64Array(classes), new Float64Array(classes)];
  probabilities.forEach((own, i) => {
    const label = labels[i] ?? 0;
    sums[label] = (sums[label] ?? 0) + (own[label] ?? 0);
    counts[label] = (counts[label] ?? 0) + 1;
  });
  return sums.map((sum, k) => ((counts[k] ?? 0) > 0 ? sum / (counts[k] ?? 1) : Infinity));
}

/** The mean of -log p of the labels. */
function logLoss(probabilities: readonly Float64Array[], labels: ArrayLike<number>): number {
  return probabilities.reduce((sum, own, i) => sum - Math.log(own[labels[i] ?? 0] ?? 0), 0) / probabilities.length;
}

/** The same for the frequencies of the labels as probabilities. */
function entropyOf(labels: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (const label of Array.from(labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / labels.length) * Math.log(count / labels.length),
    0,
  );
}
