import type { Tensor } from "../../base/tensor.ts";
import { errorOf, reliabilityDiagram } from "../../metrics/calibration.ts";
import { confusionMatrix } from "../../metrics/confusion.ts";
import { averagePrecisionOf, precisionRecallOf } from "../../metrics/precision-recall.ts";
import { rank } from "../../metrics/ranking.ts";
import { rocAreaOf, rocOf } from "../../metrics/roc.ts";
import { logOdds } from "../../metrics/scores.ts";
import type { ClassOutcome } from "./outcome.ts";
import { curveRecord } from "./curve.ts";
import type { ClassesRecord, CurveRecord } from "./record.ts";

/** Classes that have curves, at most. */
const MOST_CURVES = 20;

/** Bins of the reliability diagram. */
const BINS = 15;

/** How a model tells classes apart. Notes what is left out. */
export function classesRecord(outcome: ClassOutcome, notes: string[]): ClassesRecord {
  const { predictions, targets, weights, decision, areLogits, names } = outcome;
  const sampleWeight = weights && { sampleWeight: weights };
  const { counts, precision, recall, f1, support } = confusionMatrix(predictions, targets, {
    names,
    ...(decision === "highest" ? {} : { threshold: decision.above, classes: 2 }),
    ...sampleWeight,
  });
  const bins = reliabilityDiagram(predictions, targets, { fromLogits: areLogits, bins: BINS });
  if (weights)
    notes.push("Counts and curves are of weighted samples; the reliability diagram counts each sample once.");
  return {
    names,
    confusion: counts,
    scores: names.map((_, i) => ({
      precision: precision[i] ?? 0,
      recall: recall[i] ?? 0,
      f1: f1[i] ?? 0,
      count: support[i] ?? 0,
    })),
    ...curves(outcome, notes),
    reliability: {
      error: errorOf(bins),
      bins: bins.map(({ confidence, accuracy, count }) => ({ confidence, accuracy, count })),
    },
  };
}

function curves(outcome: ClassOutcome, notes: string[]): Pick<ClassesRecord, "roc" | "precisionRecall"> {
  const { names, targets, weights } = outcome;
  if (names.length > MOST_CURVES) {
    notes.push(`Curves are left out: they are of at most ${MOST_CURVES} classes, and there are ${names.length}.`);
    return { roc: [], precisionRecall: [] };
  }
  const scores = scoresOf(outcome);
  const [roc, precisionRecall]: [CurveRecord[], CurveRecord[]] = [[], []];
  for (const positive of names.length === 2 ? [1] : names.keys()) {
    const name = names[positive] ?? "";
    const isOwn = Int32Array.from(targets.data, (label) => Number(label === positive));
    if (!hasBoth(isOwn, weights)) {
      notes.push(`Curves of class ${JSON.stringify(name)} are left out: not both it and others have samples.`);
      continue;
    }
    const rows = scores.map((row) => (row.length === 1 ? row : row.subarray(positive, positive + 1)));
    const ranking = rank({ rows, numbers: [], actual: isOwn, weights: weights?.data, columns: 1 }, 1);
    const { falsePositiveRate, truePositiveRate } = rocOf(ranking);
    roc.push(curveRecord(name, falsePositiveRate, truePositiveRate, rocAreaOf(ranking)));
    const { precision, recall } = precisionRecallOf(ranking);
    // From the highest threshold to the lowest.
    const [x, y] = [recall.toReversed(), precision.toReversed()];
    precisionRecall.push(curveRecord(name, x, y, averagePrecisionOf(ranking)));
  }
  return { roc, precisionRecall };
}

/** Whether rows of both kinds have a weight above 0. */
function hasBoth(isOwn: Int32Array, weights: Tensor | undefined): boolean {
  const counts = (own: number): boolean => isOwn.some((each, row) => each === own && weights?.data[row] !== 0);
  return counts(0) && counts(1);
}

/** Scores of the classes of each row, larger where a class is more probable: log-odds, of which fewer are ties, or probabilities. */
function scoresOf({ predictions, areLogits }: ClassOutcome): readonly Float64Array[] {
  const [rows = 0, width = 1] = predictions.shape;
  return Array.from({ length: rows }, (_, row) => {
    const own = Float64Array.from(predictions.data.subarray(row * width, (row + 1) * width));
    return areLogits ? logOdds(own) : own;
  });
}
