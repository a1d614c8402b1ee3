import { requireOneOf, requireWithin, shown } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import type { TensorLike } from "../base/tensor.ts";
import { CLASS_DEFAULTS, type ClassCounts, classCounts, type ClassOptions } from "./class-counts.ts";
import type { Threshold } from "./labels.ts";
import { ratio, sum, weightedMean } from "./sums.ts";

export interface ClassScoreOptions extends ClassOptions {
  /** Value of a ratio with denominator 0: 0 or 1. Default: 0. */
  readonly zeroDivision?: number;
}

export interface AverageOptions extends ClassScoreOptions {
  /**
   * `"binary"`: the value of class 1 of two classes; `"micro"`: from the summed counts of all classes; `"macro"`: the mean over
   * classes; `"weighted"`: the mean weighted by the counts of rows of each class. Default: "binary".
   */
  readonly average?: "binary" | "micro" | "macro" | "weighted";
}

export interface PerClassOptions extends ClassScoreOptions {
  /** One value for each class. */
  readonly average: "none";
}

/** What `fBeta` takes in addition. */
export interface BetaOptions {
  /** Weight of recall: it counts as `beta` times as important as precision; finite and at least 0. */
  readonly beta: number;
}

type Average = "binary" | "micro" | "macro" | "weighted" | "none";

interface Options extends ClassScoreOptions {
  readonly average?: Average;
}

const DEFAULTS = { ...CLASS_DEFAULTS, zeroDivision: 0, average: "binary" } as const satisfies Defaults<Options>;

/** `Options` with defaults filled in. */
interface Filled extends Threshold {
  readonly classes: number | undefined;
  readonly zeroDivision: number;
  readonly average: Average;
}

/**
 * right / predicted: of the rows predicted as a class, the share that is of this class.
 *
 * Averages include classes without rows, as in scikit-learn with `labels=range(classes)`.
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 *
 * @returns a number; with `average: "none"` one for each class
 * @throws ShapeError, TypeError or RangeError as `confusionMatrix` does
 * @throws RangeError when average is unknown, or "binary" for more than two classes, or zeroDivision is neither 0 nor 1
 */
export function precision(scores: TensorLike, truth: TensorLike, options: PerClassOptions): readonly number[];
export function precision(scores: TensorLike, truth: TensorLike, options?: AverageOptions): number;
export function precision(scores: TensorLike, truth: TensorLike, options: Options = {}): number | readonly number[] {
  const filled = withDefaults("precision", options, DEFAULTS);
  return averaged("precision", scores, truth, filled, ({ right, predicted }) => [right, predicted]);
}

/**
 * right / actual: of the rows of a class, the share predicted as this class.
 *
 * Averages include classes without rows, as in scikit-learn with `labels=range(classes)`.
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 *
 * @returns a number; with `average: "none"` one for each class
 * @throws ShapeError, TypeError or RangeError as `precision` does
 */
export function recall(scores: TensorLike, truth: TensorLike, options: PerClassOptions): readonly number[];
export function recall(scores: TensorLike, truth: TensorLike, options?: AverageOptions): number;
export function recall(scores: TensorLike, truth: TensorLike, options: Options = {}): number | readonly number[] {
  const filled = withDefaults("recall", options, DEFAULTS);
  return averaged("recall", scores, truth, filled, ({ right, actual }) => [right, actual]);
}

/**
 * (1 + beta²) precision · recall / (beta² precision + recall), computed as (1 + beta²) right / (beta² actual + predicted).
 *
 * Averages include classes without rows, as in scikit-learn with `labels=range(classes)`.
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 *
 * @returns a number; with `average: "none"` one for each class
 * @throws ShapeError, TypeError or RangeError as `precision` does
 * @throws TypeError when there is no beta
 * @throws RangeError when beta is negative or not finite
 */
export function fBeta(scores: TensorLike, truth: TensorLike, options: PerClassOptions & BetaOptions): readonly number[];
export function fBeta(scores: TensorLike, truth: TensorLike, options: AverageOptions & BetaOptions): number;
export function fBeta(
  scores: TensorLike,
  truth: TensorLike,
  options: Options & Partial<BetaOptions>,
): number | readonly number[] {
  const { beta, ...filled } = withDefaults("fBeta", options, { ...DEFAULTS, beta: undefined });
  if (beta === undefined) throw new TypeError("fBeta: beta must be a number of at least 0; got none");
  requireWithin("fBeta", "beta", beta, 0, Infinity);
  return averaged("fBeta", scores, truth, filled, (counts) => fParts(counts, beta));
}

/**
 * 2 precision · recall / (precision + recall), computed as 2 right / (actual + predicted).
 *
 * Averages include classes without rows, as in scikit-learn with `labels=range(classes)`.
 * Shape: predictions and targets as for `confusionMatrix`.
 * Source: https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 *
 * @returns a number; with `average: "none"` one for each class
 * @throws ShapeError, TypeError or RangeError as `precision` does
 */
export function f1(scores: TensorLike, truth: TensorLike, options: PerClassOptions): readonly number[];
export function f1(scores: TensorLike, truth: TensorLike, options?: AverageOptions): number;
export function f1(scores: TensorLike, truth: TensorLike, options: Options = {}): number | readonly number[] {
  const filled = withDefaults("f1", options, DEFAULTS);
  return averaged("f1", scores, truth, filled, (counts) => fParts(counts, 1));
}

/** Sums of weights of the rows that are right, predicted and actual: of one class, or of all. */
interface Counts {
  readonly right: number;
  readonly predicted: number;
  readonly actual: number;
}

/** Numerator and denominator of a score. */
type Parts = readonly [part: number, whole: number];

function fParts({ right, predicted, actual }: Counts, beta: number): Parts {
  return [(1 + beta * beta) * right, beta * beta * actual + predicted];
}

function averaged(
  where: string,
  scores: TensorLike,
  truth: TensorLike,
  options: Filled,
  parts: (counts: Counts) => Parts,
): number | readonly number[] {
  const { average, zeroDivision } = options;
  requireOneOf(where, "average", average, ["binary", "micro", "macro", "weighted", "none"]);
  if (zeroDivision !== 0 && zeroDivision !== 1) {
    throw new RangeError(`${where}: zeroDivision must be 0 or 1; got ${shown(zeroDivision)}`);
  }
  const classes = classCounts(where, scores, truth, options);
  const { right, predicted, actual, total } = classes;
  const score = (counts: Counts): number => ratio(...parts(counts), zeroDivision);
  if (average === "micro") return score({ right: sum(right), predicted: total, actual: total });
  if (average === "binary") return score(classOne(where, classes));
  const each = Array.from(right, (own, i) =>
    score({ right: own, predicted: predicted[i] ?? 0, actual: actual[i] ?? 0 }),
  );
  if (average === "none") return each;
  return weightedMean(each.length, (i) => each[i] ?? 0, average === "weighted" ? actual : undefined);
}

/** Counts of class 1 of two classes; of none where all labels are 0. */
function classOne(where: string, { right, predicted, actual }: ClassCounts): Counts {
  if (right.length > 2) {
    throw new RangeError(
      `${where}: average must be "micro", "macro", "weighted" or "none" for ${right.length} classes; got "binary"`,
    );
  }
  return { right: right[1] ?? 0, predicted: predicted[1] ?? 0, actual: actual[1] ?? 0 };
}
