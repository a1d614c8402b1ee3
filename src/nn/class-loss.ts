import { requireArray, requireWhole, requireWithin, shown } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import * as ops from "../ops/class-loss.ts";
import type { Reduction } from "../ops/element-loss.ts";
import { Lasting } from "../runtime/lasting.ts";
import { Loss, type LossOptions, reductionOf } from "./loss.ts";

export interface ClassLossOptions extends LossOptions {
  /** One weight for each class, finite and not below 0. */
  readonly weight?: readonly number[] | Float32Array;
  /** Rows with this label count for nothing; -100 where left out. */
  readonly ignoreIndex?: number;
}

export interface CrossEntropyOptions extends ClassLossOptions {
  /** Share of the target that is spread evenly over all classes, in [0, 1]; 0 where left out. */
  readonly labelSmoothing?: number;
}

/**
 * -log softmax(x)[label]: for scores of classes.
 *
 * With smoothing s, weights w and C classes a row's loss is (1 - s) w[y] -log p[y] + s / C Σ w[c] -log p[c]; the mean
 * divides by the sum of the labels' weights.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 * @throws RangeError when reduction is unknown, or a number lies outside its range
 */
export function crossEntropyLoss(options: CrossEntropyOptions = {}): Loss {
  const settings = classOptions("crossEntropyLoss", options);
  const apply = (x: Operand, labels: Operand): Operand => ops.crossEntropy(x, labels, settings);
  return new Loss("crossEntropyLoss", apply, {
    reduction: settings.reduction,
    decision: "highest",
    weigh: weigher(options),
  });
}

/** -x[label]: for log-probabilities of classes, as logSoftmax gives them. Shapes as in {@link crossEntropyLoss}. */
export function nllLoss(options: ClassLossOptions = {}): Loss {
  const settings = classOptions("nllLoss", options);
  const apply = (x: Operand, labels: Operand): Operand => ops.negativeLogLikelihood(x, labels, settings);
  return new Loss("nllLoss", apply, { reduction: settings.reduction, decision: "highest", weigh: weigher(options) });
}

export interface MultiMarginLossOptions extends LossOptions {
  /** 1 (where left out) adds up what is missing to the margin, 2 its square. */
  readonly p?: 1 | 2;
  /** By how much the label's score should pass every other; 1 where left out. */
  readonly margin?: number;
  /** One weight for each class, finite and not below 0. */
  readonly weight?: readonly number[] | Float32Array;
}

/**
 * Hinge loss of several classes: w[y] Σ max(0, margin - x[y] + x[c])^p / classes over classes c other than the label y;
 * the mean divides by the number of rows.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html
 * @throws RangeError when reduction is unknown, p is neither 1 nor 2, or a number is not finite
 */
export function multiMarginLoss(options: MultiMarginLossOptions = {}): Loss {
  const where = "multiMarginLoss";
  const reduction = reductionOf(where, options, "p", "margin", "weight");
  const { p = 1, margin = 1 } = options;
  if (p !== 1 && p !== 2) throw new RangeError(`${where}: p must be 1 or 2; got ${shown(p)}`);
  requireWithin(where, "margin", margin, -Infinity, Infinity);
  const weight = rowOf(where, options.weight);
  const apply = (x: Operand, labels: Operand): Operand =>
    ops.multiMargin(x, labels, { reduction, p, margin, where, ...(weight && { weight }) });
  return new Loss(where, apply, { reduction, decision: "highest" });
}

/** How much a row counts: not at all where its label is ignored, else its label's weight. */
function weigher({ ignoreIndex = -100, weight }: ClassLossOptions): (label: number) => number {
  return (label) => (label === ignoreIndex ? 0 : (weight?.[label] ?? 1));
}

function classOptions(where: string, options: CrossEntropyOptions): ops.ClassLossOptions & { reduction: Reduction } {
  const known = ["weight", "ignoreIndex", ...(where === "nllLoss" ? [] : ["labelSmoothing"])];
  const reduction = reductionOf(where, options, ...known);
  const { labelSmoothing = 0, ignoreIndex = -100, weight } = options;
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  requireWhole(where, "ignoreIndex", ignoreIndex, -(2 ** 31));
  const row = rowOf(where, weight);
  return {
    where,
    reduction,
    labelSmoothing,
    ignoreIndex,
    ...(row && { weight: row }),
  };
}

/** Class weights where kernels can read them. */
function rowOf(where: string, weight: readonly number[] | Float32Array | undefined): Lasting | undefined {
  if (weight === undefined) return undefined;
  if (!(weight instanceof Float32Array)) requireArray(where, "weight", weight);
  weight.forEach((each, i) => requireWithin(where, `weight[${i}]`, each, 0, Infinity));
  const row = new Lasting("weight", [weight.length]);
  row.values.set(weight);
  return row;
}
