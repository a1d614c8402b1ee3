import { requireWhole, requireWithin } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import * as ops from "../ops/loss.ts";
import { Lasting } from "../runtime/lasting.ts";
import { Module } from "./module.ts";

export interface LossOptions {
  /** Mean (where left out) or sum over all elements. */
  readonly reduction?: ops.Reduction;
}

export interface ClassLossOptions extends LossOptions {
  /** One weight for each class, finite and not below 0. */
  readonly weight?: readonly number[] | Float32Array;
  /** Rows with this label count for nothing; -100 where left out. */
  readonly ignoreIndex?: number;
}

export interface CrossEntropyOptions extends ClassLossOptions {
  /** Share of the target that is spread evenly over all classes, in [0, 1]; 0 where left out. */
  readonly labelSmoothing?: number;
}

/** How predictions are read as decisions: the highest score of a row, or a number above a threshold. */
export type Decision = "highest" | { readonly above: number };

/** One number that says how far a prediction is from its target. */
export class Loss extends Module {
  readonly #apply: (prediction: Operand, target: Operand) => Operand;

  constructor(
    readonly name: string,
    apply: (prediction: Operand, target: Operand) => Operand,
    /** How to tell right from wrong, for losses that classify. */
    readonly decision?: Decision,
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
}

/** Mean or sum of (x - y)². */
export function mseLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("mseLoss", options);
  return new Loss("mseLoss", (x, y) => ops.squaredError(x, y, reduction));
}

/** Mean or sum of |x - y|; the gradient at x = y is 0. */
export function l1Loss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("l1Loss", options);
  return new Loss("l1Loss", (x, y) => ops.absoluteError(x, y, reduction));
}

/** Mean or sum of -(y log x + (1 - y) log(1 - x)) for probabilities x; each logarithm is at least -100, as in PyTorch. */
export function bceLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("bceLoss", options);
  return new Loss("bceLoss", (x, y) => ops.binaryCrossEntropy(x, y, reduction), { above: 0.5 });
}

/** Binary cross-entropy of sigmoid(x), exact for logits of any size. */
export function bceWithLogitsLoss(options: LossOptions = {}): Loss {
  const reduction = reductionOf("bceWithLogitsLoss", options);
  return new Loss("bceWithLogitsLoss", (x, y) => ops.binaryCrossEntropyWithLogits(x, y, reduction), { above: 0 });
}

/**
 * -log softmax(x)[label]: for scores of classes.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number.
 * With weights, the mean divides by the sum of the labels' weights, as in PyTorch.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export function crossEntropyLoss(options: CrossEntropyOptions = {}): Loss {
  const settings = classOptions("crossEntropyLoss", options);
  return new Loss("crossEntropyLoss", (x, labels) => ops.crossEntropy(x, labels, settings), "highest");
}

/** -x[label]: for log-probabilities of classes, as logSoftmax gives them. Shapes as in {@link crossEntropyLoss}. */
export function nllLoss(options: ClassLossOptions = {}): Loss {
  const settings = classOptions("nllLoss", options);
  return new Loss("nllLoss", (x, labels) => ops.negativeLogLikelihood(x, labels, settings), "highest");
}

function reductionOf(where: string, { reduction = "mean" }: LossOptions): ops.Reduction {
  if (reduction === "mean" || reduction === "sum") return reduction;
  throw new RangeError(`${where}: reduction must be "mean" or "sum"; got ${JSON.stringify(reduction)}`);
}

function classOptions(where: string, options: CrossEntropyOptions): ops.ClassLossOptions {
  const { labelSmoothing = 0, ignoreIndex = -100, weight } = options;
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  requireWhole(where, "ignoreIndex", ignoreIndex, -(2 ** 31));
  weight?.forEach((each, i) => requireWithin(where, `weight[${i}]`, each, 0, Infinity));
  return {
    reduction: reductionOf(where, options),
    labelSmoothing,
    ignoreIndex,
    ...(weight && { weight: lastingRow(weight) }),
  };
}

function lastingRow(values: readonly number[] | Float32Array): Lasting {
  const row = new Lasting("weight", [values.length]);
  row.values.set(values);
  return row;
}
