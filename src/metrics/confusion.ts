import { ShapeError, shown } from "../base/errors.ts";
import { INSPECT } from "../base/inspect.ts";
import { withDefaults } from "../base/options.ts";
import { printTable } from "../base/print.ts";
import type { TensorLike } from "../base/tensor.ts";
import { type ClassOptions, countOfClasses } from "./class-counts.ts";
import { type Labels, labelsOf, THRESHOLD_DEFAULTS } from "./labels.ts";
import { asRows } from "./rows.ts";
import { ratio, sum } from "./sums.ts";

/** Most classes: counts of all pairs take 128 MiB. */
const MOST_CLASSES = 4096;

/** Precision, recall and F1 of a class or an average. */
export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ConfusionOptions extends ClassOptions {
  /** Count of classes, at most 4096. Default: that of scores, else of names, else 1 + the largest label. */
  readonly classes?: number;
  /** Names of the classes. Default: their numbers. */
  readonly names?: readonly string[];
}

/**
 * Counts of rows by true and predicted class; with weights, sums of the weights of these rows.
 *
 * A ratio with denominator 0 is 0, as with `zero_division=0` in scikit-learn: the precision of a class that was never
 * predicted, and the recall of a class without rows.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html
 */
export class ConfusionMatrix {
  /** Share of rows with the right class. */
  readonly accuracy: number;
  /** Of the rows predicted as a class, the share that is of this class; for each class. */
  readonly precision: readonly number[];
  /** Of the rows of a class, the share predicted as this class; for each class. */
  readonly recall: readonly number[];
  /** 2 · precision · recall / (precision + recall), for each class. */
  readonly f1: readonly number[];
  /** Count of rows of each class. */
  readonly support: readonly number[];
  /**
   * `macro`: the mean over classes. `weighted`: the mean weighted by support. `micro`: from the summed
   * counts of all classes, which with one label per row is the accuracy.
   */
  readonly averages: { readonly macro: Scores; readonly micro: Scores; readonly weighted: Scores };

  /**
   * @param counts of rows by true class (row) and predicted class (column)
   * @param names of the classes
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

  /** Two tables: the counts, then precision, recall, F1 and support of each class and their averages. */
  toString(): string {
    const { counts, names, support } = this;
    const print = (name: string, { precision, recall, f1 }: Scores, rows?: number): string[] => [
      name,
      ...[precision, recall, f1].map((share) => share.toFixed(4)),
      printed(rows ?? sum(support)),
    ];
    const classes = names.map((name, i) => print(name, this.#scores(i), support[i]));
    const averages = Object.entries(this.averages).map(([name, scores]) => print(`${name} average`, scores));
    return [
      printTable(
        ["true \\ predicted", ...names],
        counts.map((row, i) => [names[i] ?? "", ...row.map(printed)]),
      ),
      printTable(["class", "precision", "recall", "f1", "support"], [...classes, ...averages]),
      `accuracy ${this.accuracy.toFixed(4)}`,
    ].join("\n\n");
  }

  /** What `console.log` prints: the tables. */
  [INSPECT](): string {
    return String(this);
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
 * Counts rows by true and predicted class, with accuracy, precision, recall and F1.
 *
 * Averages include classes without rows, which add 0 to `macro`. Labels are whole numbers from 0 to 4095.
 *
 * Shape: predictions and targets as for `accuracy`, except several decisions per row.
 *
 * @throws ShapeError when the shapes are none of these, or classes, names and scores differ in number
 * @throws TypeError when predictions or targets are no tensor, names are no array of strings, or an option is unknown
 * @throws RangeError when there are no rows, a label is no class, a prediction is NaN, classes is not a whole number
 * from 1 to 4096, the threshold is not finite, or missing although a number per row is not from 0 to 1, or weights are negative, not finite or all 0
 */
export function confusionMatrix(
  scores: TensorLike,
  truth: TensorLike,
  options: ConfusionOptions = {},
): ConfusionMatrix {
  const where = "confusionMatrix";
  const defaults = { ...THRESHOLD_DEFAULTS, classes: undefined, names: undefined };
  const filled = withDefaults(where, options, defaults);
  requireNames(where, filled.names);
  const { predictions, targets } = asRows(where, scores, truth);
  const labels = labelsOf(where, predictions, targets, filled);
  const why = `at most ${MOST_CLASSES}, for there is a count for each pair of them`;
  const fallback = filled.names?.length;
  const classes = countOfClasses(where, predictions, labels, { classes: filled.classes, fallback }, MOST_CLASSES, why);
  const names = filled.names ?? Array.from({ length: classes }, (_, i) => String(i));
  if (names.length !== classes) {
    throw new ShapeError(`${where}: names must be one for each of ${classes} classes; got ${names.length}`);
  }
  return new ConfusionMatrix(tabulate(labels, classes), names);
}

function requireNames(where: string, names: unknown): void {
  if (names === undefined || (Array.isArray(names) && names.every((name) => typeof name === "string"))) return;
  throw new TypeError(`${where}: names must be an array of strings; got ${shown(names)}`);
}

function tabulate({ predicted, actual, weights }: Labels, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (let i = 0; i < actual.length; i++) {
    const row = counts[actual[i] ?? 0];
    const column = predicted[i] ?? 0;
    if (row) row[column] = (row[column] ?? 0) + (weights ? (weights[i] ?? 0) : 1);
  }
  return counts;
}

/** A count of rows, or a sum of their weights with four digits. */
function printed(count: number): string {
  return Number.isInteger(count) ? String(count) : count.toFixed(4);
}
