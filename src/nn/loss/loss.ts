import { requireInstance, requireKnown, requireOneOf } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { type Range, rangeError } from "../../graph/range.ts";
import { KIND, Kind } from "../../base/kind.ts";
import type { Reduction } from "../../ops/loss/reduced-loss.ts";
import { Module } from "../module/module.ts";

export interface LossOptions {
  /**
   * Mean or sum over all elements, or "none": the loss of each element, or of each row where a row has one target, which
   * `run` gives and a trainer does not take. Default: "mean".
   */
  readonly reduction?: Reduction;
}

/** How predictions are read as decisions: the highest score of a row, or a number above a threshold. */
export type Decision = "highest" | { readonly above: number };

/** What a trainer should know of a loss to score predictions and to average over batches. */
export interface LossTraits {
  /** How to tell right from wrong, for losses that classify. Default: the loss does not classify. */
  readonly decision?: Decision;
  /** Whether the loss of a batch is a mean over its samples, their sum, or not one number. Default: "mean". */
  readonly reduction?: Reduction;
  /** How much a sample with this label counts in the mean; 0 for one that is ignored. Default: 1 for all. */
  readonly weigh?: (label: number) => number;
  /** How many targets it takes before weights of samples. Default: any number. */
  readonly targets?: number;
  /** The predictions that it takes: it is NaN where one is another. Default: all numbers. */
  readonly predictions?: Range;
}

const KIND_OF_LOSSES = new Kind("a loss");

/** Describes a loss: from the prediction, the targets and, where a data set has them, the weights of samples [batch]. */
export type LossFunction = (prediction: Operand, ...others: readonly Operand[]) => Operand;

/**
 * Says how far a prediction is from its target. A loss of your own is a function of operands, `new nn.Loss(name, apply)`
 * or the function itself; traits say how a trainer judges and averages.
 *
 * Weights of samples w [batch] are a third operand, float32, finite and at least 0: with l the mean over a sample's own
 * elements, the mean is Σ w l / Σ w (with class weights or ignored labels Σ w l / Σ w c, c the weight of the label) and 0
 * where the divisor is 0; the sum is Σ w l with l the sum over a sample's own elements; "none" gives w times each element.
 */
export class Loss extends Module {
  readonly #apply: LossFunction;

  constructor(
    readonly name: string,
    apply: LossFunction,
    readonly traits: LossTraits = {},
  ) {
    super();
    this.#apply = apply;
  }

  /** @throws TypeError when an argument, or what the function of a loss gives, is not an operand */
  override forward(prediction: Operand, ...others: readonly Operand[]): Operand {
    const { targets = 0 } = this.traits;
    const given = [prediction, ...others];
    if (targets > 0 && (given.length < 2 || given.length > 3)) {
      throw new TypeError(
        `${this.name}: operands must be a prediction, a target and, where samples have them, weights; got ${given.length}`,
      );
    }
    for (const each of given) requireOperand(this.name, "prediction or target", each);
    const loss = this.#apply(prediction, ...others);
    requireOperand(this.name, "what the function of a loss returns", loss);
    return loss;
  }

  /**
   * Looks for what made the loss NaN: a prediction that it does not take.
   * @throws RangeError with the first such prediction
   */
  checkPredictions(predictions: ArrayLike<number>): void {
    const { predictions: range } = this.traits;
    if (!range) return;
    for (let i = 0; i < predictions.length; i++) {
      const value = predictions[i] ?? NaN;
      if (value < range.low || value > range.high) throw rangeError(range, value, i);
    }
  }

  override describe(): string {
    return this.name;
  }

  override get [KIND](): Kind {
    return KIND_OF_LOSSES;
  }
}

/** The reduction asked for; refuses others, and options whose names are not among `others`. */
export function reductionOf(where: string, options: LossOptions, ...others: readonly string[]): Reduction {
  requireKnown(where, options, ["reduction", ...others]);
  const { reduction = "mean" } = options;
  requireOneOf(where, "reduction", reduction, ["none", "mean", "sum"]);
  return reduction;
}

function requireOperand(where: string, what: string, given: unknown): void {
  requireInstance(where, what, given, Operand, "an operand, as functions of ops give");
}
