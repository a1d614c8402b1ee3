import { Tensor } from "../../base/tensor.ts";
import * as metrics from "../../metrics/index.ts";
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
  const { counts, precision, recall, f1, support } = metrics.confusionMatrix(predictions, targets, {
    names,
    ...(decision === "highest" ? {} : { threshold: decision.above, classes: 2 }),
    ...sampleWeight,
  });
  const options = { fromLogits: areLogits, bins: BINS };
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
      error: metrics.expectedCalibrationError(predictions, targets, options),
      bins: metrics
        .reliabilityDiagram(predictions, targets, options)
        .map(({ confidence, accuracy, count }) => ({ confidence, accuracy, count })),
    },
  };
}

function curves(outcome: ClassOutcome, notes: string[]): Pick<ClassesRecord, "roc" | "precisionRecall"> {
  const { names, targets, weights } = outcome;
  if (names.length > MOST_CURVES) {
    notes.push(`Curves are left out: they are of at most ${MOST_CURVES} classes, and there are ${names.length}.`);
    return { roc: [], precisionRecall: [] };
  }
  const [roc, precisionRecall]: [CurveRecord[], CurveRecord[]] = [[], []];
  for (const positive of names.length === 2 ? [1] : names.keys()) {
    const name = names[positive] ?? "";
    const isOwn = Int32Array.from(targets.data, (label) => Number(label === positive));
    if (!hasBoth(isOwn, weights)) {
      notes.push(`Curves of class ${JSON.stringify(name)} are left out: not both it and others have samples.`);
      continue;
    }
    const scores = scoresOf(outcome, positive);
    const truth = new Tensor([isOwn.length], "int32", isOwn);
    const options = weights && { sampleWeight: weights };
    const { falsePositiveRate, truePositiveRate } = metrics.rocCurve(scores, truth, options);
    roc.push(curveRecord(name, falsePositiveRate, truePositiveRate, metrics.rocAuc(scores, truth, options)));
    const { precision, recall } = metrics.precisionRecallCurve(scores, truth, options);
    // From the highest threshold to the lowest.
    const area = metrics.averagePrecision(scores, truth, options);
    precisionRecall.push(curveRecord(name, recall.toReversed(), precision.toReversed(), area));
  }
  return { roc, precisionRecall };
}

/** Whether rows of both kinds have a weight above 0. */
function hasBoth(isOwn: Int32Array, weights: Tensor | undefined): boolean {
  const counts = (own: number): boolean => isOwn.some((each, row) => each === own && weights?.data[row] !== 0);
  return counts(0) && counts(1);
}

/** Scores of one class, larger where it is more probable, as ranks: float32 would make ties of log-odds that differ. */
function scoresOf({ predictions, areLogits }: ClassOutcome, positive: number): Tensor<"float32"> {
  const [rows = 0, width = 1] = predictions.shape;
  const column = width === 1 ? 0 : positive;
  const scores = Float64Array.from({ length: rows }, (_, row) => {
    const own = Float64Array.from(predictions.data.subarray(row * width, (row + 1) * width));
    return (areLogits ? logOdds(own) : own)[column] ?? NaN;
  });
  return new Tensor([rows], "float32", ranksOf(scores));
}

/** The rank of each number, from 0; equal numbers have the same. */
function ranksOf(values: Float64Array): Float32Array {
  const sorted = values.toSorted();
  const ranks = new Map<number, number>();
  for (const value of sorted) if (!ranks.has(value)) ranks.set(value, ranks.size);
  return Float32Array.from(values, (value) => ranks.get(value) ?? NaN);
}
