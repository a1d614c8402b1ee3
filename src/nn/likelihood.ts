import { requireKnown, requireOneOf, requireWithin } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import type { Reduction } from "../ops/element-loss.ts";
import * as ops from "../ops/likelihood.ts";
import { Loss, type LossOptions, reductionOf } from "./loss.ts";

/**
 * Mean or sum of -(y log x + (1 - y) log(1 - x)) for probabilities x and y; each logarithm is at least -100.
 *
 * Shape: x and y of one shape, y from 0 to 1; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
 * @throws RangeError when reduction is unknown
 */
export function bceLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("bceLoss", options);
  const apply = (x: Operand, y: Operand): Operand => ops.binaryCrossEntropy(x, y, reduction, "bceLoss");
  return new Loss("bceLoss", apply, { reduction, decision: { above: 0.5 } });
}

/**
 * Binary cross-entropy of sigmoid(x), exact for logits of any size: max(x, 0) - x y + log(1 + e^-|x|).
 *
 * Shape: x and y of one shape; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
 * @throws RangeError when reduction is unknown
 */
export function bceWithLogitsLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("bceWithLogitsLoss", options);
  const apply = (x: Operand, y: Operand): Operand =>
    ops.binaryCrossEntropyWithLogits(x, y, reduction, "bceWithLogitsLoss");
  return new Loss("bceWithLogitsLoss", apply, { reduction, decision: { above: 0 } });
}

export interface FocalLossOptions extends LossOptions {
  /** How little those count that are decided right, at least 0; 2 where left out, 0 is binary cross-entropy. */
  readonly gamma?: number;
  /** Weight of targets 1 in [0, 1], that of targets 0 being 1 - alpha; all weigh 1 where left out. */
  readonly alpha?: number;
}

/**
 * Binary cross-entropy of sigmoid(x) in which easy samples count little: mean or sum of w (1 - p)^gamma -log p, p being
 * the probability that is given to the target. For classes of which one is rare.
 *
 * Shape: x and y of one shape, y 0 or 1; gives one number.
 * Source: Lin et al. 2017, https://arxiv.org/abs/1708.02002 (there gamma 2 and alpha 0.25)
 * @throws RangeError when reduction is unknown, gamma is below 0, or alpha is outside [0, 1]
 */
export function focalLoss(options: FocalLossOptions = {}): Loss {
  const where = "focalLoss";
  const reduction = reductionOf(where, options, "gamma", "alpha");
  const { gamma = 2, alpha } = options;
  requireWithin(where, "gamma", gamma, 0, Infinity);
  if (alpha !== undefined) requireWithin(where, "alpha", alpha, 0, 1);
  const apply = (x: Operand, y: Operand): Operand =>
    ops.focal(x, y, { reduction, gamma, where, ...(alpha !== undefined && { alpha }) });
  return new Loss(where, apply, { reduction, decision: { above: 0 } });
}

export interface KlDivLossOptions {
  /** Mean over all elements (where left out), sum, or their sum divided by the number of samples: the divergence itself. */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target holds logarithms too; false where left out. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence: mean or sum of y (log y - x) for log-probabilities x, 0 where y is 0.
 *
 * Shape: x and y of one shape, rows of the last axis being distributions; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
 * @throws RangeError when reduction is unknown
 */
export function klDivLoss(options: KlDivLossOptions = {}): Loss {
  const where = "klDivLoss";
  requireKnown(where, options, ["reduction", "logTarget"]);
  const { reduction = "mean", logTarget = false } = options;
  requireOneOf(where, "reduction", reduction, ["mean", "sum", "batchmean"]);
  const apply = (x: Operand, y: Operand): Operand => ops.divergence(x, y, { reduction, logTarget, where });
  return new Loss(where, apply, { reduction: reduction === "batchmean" ? "mean" : reduction });
}
