import { requireKnown, requireWhole, requireWithin } from "../errors.ts";
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

/** What a trainer should know of a loss to judge predictions and to average over batches. */
export interface LossTraits {
  /** How to tell right from wrong, for losses that classify. */
  readonly decision?: Decision;
  /** Whether the loss of a batch is a mean over its samples, where left out, or their sum. */
  readonly reduction?: ops.Reduction;
  /** How much a sample with this label counts in the mean; 0 for one that is ignored. 1 for all where left out. */
  readonly weigh?: (label: number) => number;
}

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

/**
 * -log softmax(x)[label]: for scores of classes.
 *
 * With smoothing s, weights w and C classes a row's loss is (1 - s) w[y] -log p[y] + s / C Σ w[c] -log p[c]; the mean
 * divides by the sum of the labels' weights.
 *
 * Shape: x [batch, classes], labels int32 [batch]; gives one number.
 * Source: https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 * @throws RangeError when reduction is unknown, or a number lies outside its range
 */
export function crossEntropyLoss(options: CrossEntropyOptions = {}): Loss {
  const settings = classOptions("crossEntropyLoss", options);
  const apply = (x: Operand, labels: Operand): Operand => ops.crossEntropy(x, labels, settings);
  return new Loss("crossEntropyLoss", apply, {
    reduction: settings.reduction,
    decision: "highest",
    weigh: weigher(options),
  });
}

/** -x[label]: for log-probabilities of classes, as logSoftmax gives them. Shapes as in {@link crossEntropyLoss}. */
export function nllLoss(options: ClassLossOptions = {}): Loss {
  const settings = classOptions("nllLoss", options);
  const apply = (x: Operand, labels: Operand): Operand => ops.negativeLogLikelihood(x, labels, settings);
  return new Loss("nllLoss", apply, { reduction: settings.reduction, decision: "highest", weigh: weigher(options) });
}

function reductionOf(where: string, options: LossOptions, ...others: readonly string[]): ops.Reduction {
  requireKnown(where, options, ["reduction", ...others]);
  const { reduction = "mean" } = options;
  if (reduction === "mean" || reduction === "sum") return reduction;
  throw new RangeError(`${where}: reduction must be "mean" or "sum"; got ${JSON.stringify(reduction)}`);
}

/** How much a row counts: not at all where its label is ignored, else its label's weight. */
function weigher({ ignoreIndex = -100, weight }: ClassLossOptions): (label: number) => number {
  return (label) => (label === ignoreIndex ? 0 : (weight?.[label] ?? 1));
}

function classOptions(
  where: string,
  options: CrossEntropyOptions,
): ops.ClassLossOptions & { reduction: ops.Reduction } {
  const { labelSmoothing = 0, ignoreIndex = -100, weight } = options;
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  requireWhole(where, "ignoreIndex", ignoreIndex, -(2 ** 31));
  weight?.forEach((each, i) => requireWithin(where, `weight[${i}]`, each, 0, Infinity));
  return {
    where,
    reduction: reductionOf(where, options, "weight", "ignoreIndex", ...(where === "nllLoss" ? [] : ["labelSmoothing"])),
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
