import { requireWhole, requireWithin, shown } from "../../base/errors.ts";
import { type Defaults, withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/class-loss.ts";
import type { Reduction } from "../../ops/loss/reduced-loss.ts";
import { type ClassWeights, classWeights } from "./class-weights.ts";
import { LOSS_DEFAULTS, Loss, type LossOptions, requireReduction } from "./loss.ts";

export interface ClassLossOptions extends LossOptions {
  /** One weight for each class, finite and not below 0. Default: 1 for all. */
  readonly weight?: ClassWeights;
  /** Rows with this label are ignored: their loss is 0. Default: -100. */
  readonly ignoreIndex?: number;
}

const CLASS_DEFAULTS = {
  ...LOSS_DEFAULTS,
  weight: undefined,
  ignoreIndex: -100,
} as const satisfies Defaults<ClassLossOptions>;

export interface CrossEntropyOptions extends ClassLossOptions {
  /** Fraction of the target that is spread evenly over all classes, in [0, 1]. Default: 0. */
  readonly labelSmoothing?: number;
}

/**
 * -log softmax(x)[label], for logits of classes.
 *
 * With smoothing s, weights w and C classes, the loss of a row is (1 - s) w[y] -log p[y] + s / C Σ w[c] -log p[c], or 0 if its
 * label is ignored; the mean divides by the sum of the labels' weights, and is NaN if all labels are ignored.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number, with reduction "none" [batch]. Sample weights:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 * @throws RangeError when reduction is unknown, or a number is out of its range
 * @throws TypeError when weight is not an array of numbers
 */
export function crossEntropyLoss(options: CrossEntropyOptions = {}): Loss {
  const where = "crossEntropyLoss";
  const filled = withDefaults(where, options, { ...CLASS_DEFAULTS, labelSmoothing: 0 });
  const settings = checkedOptions(where, filled);
  const apply = (x: Operand, labels: Operand, sampleWeight?: Operand): Operand =>
    ops.crossEntropy(x, labels, { ...settings, sampleWeight });
  return new Loss(where, apply, {
    reduction: settings.reduction,
    targets: 1,
    decision: "highest",
    weigh: weigher(filled),
  });
}

/**
 * -x[label], for log-probabilities of classes, the output of logSoftmax. The loss of a row is w[y] -x[y], or 0 if its label
 * is ignored; the mean divides by the sum of the labels' weights, and is NaN if all labels are ignored.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number, with reduction "none" [batch]. Sample weights:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
 * @throws RangeError when reduction is unknown, or a number is out of its range
 * @throws TypeError when weight is not an array of numbers
 */
export function nllLoss(options: ClassLossOptions = {}): Loss {
  const where = "nllLoss";
  const filled = withDefaults(where, options, CLASS_DEFAULTS);
  const settings = checkedOptions(where, { ...filled, labelSmoothing: 0 });
  const apply = (x: Operand, labels: Operand, sampleWeight?: Operand): Operand =>
    ops.negativeLogLikelihood(x, labels, { ...settings, sampleWeight });
  return new Loss(where, apply, {
    reduction: settings.reduction,
    targets: 1,
    decision: "highest",
    weigh: weigher(filled),
  });
}

export interface MultiMarginLossOptions extends LossOptions {
  /** Exponent of each term. Default: 1. */
  readonly p?: 1 | 2;
  /** How much the label's score should exceed every other score. Default: 1. */
  readonly margin?: number;
  /** One weight for each class, finite and not below 0. Default: 1 for all. */
  readonly weight?: ClassWeights;
}

/**
 * Multi-class hinge loss: w[y] Σ max(0, margin - x[y] + x[c])^p / classes over classes c other than the label y;
 * the mean divides by the number of rows.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number, with reduction "none" [batch]. Sample weights:
 * [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html
 * @throws RangeError when reduction is unknown, p is neither 1 nor 2, or a number is not finite
 * @throws TypeError when weight is not an array of numbers
 */
export function multiMarginLoss(options: MultiMarginLossOptions = {}): Loss {
  const where = "multiMarginLoss";
  const filled = withDefaults(where, options, { ...LOSS_DEFAULTS, p: 1, margin: 1, weight: undefined });
  const { reduction, p, margin } = filled;
  requireReduction(where, reduction);
  if (p !== 1 && p !== 2) throw new RangeError(`${where}: p must be 1 or 2; got ${shown(p)}`);
  requireWithin(where, "margin", margin, -Infinity, Infinity);
  const weight = classWeights(where, "weight", filled.weight);
  const apply = (x: Operand, labels: Operand, sampleWeight?: Operand): Operand =>
    ops.multiMargin(x, labels, { reduction, p, margin, where, sampleWeight, ...(weight && { weight }) });
  return new Loss(where, apply, { reduction, targets: 1, decision: "highest" });
}

/** `LossTraits.weigh`: 0 if the label is ignored, else the weight of its class. */
function weigher({ ignoreIndex, weight }: FilledOptions): (label: number) => number {
  const copy = weight && Array.from(weight);
  return (label) => (label === ignoreIndex ? 0 : (copy?.[label] ?? 1));
}

interface FilledOptions {
  readonly reduction: Reduction;
  readonly weight: ClassWeights | undefined;
  readonly ignoreIndex: number;
}

function checkedOptions(
  where: string,
  options: FilledOptions & { readonly labelSmoothing: number },
): ops.ClassLossOptions & { reduction: Reduction } {
  const { reduction, labelSmoothing, ignoreIndex } = options;
  requireReduction(where, reduction);
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  requireWhole(where, "ignoreIndex", ignoreIndex, -(2 ** 31));
  const weight = classWeights(where, "weight", options.weight);
  return { where, reduction, labelSmoothing, ignoreIndex, ...(weight && { weight }) };
}
