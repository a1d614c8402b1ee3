import { Input, Operand, requireRange } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { affine, exp, log, multiply, subtract } from "./arithmetic.ts";
import { type Reduction, elementLoss, factorOf, requireEither, requirePair } from "./element-loss.ts";
import { sum } from "./reduction.ts";

/** Mean or sum of -(y log x + (1 - y) log(1 - x)), each logarithm at least -100. */
export function binaryCrossEntropy(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "binaryCrossEntropy",
): Operand {
  // As PyTorch: outside of it there is no likelihood to speak of.
  requirePair(where, x, y);
  if (y instanceof Input) requireRange(y, { where, what: "targets", low: 0, high: 1 });
  const factor = factorOf(x.size, reduction);
  return elementLoss("binaryCrossEntropy", where, x, y, {
    value: (out) => call("binaryCrossEntropy", x, y, out, factor, x.size),
    gradient: (dOut, dx) => call("binaryCrossEntropyGradient", dOut, x, y, dx, factor, x.size),
    targetGradient: (dOut) => multiply(subtract(log(affine(x, -1, 1)), log(x)), affine(dOut, factor, 0)),
  });
}

/** Binary cross-entropy of sigmoid(x), computed so that no logit is too large: max(x, 0) - x y + log(1 + e^-|x|). */
export function binaryCrossEntropyWithLogits(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "binaryCrossEntropyWithLogits",
): Operand {
  requirePair(where, x, y);
  const factor = factorOf(x.size, reduction);
  return elementLoss("binaryCrossEntropyWithLogits", where, x, y, {
    value: (out) => call("binaryCrossEntropyWithLogits", x, y, out, factor, x.size),
    gradient: (dOut, dx) => call("binaryCrossEntropyWithLogitsGradient", dOut, x, y, dx, factor, x.size),
    targetGradient: (dOut) => multiply(x, affine(dOut, -factor, 0)),
  });
}

export interface FocalOptions {
  readonly reduction?: Reduction;
  /** How little those count that are decided right: a factor (1 - p)^gamma, p the probability given to the target. */
  readonly gamma?: number;
  /** Weight of targets 1, that of targets 0 being 1 - alpha; all weigh 1 where left out. */
  readonly alpha?: number;
  /** Who asks, for errors. */
  readonly where?: string;
}

/** Mean or sum of w (1 - p)^gamma -log p, p being sigmoid(x) where y is 1 and 1 - sigmoid(x) where it is 0. */
export function focal(x: Operand, y: Operand, options: FocalOptions = {}): Operand {
  const { reduction = "mean", gamma = 2, alpha, where = "focal" } = options;
  requirePair(where, x, y);
  requireEither(where, y, 0, 1);
  const [positive, negative] = alpha === undefined ? [1, 1] : [alpha, 1 - alpha];
  const settings = [gamma, positive, negative, factorOf(x.size, reduction), x.size] as const;
  return elementLoss("focal", where, x, y, {
    value: (out) => call("focal", x, y, out, ...settings),
    gradient: (dOut, dx) => call("focalGradient", dOut, x, y, dx, ...settings),
    targetGradient: () => null,
  });
}

export interface DivergenceOptions {
  /** Mean over all elements (where left out), sum, or their sum divided by the extent of the first axis. */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target is given as logarithms too. */
  readonly logTarget?: boolean;
  /** Who asks, for errors. */
  readonly where?: string;
}

/** Mean or sum of y (log y - x): how far probabilities y are from those whose logarithms are x; 0 where y is 0. */
export function divergence(x: Operand, y: Operand, options: DivergenceOptions = {}): Operand {
  const { reduction = "mean", logTarget = false, where = "divergence" } = options;
  requirePair(where, x, y);
  const factor = reduction === "batchmean" ? 1 / (x.shape[0] ?? 1) : factorOf(x.size, reduction);
  if (logTarget) return affine(sum(multiply(exp(y), subtract(y, x))), factor, 0);
  return new Operand("divergence", [], [x, y], {
    calls: (out) => [call("divergence", x, y, out, factor, x.size)],
    gradient: (dOut) => [
      multiply(y, affine(dOut, -factor, 0)),
      multiply(subtract(affine(log(y), 1, 1), x), affine(dOut, factor, 0)),
    ],
    flops: 4 * x.size,
  });
}
