import { requireWhole, ShapeError } from "../base/errors.ts";
import type { Defaults } from "../base/options.ts";
import type { Tensor, TensorLike } from "../base/tensor.ts";
import { greatest, type Labels, labelsOf, requireLabels } from "./labels.ts";
import { type Threshold, THRESHOLD_DEFAULTS, type ThresholdOptions } from "./labels.ts";
import { asRows } from "./rows.ts";
import { sum } from "./sums.ts";

/** Most classes with one count each: 8 MiB for an array of counts. */
const MOST_CLASSES = 2 ** 20;

export interface ClassOptions extends ThresholdOptions {
  /** Count of classes. Default: that of scores, else 1 + the largest label. */
  readonly classes?: number;
}

export const CLASS_DEFAULTS = {
  ...THRESHOLD_DEFAULTS,
  classes: undefined,
} as const satisfies Defaults<ClassOptions>;

/** Counts of rows for each class: sums of weights. */
export interface ClassCounts {
  /** Rows of the class that are predicted as it. */
  readonly right: Float64Array;
  /** Rows predicted as the class. */
  readonly predicted: Float64Array;
  /** Rows of the class. */
  readonly actual: Float64Array;
  readonly total: number;
}

/**
 * The count of classes, which all labels are below.
 * @param counts the option, and the count without it where predictions are labels
 * @param most limit of it
 * @param why what the error says of the limit
 */
export function countOfClasses(
  where: string,
  predictions: Tensor,
  { predicted, actual, classes: scored }: Labels,
  counts: { readonly classes: number | undefined; readonly fallback?: number | undefined },
  most: number,
  why: string,
): number {
  if (counts.classes !== undefined) requireWhole(where, "classes", counts.classes, 1);
  const largest = Math.max(greatest(predicted), greatest(actual));
  const classes = counts.classes ?? scored ?? counts.fallback ?? 1 + largest;
  if (scored !== undefined && classes !== scored) {
    throw new ShapeError(`${where}: classes must be ${scored} for predictions ${predictions}; got ${classes}`);
  }
  if (classes > most) {
    throw new RangeError(
      `${where}: classes must be ${why}; got ${classes}` +
        (classes === 1 + largest ? `, by the label ${largest} (number the classes from 0 on)` : ""),
    );
  }
  requireLabels(where, "targets", actual, classes);
  requireLabels(where, "predictions", predicted, classes);
  return classes;
}

/** Counts of rows for each class, from predictions and targets as for `confusionMatrix`. */
export function classCounts(
  where: string,
  scores: TensorLike,
  truth: TensorLike,
  options: Threshold & { readonly classes: number | undefined },
): ClassCounts {
  const { predictions, targets } = asRows(where, scores, truth);
  const labels = labelsOf(where, predictions, targets, options);
  const why = `at most ${MOST_CLASSES}, for there are counts for each of them`;
  const classes = countOfClasses(where, predictions, labels, { classes: options.classes }, MOST_CLASSES, why);
  const right = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const actual = new Float64Array(classes);
  for (let row = 0; row < labels.actual.length; row++) {
    const weight = labels.weights ? (labels.weights[row] ?? 0) : 1;
    const [target, prediction] = [labels.actual[row] ?? 0, labels.predicted[row] ?? 0];
    actual[target] = (actual[target] ?? 0) + weight;
    predicted[prediction] = (predicted[prediction] ?? 0) + weight;
    if (target === prediction) right[target] = (right[target] ?? 0) + weight;
  }
  return { right, predicted, actual, total: sum(actual) };
}
