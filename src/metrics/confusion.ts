import { requireKnown, requireWhole, ShapeError, shown } from "../base/errors.ts";
import { printTable } from "../base/print.ts";
import type { Tensor } from "../base/tensor.ts";
import { asRows, greatest, labelsOf, requireLabels, type ThresholdOptions } from "./labels.ts";

/** Classes at most: a count for each pair of them takes 128 MiB then. */
const MOST_CLASSES = 4096;

/** Precision, recall and F1 of one class, or of all. */
export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ConfusionOptions extends ThresholdOptions {
  /** How many classes there are, at most 4096. Default: as many as scores, names or labels tell. */
  readonly classes?: number;
  /** What the classes are called. Default: their numbers. */
  readonly names?: readonly string[];
}

/**
 * How often each class was taken for each other.
 *
 * A figure whose denominator is 0 is 0, as with `zero_division=0` in scikit-learn: so the precision of a class that was
 * never predicted, and the recall of one that never occurs.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html
 */
export class ConfusionMatrix {
  /** The share of all rows on the diagonal. */
  readonly accuracy: number;
  /** Of the rows predicted to be of a class, the share that are. */
  readonly precision: readonly number[];
  /** Of the rows of a class, the share predicted to be. */
  readonly recall: readonly number[];
  /** 2 · precision · recall / (precision + recall). */
  readonly f1: readonly number[];
  /** How many rows each class has. */
  readonly support: readonly number[];
  /**
   * `macro`: the mean over classes. `weighted`: the mean weighted by support. `micro`: from the counts of all classes
   * together, which with one label a row is the accuracy.
   */
  readonly averages: { readonly macro: Scores; readonly micro: Scores; readonly weighted: Scores };

  /**
   * @param counts how many rows there are of each true class (row) and predicted class (column)
   * @param names what the classes are called
   */
  constructor(
    readonly counts: readonly (readonly number[])[],
    readonly names: readonly string[],
  ) {
    const right = counts.map((row, i) => row[i] ?? 0);
    const predicted = counts.map((_, column) => sum(counts.map((row) => row[column] ?? 0)));
    this.support = counts.map(sum);
    this.precision = right.map((count, i) => ratio(count, predicted[i]));
    this.recall = right.map((count, i) => ratio(count, this.support[i]));
    this.f1 = right.map((count, i) => ratio(2 * count, (predicted[i] ?? 0) + (this.support[i] ?? 0)));
    this.accuracy = ratio(sum(right), sum(this.support));
    this.averages = {
      macro: this.#mean(counts.map(() => 1)),
      micro: { precision: this.accuracy, recall: this.accuracy, f1: this.accuracy },
      weighted: this.#mean(this.support),
    };
  }

  /** Two tables: the counts, then precision, recall, F1 and support of each class and averaged. */
  toString(): string {
    const { counts, names, support } = this;
    const print = (name: string, { precision, recall, f1 }: Scores, rows?: number): string[] => [
      name,
      ...[precision, recall, f1].map((share) => share.toFixed(4)),
      String(rows ?? sum(support)),
    ];
    const classes = names.map((name, i) => print(name, this.#scores(i), support[i]));
    const averages = Object.entries(this.averages).map(([name, scores]) => print(`${name} average`, scores));
    return [
      printTable(
        ["true \\ predicted", ...names],
        counts.map((row, i) => [names[i] ?? "", ...row.map(String)]),
      ),
      printTable(["class", "precision", "recall", "f1", "support"], [...classes, ...averages]),
      `accuracy ${this.accuracy.toFixed(4)}`,
    ].join("\n\n");
  }

  #scores(i: number): Scores {
    return { precision: this.precision[i] ?? 0, recall: this.recall[i] ?? 0, f1: this.f1[i] ?? 0 };
  }

  #mean(weights: readonly number[]): Scores {
    const mean = (values: readonly number[]): number =>
      ratio(sum(values.map((value, i) => value * (weights[i] ?? 0))), sum(weights));
    return { precision: mean(this.precision), recall: mean(this.recall), f1: mean(this.f1) };
  }
}

/**
 * Counts how often each class was taken for each other, with accuracy, precision, recall and F1.
 *
 * All classes count in the averages, also those without a row: they add 0 to `macro`. There is a count for each pair of
 * classes, so labels are numbers from 0 on, below 4096.
 *
 * Shape: predictions and targets in any of the forms that `accuracy` takes, but for several decisions a row.
 *
 * @throws ShapeError when the shapes are none of these, or classes, names and scores differ in number
 * @throws TypeError when predictions or targets are no tensor, names are no array of strings, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a prediction is NaN, classes is not a whole number
 * from 1 to 4096 or the threshold is not finite
 */
export function confusionMatrix(scores: Tensor, truth: Tensor, options: ConfusionOptions = {}): ConfusionMatrix {
  const where = "confusionMatrix";
  requireKnown(where, options, ["threshold", "ignoreIndex", "classes", "names"]);
  if (options.classes !== undefined) requireWhole(where, "classes", options.classes, 1);
  requireNames(where, options.names);
  const { predictions, targets } = asRows(where, scores, truth);
  const { predicted, actual, classes: told } = labelsOf(where, predictions, targets, options);
  const most = 1 + Math.max(greatest(predicted), greatest(actual));
  const classes = options.classes ?? told ?? options.names?.length ?? most;
  if (told !== undefined && classes !== told) {
    throw new ShapeError(`${where}: classes must be ${told} for predictions ${predictions}; got ${classes}`);
  }
  if (classes > MOST_CLASSES) {
    throw new RangeError(
      `${where}: classes must be at most ${MOST_CLASSES}, for there is a count for each pair of them; got ${classes}` +
        (classes === most ? `, by the label ${most - 1} (number the classes from 0 on)` : ""),
    );
  }
  const names = options.names ?? Array.from({ length: classes }, (_, i) => String(i));
  if (names.length !== classes) {
    throw new ShapeError(`${where}: names must be one for each of ${classes} classes; got ${names.length}`);
  }
  requireLabels(where, "targets", actual, classes);
  requireLabels(where, "predictions", predicted, classes);
  return new ConfusionMatrix(tabulate(predicted, actual, classes), names);
}

function requireNames(where: string, names: unknown): void {
  if (names === undefined || (Array.isArray(names) && names.every((name) => typeof name === "string"))) return;
  throw new TypeError(`${where}: names must be an array of strings; got ${shown(names)}`);
}

function tabulate(predicted: ArrayLike<number>, actual: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let i = 0; i < actual.length; i++) {
    const row = counts[actual[i] ?? 0];
    const column = predicted[i] ?? 0;
    if (row) row[column] = (row[column] ?? 0) + 1;
  }
  return counts;
}

function ratio(part: number, whole = 0): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
