import { requirePositive, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Operand } from "../../graph/operand.ts";
import * as ops from "../../ops/loss/loss.ts";
import { LOSS_DEFAULTS, Loss, type LossOptions, requireReduction } from "./loss.ts";

/**
 * (x - y)²: mean, sum or each element.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
 * @throws RangeError when reduction is unknown
 */
export function mseLoss(options: LossOptions = {}): Loss {
  const { reduction } = withDefaults("mseLoss", options, LOSS_DEFAULTS);
  requireReduction("mseLoss", reduction);
  const apply = (x: Operand, y: Operand, weight?: Operand): Operand =>
    ops.squaredError(x, y, reduction, "mseLoss", weight);
  return new Loss("mseLoss", apply, { reduction, targets: 1 });
}

/**
 * |x - y|: mean, sum or each element; the gradient at x = y is 0.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
 * @throws RangeError when reduction is unknown
 */
export function l1Loss(options: LossOptions = {}): Loss {
  const { reduction } = withDefaults("l1Loss", options, LOSS_DEFAULTS);
  requireReduction("l1Loss", reduction);
  const apply = (x: Operand, y: Operand, weight?: Operand): Operand =>
    ops.absoluteError(x, y, reduction, "l1Loss", weight);
  return new Loss("l1Loss", apply, { reduction, targets: 1 });
}

export interface HuberLossOptions extends LossOptions {
  /** The distance above which the loss is linear, above 0. Default: 1. */
  readonly delta?: number;
}

/**
 * d² / 2 if d <= delta, else delta (d - delta / 2), where d = |x - y|: mean, sum or each element.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
 * @throws RangeError when reduction is unknown or delta is not above 0
 */
export function huberLoss(options: HuberLossOptions = {}): Loss {
  const where = "huberLoss";
  const { reduction, delta } = withDefaults(where, options, { ...LOSS_DEFAULTS, delta: 1 });
  requireReduction(where, reduction);
  requirePositive(where, "delta", delta);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    ops.huberError(x, y, delta, { reduction, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1 });
}

export interface SmoothL1LossOptions extends LossOptions {
  /** The distance from which the loss is linear, at least 0. Default: 1. */
  readonly beta?: number;
}

/**
 * d² / (2 beta) if d < beta, else d - beta / 2, where d = |x - y|: mean, sum or each element. With beta 0 it is the L1 loss.
 *
 * Shape: x and y of one shape; gives one number, with reduction "none" the shape of x. Sample weights: [batch].
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
 * @throws RangeError when reduction is unknown or beta is below 0
 */
export function smoothL1Loss(options: SmoothL1LossOptions = {}): Loss {
  const where = "smoothL1Loss";
  const { reduction, beta } = withDefaults(where, options, { ...LOSS_DEFAULTS, beta: 1 });
  requireReduction(where, reduction);
  requireWithin(where, "beta", beta, 0, Infinity);
  const apply = (x: Operand, y: Operand, sampleWeight?: Operand): Operand =>
    beta === 0
      ? ops.absoluteError(x, y, reduction, where, sampleWeight)
      : ops.huberError(x, y, beta, { reduction, scale: 1 / beta, where, sampleWeight });
  return new Loss(where, apply, { reduction, targets: 1 });
}
