import { ShapeError } from "../../base/errors.ts";
import { Input, Operand } from "../../graph/operand.ts";
import { requireRange } from "../../graph/require-range.ts";
import { call } from "../../graph/call.ts";
import { affine, multiply, negate } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { sum, sumColumns } from "../reduction/reduction.ts";
import { reshape } from "../shape/view.ts";

/** How the losses of elements or rows are reduced: not at all, to their mean or to their sum. */
export type Reduction = "none" | "mean" | "sum";

/** The options of every loss of `ops`. */
export interface ReducedOptions {
  /** Default: "mean". */
  readonly reduction?: Reduction;
  /** Weights of samples, [batch], at least 0: see `weightedMean`. Default: all equal. */
  readonly sampleWeight?: Operand | undefined;
  /** The name of the caller in errors. @internal */
  readonly where?: string;
}

interface Settings {
  readonly where: string;
  readonly reduction: Reduction | "batchmean";
  readonly sampleWeight: Operand | undefined;
  /** A second weight of each sample in the denominator of the mean, [batch]: that of its class. Default: 1. */
  readonly classWeights?: Operand;
}

/** The factor of a sum over `count` terms: 1 / count for the mean. */
export function factorOf(count: number, reduction: Reduction): number {
  return reduction === "mean" ? 1 / count : 1;
}

/**
 * Losses l [batch, ...], their mean or their sum; "batchmean" is the sum divided by the number of samples.
 *
 * With weights w of samples and c = `classWeights`: w l; Σ w l / Σ w c, with l averaged over each sample; or Σ w l.
 */
export function reduced(losses: Operand, { where, reduction, sampleWeight, classWeights }: Settings): Operand {
  const [samples = 1] = losses.shape;
  const elements = losses.size / samples;
  if (!sampleWeight) {
    if (reduction === "none") return losses;
    const factor = reduction === "batchmean" ? 1 / samples : factorOf(losses.size, reduction);
    return affine(sum(losses), factor, 0);
  }
  requireWeights(where, losses, sampleWeight);
  if (reduction === "none") {
    return multiply(losses, reshape(sampleWeight, [samples, ...losses.shape.slice(1).map(() => 1)]));
  }
  const factor = reduction === "mean" ? 1 / elements : 1;
  const sampleLosses =
    elements === 1 ? reshape(losses, [samples]) : sumColumns(reshape(losses, [samples, elements]), factor);
  const total = sum(multiply(sampleLosses, sampleWeight));
  if (reduction === "sum") return total;
  return quotient(total, sum(classWeights ? multiply(sampleWeight, classWeights) : sampleWeight));
}

/**
 * The weighted mean of the losses l of samples: Σ w l / Σ w, or 0 if all weights are 0.
 *
 * Shape: losses [batch, ...], averaged over each sample, and weight [batch] give one number.
 * Source: PyTorch's mean by class weights; 0 as Keras' `reduce_weighted_values`
 * @throws ShapeError when there is not one weight for each sample
 * @throws RangeError, before a run, when a weight that comes from an input is not finite or is below 0
 */
export function weightedMean(losses: Operand, weight: Operand): Operand {
  requireFloat("weightedMean", "losses", losses);
  return reduced(losses, { where: "weightedMean", reduction: "mean", sampleWeight: weight });
}

function requireWeights(where: string, losses: Operand, weight: Operand): void {
  requireFloat(where, "weights of samples", weight);
  const [samples] = losses.shape;
  if (samples === undefined || weight.shape.length !== 1 || weight.size !== samples) {
    throw new ShapeError(
      `${where}: weights of samples must be [${samples ?? "batch"}], one for each of ${losses}; got ${weight}`,
    );
  }
  if (weight instanceof Input) requireRange(weight, { where, what: "weights of samples", low: 0, high: Infinity });
}

/** a / b, or 0 where b is 0; no gradient flows there. */
function quotient(a: Operand, b: Operand): Operand {
  return new Operand("quotient", a.shape, [a, b], {
    calls: (out) => [call("quotient", a, b, out, a.size)],
    gradient: (dOut, out) => {
      const dA = quotient(dOut, b);
      return [dA, negate(multiply(dA, out))];
    },
    overwrites: [0, 1],
    elementwise: true,
  });
}
