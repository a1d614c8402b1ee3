import { requireInstance, requireOneOf } from "../../base/errors.ts";
import type { Defaults } from "../../base/options.ts";
import { Operand } from "../../graph/operand.ts";
import { type Range, rangeError } from "../../graph/range.ts";
import { KIND, Kind } from "../../base/kind.ts";
import type { Reduction } from "../../ops/loss/reduced-loss.ts";
import { Module } from "../module/module.ts";

export interface LossOptions {
  /**
   * Mean or sum over all elements, or "none": the loss of each element, or of each row if a row has one target; a trainer
   * refuses "none". Default: "mean".
   */
  readonly reduction?: Reduction;
}

export const LOSS_DEFAULTS = { reduction: "mean" } as const satisfies Defaults<LossOptions>;

/** How a prediction becomes a class: the index of the highest score of a row, or whether a number is above a threshold. */
export type Decision = "highest" | { readonly above: number };

/** Properties of a loss that a trainer needs to score predictions and to average over batches. */
export interface LossTraits {
  /** How predictions become classes, for losses of classifiers. Default: none; the loss does not classify. */
  readonly decision?: Decision;
  /** Whether the loss of a batch is a mean over its samples, a sum, or one number for each. Default: "mean". */
  readonly reduction?: Reduction;
  /** Weight in the mean of a sample with this label; 0 if it is ignored. Default: 1 for all. */
  readonly weigh?: (label: number) => number;
  /** Number of target operands before sample weights. Default: any number. */
  readonly targets?: number;
  /** Range of valid predictions; the loss is NaN for others. Default: all numbers. */
  readonly predictions?: Range;
}

const KIND_OF_LOSSES = new Kind("a loss");

/** Describes a loss of the prediction, the targets and, if the data set has them, sample weights [batch]. */
export type LossFunction = (prediction: Operand, ...others: readonly Operand[]) => Operand;

/**
 * Measures the error of a prediction. A custom loss is a function of operands, `new nn.Loss(name, apply)` or the function
 * itself; `traits` tell a trainer how to score predictions and how to average.
 *
 * Sample weights w [batch] are a third operand, float32, finite and at least 0. The mean is Σ w l / Σ w, where l is the mean
 * over the elements of a sample (with class weights or ignored labels Σ w l / Σ w c, where c is the weight of the label), and
 * 0 if the divisor is 0; the sum is Σ w l, where l is the sum over the elements of a sample; "none" gives w times each element.
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

  /** @throws TypeError when an argument, or the result of the function, is not an operand */
  override forward(prediction: Operand, ...others: readonly Operand[]): Operand {
    const { targets = 0 } = this.traits;
    const given = [prediction, ...others];
    if (targets > 0 && (given.length < 2 || given.length > 3)) {
      throw new TypeError(
        `${this.name}: operands must be a prediction, a target and, optionally, sample weights; got ${given.length}`,
      );
    }
    for (const operand of given) requireOperand(this.name, "prediction or target", operand);
    const loss = this.#apply(prediction, ...others);
    requireOperand(this.name, "the result of the loss function", loss);
    return loss;
  }

  /**
   * Finds the cause of a loss that is NaN.
   * @throws RangeError with the first prediction that is out of range
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

/** @throws RangeError when the reduction is unknown */
export function requireReduction(where: string, reduction: Reduction): void {
  requireOneOf(where, "reduction", reduction, ["none", "mean", "sum"]);
}

function requireOperand(where: string, what: string, given: unknown): void {
  requireInstance(where, what, given, Operand, "an operand, as functions of ops give");
}
