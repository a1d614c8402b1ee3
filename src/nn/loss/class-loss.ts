import { requireWhole, requireWithin, shown } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/class-loss.ts";
import type { Reduction } from "../../ops/loss/reduced-loss.ts";
import { type ClassWeights, classWeights } from "./class-weights.ts";
import { Loss, type LossOptions, reductionOf } from "./loss.ts";

export interface ClassLossOptions extends LossOptions {
  /** One weight for each class, finite and not below 0. Default: 1 for all. */
  readonly weight?: ClassWeights;
  /** Rows with this label count for nothing: their loss is 0. Default: -100. */
  readonly ignoreIndex?: number;
}

export interface CrossEntropyOptions extends ClassLossOptions {
  /** Share of the target that is spread evenly over all classes, in [0, 1]. Default: 0. */
  readonly labelSmoothing?: number;
}

/**
 * -log softmax(x)[label]: for scores of classes.
 *
 * With smoothing s, weights w and C classes a row's loss is (1 - s) w[y] -log p[y] + s / C Σ w[c] -log p[c], 0 where its
 * label is ignored; the mean divides by the sum of the labels' weights, and is NaN where all labels are ignored.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number, with reduction "none" [batch]. Weights of samples:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 * @throws RangeError when reduction is unknown, or a number lies outside its range
 * @throws TypeError when weight is not an array of numbers
 */
export function crossEntropyLoss(options: CrossEntropyOptions = {}): Loss {
  const settings = classOptions("crossEntropyLoss", options);
  const apply = (x: Operand, labels: Operand, sampleWeight?: Operand): Operand =>
    ops.crossEntropy(x, labels, { ...settings, sampleWeight });
  return new Loss("crossEntropyLoss", apply, {
    reduction: settings.reduction,
    targets: 1,
    decision: "highest",
    weigh: weigher(options),
  });
}

/**
 * -x[label]: for log-probabilities of classes, as logSoftmax gives them. A row's loss is w[y] -x[y], 0 where its label is
 * ignored; the mean divides by the sum of the labels' weights, and is NaN where all labels are ignored.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number, with reduction "none" [batch]. Weights of samples:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
 * @throws RangeError when reduction is unknown, or a number lies outside its range
 * @throws TypeError when weight is not an array of numbers
 */
export function nllLoss(options: ClassLossOptions = {}): Loss {
  const settings = classOptions("nllLoss", options);
  const apply = (x: Operand, labels: Operand, sampleWeight?: Operand): Operand =>
    ops.negativeLogLikelihood(x, labels, { ...settings, sampleWeight });
  return new Loss("nllLoss", apply, {
    reduction: settings.reduction,
    targets: 1,
    decision: "highest",
    weigh: weigher(options),
  });
}

export interface MultiMarginLossOptions extends LossOptions {
  /** 1 adds up what is missing to the margin, 2 its square. Default: 1. */
  readonly p?: 1 | 2;
  /** By how much the label's score should pass every other. Default: 1. */
  readonly margin?: number;
  /** One weight for each class, finite and not below 0. Default: 1 for all. */
  readonly weight?: ClassWeights;
}

/**
 * Hinge loss of several classes: w[y] Σ max(0, margin - x[y] + x[c])^p / classes over classes c other than the label y;
 * the mean divides by the number of rows.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number, with reduction "none" [batch]. Weights of samples:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html
 * @throws RangeError when reduction is unknown, p is neither 1 nor 2, or a number is not finite
 * @throws TypeError when weight is not an array of numbers
 */
export function multiMarginLoss(options: MultiMarginLossOptions = {}): Loss {
  const where = "multiMarginLoss";
  const reduction = reductionOf(where, options, "p", "margin", "weight");
  const { p = 1, margin = 1 } = options;
  if (p !== 1 && p !== 2) throw new RangeError(`${where}: p must be 1 or 2; got ${shown(p)}`);
  requireWithin(where, "margin", margin, -Infinity, Infinity);
  const weight = classWeights(where, "weight", options.weight);
  const apply = (x: Operand, labels: Operand, sampleWeight?: Operand): Operand =>
    ops.multiMargin(x, labels, { reduction, p, margin, where, sampleWeight, ...(weight && { weight }) });
  return new Loss(where, apply, { reduction, targets: 1, decision: "highest" });
}

/** How much a row counts: not at all where its label is ignored, else its label's weight. */
function weigher({ ignoreIndex = -100, weight }: ClassLossOptions): (label: number) => number {
  const own = weight && Array.from(weight);
  return (label) => (label === ignoreIndex ? 0 : (own?.[label] ?? 1));
}

function classOptions(where: string, options: CrossEntropyOptions): ops.ClassLossOptions & { reduction: Reduction } {
  const known = ["weight", "ignoreIndex", ...(where === "nllLoss" ? [] : ["labelSmoothing"])];
  const reduction = reductionOf(where, options, ...known);
  const { labelSmoothing = 0, ignoreIndex = -100 } = options;
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  requireWhole(where, "ignoreIndex", ignoreIndex, -(2 ** 31));
  const weight = classWeights(where, "weight", options.weight);
  return { where, reduction, labelSmoothing, ignoreIndex, ...(weight && { weight }) };
}
