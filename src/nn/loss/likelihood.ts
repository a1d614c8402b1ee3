import { probabilities } from "../../ops/check.ts";
import { requireKnown, requireOneOf, requireSwitch, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/likelihood.ts";
import type { Reduction } from "../../ops/loss/reduced-loss.ts";
import { type ClassWeights, classWeights } from "./class-weights.ts";
import { Loss, type LossOptions, reductionOf } from "./loss.ts";

/**
 * Mean or sum of -(y log x + (1 - y) log(1 - x)) for probabilities x and y, or each; each logarithm is at least -100.
 *
 * x and y are from 0 to 1: those that are inputs are checked before a run. Where a prediction that a model gives is
 * outside, the loss is NaN and no gradient flows to it; a trainer then says which prediction it was.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
 * @throws RangeError when reduction is unknown
 */
export function bceLoss(options: LossOptions = {}): Loss {
  const where = "bceLoss";
  const reduction = reductionOf(where, options);
  const apply = (x: Operand, y: Operand, weight?: Operand): Operand =>
    ops.binaryCrossEntropy(x, y, reduction, where, weight);
  const predictions = probabilities(where);
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0.5 }, predictions });
}

export interface BceWithLogitsLossOptions extends LossOptions {
  /**
   * What the terms of targets 1 are multiplied by, finite and at least 0: one number, or one for each place of the last
   * axis of x. Above 1 it trades precision for recall. Default: 1.
   */
  readonly posWeight?: number | ClassWeights;
}

/**
 * Binary cross-entropy of sigmoid(x), exact for logits of any size: mean or sum of max(x, 0) - x y + log(1 + e^-|x|), or
 * each. With posWeight p it is (1 - y) log(1 + e^x) + p y log(1 + e^-x).
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
 * @throws RangeError when reduction is unknown, or a posWeight is not finite or is below 0
 */
export function bceWithLogitsLoss(options: BceWithLogitsLossOptions = {}): Loss {
  const where = "bceWithLogitsLoss";
  const reduction = reductionOf(where, options, "posWeight");
  const { posWeight: given } = options;
  if (typeof given === "number") requireWithin(where, "posWeight", given, 0, Infinity);
  const posWeight = typeof given === "number" ? given : classWeights(where, "posWeight", given);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.binaryCrossEntropyWithLogits(x, y, reduction, where, { posWeight, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0 } });
}

export interface FocalLossOptions extends LossOptions {
  /** How little those count that are decided right, at least 0; 0 is binary cross-entropy. Default: 2. */
  readonly gamma?: number;
  /** Weight of targets 1 in [0, 1], that of targets 0 being 1 - alpha. Default: both weigh 1. */
  readonly alpha?: number;
}

/**
 * Binary cross-entropy of sigmoid(x) in which easy samples count little: mean or sum of w (1 - p)^gamma -log p, or each, p
 * being the probability that is given to the target. For classes of which one is rare.
 *
 * Shape: x and y of one shape, y 0 or 1; gives one number, with reduction "none" the shape of x. Weights of samples:
 * [batch].
 * Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002 (there gamma 2 and alpha 0.25)
 * @throws RangeError when reduction is unknown, gamma is below 0, or alpha is outside [0, 1]
 */
export function focalLoss(options: FocalLossOptions = {}): Loss {
  const where = "focalLoss";
  const reduction = reductionOf(where, options, "gamma", "alpha");
  const { gamma = 2, alpha } = options;
  requireWithin(where, "gamma", gamma, 0, Infinity);
  if (alpha !== undefined) requireWithin(where, "alpha", alpha, 0, 1);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.focal(x, y, { reduction, gamma, where, sampleWeight, ...(alpha !== undefined && { alpha }) });
  return new Loss(where, apply, { reduction, targets: 1, decision: { above: 0 } });
}

export interface KlDivLossOptions {
  /**
   * Mean over all elements, their sum, their sum divided by the number of samples, which is the divergence itself
   * ("batchmean"), or "none": each, which a trainer does not take. Default: "mean".
   */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target holds logarithms too. Default: false. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence: mean or sum of y (log y - x) for log-probabilities x, or each; 0 where y is 0.
 *
 * Shape: x and y of one shape, rows of the last axis being distributions; gives one number, with reduction "none" the
 * shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
 * @throws RangeError when reduction is unknown
 * @throws TypeError when logTarget is not a boolean
 */
export function klDivLoss(options: KlDivLossOptions = {}): Loss {
  const where = "klDivLoss";
  requireKnown(where, options, ["reduction", "logTarget"]);
  const { reduction = "mean", logTarget = false } = options;
  requireOneOf(where, "reduction", reduction, ["none", "mean", "sum", "batchmean"]);
  requireSwitch(where, "logTarget", logTarget);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.divergence(x, y, { reduction, logTarget, where, sampleWeight });
  return new Loss(where, apply, { reduction: reduction === "batchmean" ? "mean" : reduction, targets: 1 });
}
