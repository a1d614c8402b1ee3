import { probabilities } from "../../ops/check.ts";
import { requireOneOf, requireSwitch, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/likelihood.ts";
import type { Reduction } from "../../ops/loss/reduced-loss.ts";
import { type ClassWeights, classWeights } from "./class-weights.ts";
import { LOSS_DEFAULTS, Loss, type LossOptions, requireReduction } from "./loss.ts";

/**
 * -(y log x + (1 - y) log(1 - x)) for probabilities x and y: mean, sum or each element; logarithms are clamped to at least
 * -100.
 *
 * x and y must be in [0, 1]; inputs are checked before a run. If a model predicts a number outside, the loss is NaN, no
 * gradient flows to the prediction, and a trainer throws an error that names it.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
 * @throws RangeError when reduction is unknown
 */
export function bceLoss(options: LossOptions = {}): Loss {
  const where = "bceLoss";
  const { reduction } = withDefaults(where, options, LOSS_DEFAULTS);
  requireReduction(where, reduction);
  const apply = (x: Operand, y: Operand, weight?: Operand): Operand =>
    ops.binaryCrossEntropy(x, y, reduction, where, weight);
  const predictions = probabilities(where);
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0.5 }, predictions });
}

export interface BceWithLogitsLossOptions extends LossOptions {
  /**
   * Factor of the loss of targets 1, finite and at least 0: one number, or one for each index along the last axis of x.
   * Values above 1 trade precision for recall. Default: 1.
   */
  readonly posWeight?: number | ClassWeights;
}

/**
 * Binary cross-entropy of sigmoid(x), numerically stable for all logits: max(x, 0) - x y + log(1 + e^-|x|), as mean, sum or
 * each element. With posWeight p it is (1 - y) log(1 + e^x) + p y log(1 + e^-x).
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
 * @throws RangeError when reduction is unknown, or a posWeight is not finite or is below 0
 */
export function bceWithLogitsLoss(options: BceWithLogitsLossOptions = {}): Loss {
  const where = "bceWithLogitsLoss";
  const filled = withDefaults(where, options, { ...LOSS_DEFAULTS, posWeight: undefined });
  const { reduction, posWeight: given } = filled;
  requireReduction(where, reduction);
  if (typeof given === "number") requireWithin(where, "posWeight", given, 0, Infinity);
  const posWeight = typeof given === "number" ? given : classWeights(where, "posWeight", given);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.binaryCrossEntropyWithLogits(x, y, reduction, where, { posWeight, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0 } });
}

export interface FocalLossOptions extends LossOptions {
  /** Exponent that reduces the weight of well-classified samples, at least 0; 0 is binary cross-entropy. Default: 2. */
  readonly gamma?: number;
  /** Weight of targets 1, in [0, 1]; the weight of targets 0 is 1 - alpha. Default: both are 1. */
  readonly alpha?: number;
}

/**
 * Binary cross-entropy of sigmoid(x) that gives little weight to easy samples: w (1 - p)^gamma -log p, as mean, sum or each
 * element, where p is the predicted probability of the target and w its weight. For imbalanced classes.
 *
 * Shape: x and y of one shape, y 0 or 1; gives one number, with reduction "none" the shape of x. Sample weights:
 * [batch].
 * Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002 (there gamma 2 and alpha 0.25)
 * @throws RangeError when reduction is unknown, gamma is below 0, or alpha is outside [0, 1]
 */
export function focalLoss(options: FocalLossOptions = {}): Loss {
  const where = "focalLoss";
  const { reduction, gamma, alpha } = withDefaults(where, options, { ...LOSS_DEFAULTS, gamma: 2, alpha: undefined });
  requireReduction(where, reduction);
  requireWithin(where, "gamma", gamma, 0, Infinity);
  if (alpha !== undefined) requireWithin(where, "alpha", alpha, 0, 1);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.focal(x, y, { reduction, gamma, where, sampleWeight, ...(alpha !== undefined && { alpha }) });
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0 } });
}

export interface KlDivLossOptions {
  /**
   * Mean or sum over all elements; "batchmean": the sum divided by the number of samples, which is the mathematical
   * divergence; or "none": each element, which a trainer refuses. Default: "mean".
   */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target is log-probabilities too. Default: false. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence: y (log y - x) for log-probabilities x, 0 where y is 0: mean, sum or each element.
 *
 * Shape: x and y of one shape, with a distribution along the last axis; gives one number, with reduction "none" the
 * shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
 * @throws RangeError when reduction is unknown
 * @throws TypeError when logTarget is not a boolean
 */
export function klDivLoss(options: KlDivLossOptions = {}): Loss {
  const where = "klDivLoss";
  const { reduction, logTarget } = withDefaults(where, options, { reduction: "mean", logTarget: false });
  requireOneOf(where, "reduction", reduction, ["none", "mean", "sum", "batchmean"]);
  requireSwitch(where, "logTarget", logTarget);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.divergence(x, y, { reduction, logTarget, where, sampleWeight });
  return new Loss(where, apply, { reduction: reduction === "batchmean" ? "mean" : reduction, targets: 1 });
}
