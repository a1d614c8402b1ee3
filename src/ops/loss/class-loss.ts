import { ShapeError, requireWithin } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { requireRange } from "../../graph/require-range.ts";
import { call } from "../../graph/call.ts";
import { matrixExtents, requireFloat, requireInteger } from "../check.ts";
import { multiply } from "../elementwise/arithmetic.ts";
import { type ReducedOptions, factorOf, reduced } from "./reduced-loss.ts";
import { filled } from "../reduction/reduction.ts";
import { reshape } from "../shape/view.ts";
import { logSoftmax } from "../reduction/softmax.ts";

export interface ClassLossOptions extends ReducedOptions {
  /** Share of the target that is distributed evenly over all classes, in [0, 1]. Default: 0. */
  readonly labelSmoothing?: number;
  /** Rows with this label are ignored: their loss is 0, and the mean does not count them. Default: -100. */
  readonly ignoreIndex?: number;
  /** One weight for each class. Default: 1 for all. */
  readonly weight?: Operand;
}

/**
 * Mean or sum over rows of -w[y] logp[y] for labels y; the mean divides by Σ w[y].
 *
 * Shape: log-probabilities [rows, classes] and labels [rows], int32, give one number; with reduction "none" [rows].
 * @throws TypeError or ShapeError when a dtype or shape does not fit
 * @throws RangeError when labelSmoothing is outside [0, 1]; before a run, when a label is no class
 */
export function negativeLogLikelihood(logp: Operand, labels: Operand, options: ClassLossOptions = {}): Operand {
  const {
    sampleWeight,
    reduction = "mean",
    labelSmoothing = 0,
    ignoreIndex = -100,
    where = "negativeLogLikelihood",
  } = options;
  requireFloat(where, "log-probabilities", logp);
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  const [rows, classes] = labelledExtents(where, logp, labels);
  const weight = weightsFor(where, classes, options.weight);
  requireRange(labels, { where, what: "labels", low: 0, high: classes - 1, except: ignoreIndex });
  const name = "negativeLogLikelihood";
  const gradient = (dOut: Operand, mean: number): Operand =>
    new Operand(`${name}Gradient`, logp.shape, [dOut, labels, weight], {
      calls: (dLogp) => [
        call("nllGradient", dOut, labels, weight, dLogp, labelSmoothing, ignoreIndex, mean, rows, classes),
      ],
    });
  if (reduction === "none" || sampleWeight) {
    const losses = new Operand(name, [rows], [logp, labels, weight], {
      calls: (out) => [call("nllEach", logp, labels, weight, out, labelSmoothing, ignoreIndex, rows, classes)],
      gradient: (dOut) => [multiply(column(dOut), gradient(filled([], 1), 0)), null, null],
      flops: rows,
    });
    const classWeights = new Operand("labelWeights", [rows], [labels, weight], {
      calls: (out) => [call("labelWeights", labels, weight, out, ignoreIndex, rows)],
      gradient: () => [null, null],
    });
    return reduced(losses, { where, reduction, sampleWeight, classWeights });
  }
  const mean = reduction === "mean" ? 1 : 0;
  return new Operand(name, [], [logp, labels, weight], {
    calls: (out) => [call("nll", logp, labels, weight, out, labelSmoothing, ignoreIndex, mean, rows, classes)],
    gradient: (dOut) => [gradient(dOut, mean), null, null],
    flops: rows,
  });
}

/** negativeLogLikelihood(logSoftmax(logits), labels), for logits [rows, classes] and labels [rows]. */
export function crossEntropy(logits: Operand, labels: Operand, options: ClassLossOptions = {}): Operand {
  return negativeLogLikelihood(logSoftmax(logits), labels, options);
}

export interface MultiMarginOptions extends ReducedOptions {
  /** The exponent of each term. Default: 1. */
  readonly p?: 1 | 2;
  /** The least difference between the label's score and every other without a loss. Default: 1. */
  readonly margin?: number;
  /** One weight for each class. Default: 1 for all. */
  readonly weight?: Operand;
}

/**
 * Mean or sum over rows of w[y] Σ max(0, margin - x[y] + x[c])^p / classes, the sum over classes c other than the label y.
 *
 * Shape: scores [rows, classes] and labels [rows], int32, give one number; with reduction "none" [rows].
 * @throws TypeError or ShapeError when a dtype or shape does not fit
 * @throws RangeError, before a run, when a label is no class
 */
export function multiMargin(x: Operand, labels: Operand, options: MultiMarginOptions = {}): Operand {
  const { sampleWeight, reduction = "mean", p = 1, margin = 1, where = "multiMargin" } = options;
  requireFloat(where, "scores", x);
  const [rows, classes] = labelledExtents(where, x, labels);
  const weight = weightsFor(where, classes, options.weight);
  requireRange(labels, { where, what: "labels", low: 0, high: classes - 1 });
  const settingsFor = (share: number) => [margin, p === 2 ? 1 : 0, share / classes, rows, classes] as const;
  const gradient = (dOut: Operand, share: number): Operand =>
    new Operand("multiMarginGradient", x.shape, [dOut, x, labels, weight], {
      calls: (dx) => [call("multiMarginGradient", dOut, x, labels, weight, dx, ...settingsFor(share))],
      flops: 3 * x.size,
    });
  if (reduction === "none" || sampleWeight) {
    const losses = new Operand("multiMargin", [rows], [x, labels, weight], {
      calls: (out) => [call("multiMarginEach", x, labels, weight, out, ...settingsFor(1))],
      gradient: (dOut) => [multiply(column(dOut), gradient(filled([], 1), 1)), null, null],
      flops: 3 * x.size,
    });
    return reduced(losses, { where, reduction, sampleWeight });
  }
  const share = factorOf(rows, reduction);
  return new Operand("multiMargin", [], [x, labels, weight], {
    calls: (out) => [call("multiMargin", x, labels, weight, out, ...settingsFor(share))],
    gradient: (dOut) => [gradient(dOut, share), null, null],
    flops: 3 * x.size,
  });
}

/** x [rows] as [rows, 1]. */
function column(x: Operand): Operand {
  return reshape(x, [x.size, 1]);
}

/**
 * The extents of scores [rows, classes].
 * @throws TypeError or ShapeError when labels are not int32 [rows]
 */
function labelledExtents(where: string, x: Operand, labels: Operand): readonly [number, number] {
  requireInteger(where, "labels", labels);
  const [rows, classes] = matrixExtents(where, x);
  if (labels.shape.length !== 1 || labels.size !== rows) {
    throw new ShapeError(`${where}: labels must be [${rows}], one for each row of ${x}; got ${labels}`);
  }
  return [rows, classes];
}

function weightsFor(where: string, classes: number, weight = filled([classes], 1)): Operand {
  if (weight.size === classes) return weight;
  throw new ShapeError(`${where}: weight must hold one number for each of ${classes} classes; got ${weight}`);
}
