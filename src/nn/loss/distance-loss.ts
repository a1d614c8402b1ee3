import { requirePositive, requireWithin } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/loss.ts";
import { Loss, type LossOptions, reductionOf } from "./loss.ts";

/**
 * Mean or sum of (x - y)², or each.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
 * @throws RangeError when reduction is unknown
 */
export function mseLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("mseLoss", options);
  const apply = (x: Operand, y: Operand, weight?: Operand): Operand =>
    ops.squaredError(x, y, reduction, "mseLoss", weight);
  return new Loss("mseLoss", apply, { reduction, targets: 1 });
}

/**
 * Mean or sum of |x - y|, or each; the gradient at x = y is 0.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
 * @throws RangeError when reduction is unknown
 */
export function l1Loss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("l1Loss", options);
  const apply = (x: Operand, y: Operand, weight?: Operand): Operand =>
    ops.absoluteError(x, y, reduction, "l1Loss", weight);
  return new Loss("l1Loss", apply, { reduction, targets: 1 });
}

export interface HuberLossOptions extends LossOptions {
  /** The distance from which on the loss grows evenly, above 0. Default: 1. */
  readonly delta?: number;
}

/**
 * Mean or sum of d² / 2 with d = |x - y| where d <= delta, else of delta (d - delta / 2), or each: squares
 * near, distances far.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
 * @throws RangeError when reduction is unknown or delta is not above 0
 */
export function huberLoss(options: HuberLossOptions = {}): Loss {
  const reduction = reductionOf("huberLoss", options, "delta");
  const { delta = 1 } = options;
  requirePositive("huberLoss", "delta", delta);
  const where = "huberLoss";
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.huberError(x, y, delta, { reduction, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1 });
}

export interface SmoothL1LossOptions extends LossOptions {
  /** The distance from which on the loss is the distance less beta / 2, at least 0. Default: 1. */
  readonly beta?: number;
}

/**
 * Mean or sum of d² / (2 beta) with d = |x - y| where d < beta, else of d - beta / 2, or each; beta 0 is
 * the L1 loss.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Weights of samples: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
 * @throws RangeError when reduction is unknown or beta is below 0
 */
export function smoothL1Loss(options: SmoothL1LossOptions = {}): Loss {
  const where = "smoothL1Loss";
  const reduction = reductionOf(where, options, "beta");
  const { beta = 1 } = options;
  requireWithin(where, "beta", beta, 0, Infinity);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    beta === 0
      ? ops.absoluteError(x, y, reduction, where, sampleWeight)
      : ops.huberError(x, y, beta, { reduction, scale: 1 / beta, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1 });
}
