import { ShapeError } from "../../base/errors.ts";
import { Input, Operand } from "../../graph/operand.ts";
import { requireRange } from "../../graph/require-range.ts";
import { call } from "../../graph/call.ts";
import { probabilities } from "../check.ts";
import { softplus } from "../elementwise/activation.ts";
import { add, affine, exp, log, multiply, negate, subtract } from "../elementwise/arithmetic.ts";
import { elementLoss, requireEither, requirePair } from "./element-loss.ts";
import { type ReducedOptions, type Reduction, factorOf, reduced } from "./reduced-loss.ts";

/**
 * Mean or sum of -(y log x + (1 - y) log(1 - x)), or each term; logarithms are at least -100. An x outside [0, 1] gives NaN and
 * gets no gradient; if x is an input, it is checked before a run.
 */
export function binaryCrossEntropy(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "binaryCrossEntropy",
  sampleWeight?: Operand,
): Operand {
  if (x instanceof Input) requireRange(x, probabilities(where));
  if (y instanceof Input) requireRange(y, { where, what: "targets", low: 0, high: 1 });
  return elementLoss(
    "binaryCrossEntropy",
    x,
    y,
    { reduction, where, sampleWeight },
    {
      value: (out, factor) => call("binaryCrossEntropy", x, y, out, factor, x.size),
      each: (out) => call("binaryCrossEntropyEach", x, y, out, x.size),
      gradient: (dOut, dx, factor) => call("binaryCrossEntropyGradient", dOut, x, y, dx, factor, x.size),
      targetGradient: (dOut, _dx, factor) => multiply(subtract(log(affine(x, -1, 1)), log(x)), affine(dOut, factor, 0)),
    },
  );
}

export interface LogitsOptions {
  /** Factor of the terms with target 1: one number, or [classes] for the last axis of x. Default: 1. */
  readonly posWeight?: Operand | number | undefined;
  readonly sampleWeight?: Operand | undefined;
}

/**
 * Binary cross-entropy of sigmoid(x), without overflow: mean or sum of max(x, 0) - x y + log(1 + e^-|x|), or each term; with
 * p = posWeight, (1 - y) log(1 + e^x) + p y log(1 + e^-x).
 */
export function binaryCrossEntropyWithLogits(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "binaryCrossEntropyWithLogits",
  { posWeight, sampleWeight }: LogitsOptions = {},
): Operand {
  if (posWeight !== undefined) {
    return reduced(withPosWeight(where, x, y, posWeight), { where, reduction, sampleWeight });
  }
  return elementLoss(
    "binaryCrossEntropyWithLogits",
    x,
    y,
    { reduction, where, sampleWeight },
    {
      value: (out, factor) => call("binaryCrossEntropyWithLogits", x, y, out, factor, x.size),
      each: (out) => call("binaryCrossEntropyWithLogitsEach", x, y, out, x.size),
      gradient: (dOut, dx, factor) => call("binaryCrossEntropyWithLogitsGradient", dOut, x, y, dx, factor, x.size),
      targetGradient: (dOut, _dx, factor) => multiply(x, affine(dOut, -factor, 0)),
    },
  );
}

/** (1 - y) softplus(x) + weight y softplus(-x): without cancellation. */
function withPosWeight(where: string, x: Operand, y: Operand, weight: Operand | number): Operand {
  requirePair(where, x, y);
  if (typeof weight !== "number" && weight.size !== (x.shape.at(-1) ?? 1)) {
    throw new ShapeError(
      `${where}: posWeight must hold one number for each index along the last axis of ${x}; got ${weight}`,
    );
  }
  const ones = typeof weight === "number" ? affine(y, weight, 0) : multiply(y, weight);
  return add(multiply(affine(y, -1, 1), softplus(x)), multiply(ones, softplus(negate(x))));
}

export interface FocalOptions extends ReducedOptions {
  /** Exponent of the factor (1 - p)^gamma, p being the probability of the target: larger values weigh easy samples less. Default: 2. */
  readonly gamma?: number;
  /** Weight of targets 1; targets 0 have 1 - alpha. Default: both have 1. */
  readonly alpha?: number;
}

/** Mean or sum of -w (1 - p)^gamma log p, or each term; p is sigmoid(x) where y is 1, and 1 - sigmoid(x) where y is 0. */
export function focal(x: Operand, y: Operand, options: FocalOptions = {}): Operand {
  const { gamma = 2, alpha, where = "focal" } = options;
  requirePair(where, x, y);
  requireEither(where, y, 0, 1);
  const [positive, negative] = alpha === undefined ? [1, 1] : [alpha, 1 - alpha];
  const settings = [gamma, positive, negative] as const;
  return elementLoss(
    "focal",
    x,
    y,
    { ...options, where },
    {
      value: (out, factor) => call("focal", x, y, out, ...settings, factor, x.size),
      each: (out) => call("focalEach", x, y, out, ...settings, x.size),
      gradient: (dOut, dx, factor) => call("focalGradient", dOut, x, y, dx, ...settings, factor, x.size),
      targetGradient: () => null,
    },
  );
}

export interface DivergenceOptions extends Omit<ReducedOptions, "reduction"> {
  /** "batchmean" is the sum divided by the extent of the first axis. Default: "mean". */
  readonly reduction?: Reduction | "batchmean";
  /** Whether targets are logarithms of probabilities. Default: false. */
  readonly logTarget?: boolean;
}

/** Kullback-Leibler divergence: mean or sum of y (log y - x), or each term, for log-probabilities x; a term is 0 where y is 0. */
export function divergence(x: Operand, y: Operand, options: DivergenceOptions = {}): Operand {
  const { reduction = "mean", logTarget = false, where = "divergence", sampleWeight } = options;
  requirePair(where, x, y);
  if (logTarget) return reduced(multiply(exp(y), subtract(y, x)), { where, reduction, sampleWeight });
  const gradient = (dOut: Operand, factor: number): Operand[] => [
    multiply(y, affine(dOut, -factor, 0)),
    multiply(subtract(affine(log(y), 1, 1), x), affine(dOut, factor, 0)),
  ];
  if (reduction === "none" || sampleWeight) {
    const losses = new Operand("divergence", x.shape, [x, y], {
      calls: (out) => [call("divergenceEach", x, y, out, x.size)],
      gradient: (dOut) => gradient(dOut, 1),
      overwrites: [0, 1],
      elementwise: true,
      flops: 4 * x.size,
    });
    return reduced(losses, { where, reduction, sampleWeight });
  }
  const factor = reduction === "batchmean" ? 1 / (x.shape[0] ?? 1) : factorOf(x.size, reduction);
  return new Operand("divergence", [], [x, y], {
    calls: (out) => [call("divergence", x, y, out, factor, x.size)],
    gradient: (dOut) => gradient(dOut, factor),
    flops: 4 * x.size,
  });
}
