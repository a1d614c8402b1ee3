import { ShapeError, requireWithin } from "../errors.ts";
import { Input, Operand, requireRange } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { affine, log, multiply, negate, subtract } from "./arithmetic.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";
import { sameShape } from "../tensor.ts";
import { filled } from "./reduction.ts";
import { logSoftmax } from "./softmax.ts";

/** How the losses of single elements become one number. */
export type Reduction = "mean" | "sum";

/** Mean or sum of (x - y)². */
export function squaredError(x: Operand, y: Operand, reduction: Reduction = "mean", where = "squaredError"): Operand {
  return elementLoss("squaredError", where, x, y, reduction, (_dOut, dx) => negate(dx));
}

/** Mean or sum of |x - y|. */
export function absoluteError(x: Operand, y: Operand, reduction: Reduction = "mean", where = "absoluteError"): Operand {
  return elementLoss("absoluteError", where, x, y, reduction, (_dOut, dx) => negate(dx));
}

/** Mean or sum of -(y log x + (1 - y) log(1 - x)), each logarithm at least -100. */
export function binaryCrossEntropy(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "binaryCrossEntropy",
): Operand {
  // As PyTorch: outside of it there is no likelihood to speak of.
  if (y instanceof Input) requireRange(y, { where, what: "targets", low: 0, high: 1 });
  return elementLoss("binaryCrossEntropy", where, x, y, reduction, (dOut) => {
    const logOdds = subtract(log(affine(x, -1, 1)), log(x));
    return multiply(logOdds, affine(dOut, factorOf(x, reduction), 0));
  });
}

/** Binary cross-entropy of sigmoid(x), computed so that no logit is too large: max(x, 0) - x y + log(1 + e^-|x|). */
export function binaryCrossEntropyWithLogits(
  x: Operand,
  y: Operand,
  reduction: Reduction = "mean",
  where = "binaryCrossEntropyWithLogits",
): Operand {
  return elementLoss("binaryCrossEntropyWithLogits", where, x, y, reduction, (dOut) =>
    multiply(x, affine(dOut, -factorOf(x, reduction), 0)),
  );
}

export interface ClassLossOptions {
  readonly reduction?: Reduction;
  /** Share of the target that is spread evenly over all classes, in [0, 1]. */
  readonly labelSmoothing?: number;
  /** Rows with this label count for nothing. */
  readonly ignoreIndex?: number;
  /** One weight for each class; all 1 where left out. */
  readonly weight?: Operand;
  /** Who asks, for errors. */
  readonly where?: string;
}

/** The negative log-likelihood of the labels [rows] under log-probabilities [rows, classes]. */
export function negativeLogLikelihood(logp: Operand, labels: Operand, options: ClassLossOptions = {}): Operand {
  const { reduction = "mean", labelSmoothing = 0, ignoreIndex = -100, where = "negativeLogLikelihood" } = options;
  requireFloat(where, "log-probabilities", logp);
  requireInteger(where, "labels", labels);
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  const [rows, classes] = matrixExtents(where, logp);
  if (labels.shape.length !== 1 || labels.size !== rows) {
    throw new ShapeError(`${where}: labels must be [${rows}], one for each row of ${logp}; got ${labels}`);
  }
  const weight = options.weight ?? filled([classes], 1);
  if (weight.size !== classes) {
    throw new ShapeError(`${where}: weight must hold one number for each of ${classes} classes; got ${weight}`);
  }
  requireRange(labels, { where, what: "labels", low: 0, high: classes - 1, except: ignoreIndex });
  const settings = [labelSmoothing, ignoreIndex, reduction === "mean" ? 1 : 0, rows, classes] as const;
  return new Operand("negativeLogLikelihood", [], [logp, labels, weight], {
    calls: (out) => [call("nll", logp, labels, weight, out, ...settings)],
    gradient: (dOut) => [
      new Operand("negativeLogLikelihoodGradient", logp.shape, [dOut, labels, weight], {
        calls: (dLogp) => [call("nllGradient", dOut, labels, weight, dLogp, ...settings)],
      }),
      null,
      null,
    ],
    flops: rows,
  });
}

/** The negative log-likelihood of the labels [rows] under softmax(logits [rows, classes]). */
export function crossEntropy(logits: Operand, labels: Operand, options: ClassLossOptions = {}): Operand {
  return negativeLogLikelihood(logSoftmax(logits), labels, options);
}

function elementLoss(
  kernel: "squaredError" | "absoluteError" | "binaryCrossEntropy" | "binaryCrossEntropyWithLogits",
  where: string,
  x: Operand,
  y: Operand,
  reduction: Reduction,
  targetGradient: (dOut: Operand, dx: Operand) => Operand,
): Operand {
  requireFloat(where, "the prediction", x);
  requireFloat(where, "the target", y);
  if (!sameShape(x.shape, y.shape)) {
    throw new ShapeError(`${where}: prediction and target must have one shape; got ${x} and ${y}`);
  }
  const factor = factorOf(x, reduction);
  return new Operand(kernel, [], [x, y], {
    calls: (out) => [call(kernel, x, y, out, factor, x.size)],
    gradient: (dOut) => {
      const dx = new Operand(`${kernel}Gradient`, x.shape, [dOut, x, y], {
        calls: (out) => [call(`${kernel}Gradient`, dOut, x, y, out, factor, x.size)],
        overwrites: [1, 2],
      });
      return [dx, targetGradient(dOut, dx)];
    },
    flops: 3 * x.size,
  });
}

function factorOf(x: Operand, reduction: Reduction): number {
  return reduction === "mean" ? 1 / x.size : 1;
}
