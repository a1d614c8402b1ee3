import { ShapeError, requireWithin } from "../errors.ts";
import { Operand, requireRange } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";
import { type Reduction, factorOf } from "./element-loss.ts";
import { filled } from "./reduction.ts";
import { logSoftmax } from "./softmax.ts";

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
  requireWithin(where, "labelSmoothing", labelSmoothing, 0, 1);
  const [rows, classes] = labelled(where, logp, labels);
  const weight = weightsFor(where, classes, options.weight);
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

export interface MultiMarginOptions {
  readonly reduction?: Reduction;
  /** 1 (where left out) adds up what is missing to the margin, 2 its square. */
  readonly p?: 1 | 2;
  /** By how much the label's score should pass every other; 1 where left out. */
  readonly margin?: number;
  /** One weight for each class; all 1 where left out. */
  readonly weight?: Operand;
  /** Who asks, for errors. */
  readonly where?: string;
}

/** Mean or sum over rows of w[y] Σ max(0, margin - x[y] + x[c])^p / classes over classes c other than the label y. */
export function multiMargin(x: Operand, labels: Operand, options: MultiMarginOptions = {}): Operand {
  const { reduction = "mean", p = 1, margin = 1, where = "multiMargin" } = options;
  requireFloat(where, "scores", x);
  const [rows, classes] = labelled(where, x, labels);
  const weight = weightsFor(where, classes, options.weight);
  requireRange(labels, { where, what: "labels", low: 0, high: classes - 1 });
  const settings = [margin, p === 2 ? 1 : 0, factorOf(rows, reduction) / classes, rows, classes] as const;
  return new Operand("multiMargin", [], [x, labels, weight], {
    calls: (out) => [call("multiMargin", x, labels, weight, out, ...settings)],
    gradient: (dOut) => [
      new Operand("multiMarginGradient", x.shape, [dOut, x, labels, weight], {
        calls: (dx) => [call("multiMarginGradient", dOut, x, labels, weight, dx, ...settings)],
        flops: 3 * x.size,
      }),
      null,
      null,
    ],
    flops: 3 * x.size,
  });
}

/** The extents of rows of scores, each with one label. */
function labelled(where: string, x: Operand, labels: Operand): readonly [number, number] {
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
