import { requireKnown, requireOneOf, requirePositive, requireWithin } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import { KIND, Kind } from "../kind.ts";
import type { Reduction } from "../ops/element-loss.ts";
import * as ops from "../ops/loss.ts";
import { Module } from "./module.ts";

export interface LossOptions {
  /** Mean (where left out) or sum over all elements. */
  readonly reduction?: Reduction;
}

/** How predictions are read as decisions: the highest score of a row, or a number above a threshold. */
export type Decision = "highest" | { readonly above: number };

/** What a trainer should know of a loss to judge predictions and to average over batches. */
export interface LossTraits {
  /** How to tell right from wrong, for losses that classify. */
  readonly decision?: Decision;
  /** Whether the loss of a batch is a mean over its samples, where left out, or their sum. */
  readonly reduction?: Reduction;
  /** How much a sample with this label counts in the mean; 0 for one that is ignored. 1 for all where left out. */
  readonly weigh?: (label: number) => number;
}

const KIND_OF_LOSSES = new Kind("a loss");

/** One number that says how far a prediction is from its target. */
export class Loss extends Module {
  readonly #apply: (prediction: Operand, target: Operand) => Operand;

  constructor(
    readonly name: string,
    apply: (prediction: Operand, target: Operand) => Operand,
    readonly traits: LossTraits = {},
  ) {
    super();
    this.#apply = apply;
  }

  override forward(prediction: Operand, target: Operand): Operand {
    return this.#apply(prediction, target);
  }

  override describe(): string {
    return this.name;
  }

  override get [KIND](): Kind {
    return KIND_OF_LOSSES;
  }
}

/**
 * Mean or sum of (x - y)².
 *
 * Shape: x and y of one shape; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html
 * @throws RangeError when reduction is unknown
 */
export function mseLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("mseLoss", options);
  return new Loss("mseLoss", (x, y) => ops.squaredError(x, y, reduction, "mseLoss"), { reduction });
}

/**
 * Mean or sum of |x - y|; the gradient at x = y is 0.
 *
 * Shape: x and y of one shape; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.L1Loss.html
 * @throws RangeError when reduction is unknown
 */
export function l1Loss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("l1Loss", options);
  return new Loss("l1Loss", (x, y) => ops.absoluteError(x, y, reduction, "l1Loss"), { reduction });
}

export interface HuberLossOptions extends LossOptions {
  /** The distance from which on the loss grows evenly, above 0; 1 where left out. */
  readonly delta?: number;
}

/**
 * Mean or sum of d² / 2 with d = |x - y| where d <= delta, else of delta (d - delta / 2): squares near, distances far.
 *
 * Shape: x and y of one shape; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html
 * @throws RangeError when reduction is unknown or delta is not above 0
 */
export function huberLoss(options: HuberLossOptions = {}): Loss {
  const reduction = reductionOf("huberLoss", options, "delta");
  const { delta = 1 } = options;
  requirePositive("huberLoss", "delta", delta);
  const apply = (x: Operand, y: Operand): Operand => ops.huberError(x, y, delta, { reduction, where: "huberLoss" });
  return new Loss("huberLoss", apply, { reduction });
}

export interface SmoothL1LossOptions extends LossOptions {
  /** The distance from which on the loss is the distance less beta / 2, at least 0; 1 where left out. */
  readonly beta?: number;
}

/**
 * Mean or sum of d² / (2 beta) with d = |x - y| where d < beta, else of d - beta / 2; beta 0 is the L1 loss.
 *
 * Shape: x and y of one shape; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html
 * @throws RangeError when reduction is unknown or beta is below 0
 */
export function smoothL1Loss(options: SmoothL1LossOptions = {}): Loss {
  const where = "smoothL1Loss";
  const reduction = reductionOf(where, options, "beta");
  const { beta = 1 } = options;
  requireWithin(where, "beta", beta, 0, Infinity);
  const apply = (x: Operand, y: Operand): Operand =>
    beta === 0
      ? ops.absoluteError(x, y, reduction, where)
      : ops.huberError(x, y, beta, { reduction, scale: 1 / beta, where });
  return new Loss(where, apply, { reduction });
}

/** The reduction asked for; refuses others, and options whose names are not among `others`. */
export function reductionOf(where: string, options: LossOptions, ...others: readonly string[]): Reduction {
  requireKnown(where, options, ["reduction", ...others]);
  const { reduction = "mean" } = options;
  requireOneOf(where, "reduction", reduction, ["mean", "sum"]);
  return reduction;
}
