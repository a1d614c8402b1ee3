import { ShapeError } from "../../base/errors.ts";
import { Input, Operand } from "../../graph/operand.ts";
import { requireRange } from "../../graph/require-range.ts";
import { call } from "../../graph/call.ts";
import { affine, multiply, negate } from "../elementwise/arithmetic.ts";
import { requireFloat } from "../check.ts";
import { sum, sumColumns } from "../reduction.ts";
import { reshape } from "../shape.ts";

/** What is made of the losses of single elements or rows: all of them, their mean or their sum. */
export type Reduction = "none" | "mean" | "sum";

/** What every loss of `ops` may be told. */
export interface ReducedOptions {
  /** Default: "mean". */
  readonly reduction?: Reduction;
  /** How much each sample counts, [batch], at least 0: see `weightedMean`. Default: all alike. */
  readonly sampleWeight?: Operand | undefined;
  /** Who asks, for errors. @internal */
  readonly where?: string;
}

interface Settings {
  readonly where: string;
  readonly reduction: Reduction | "batchmean";
  readonly sampleWeight: Operand | undefined;
  /** How much each sample counts beside its weight, [batch]: the weight of its class. Default: all alike. */
  readonly counts?: Operand;
}

/** What the sum over `count` terms is multiplied by. */
export function factorOf(count: number, reduction: Reduction): number {
  return reduction === "mean" ? 1 / count : 1;
}

/**
 * Losses l [batch, ...] as they are, their mean or their sum; "batchmean" is the mean of the sums of the samples.
 *
 * With weights w of samples: w l, Σ w l / Σ w counts, each sample's l being the mean of its own, or Σ w l.
 */
export function reduced(losses: Operand, { where, reduction, sampleWeight, counts }: Settings): Operand {
  const [samples = 1] = losses.shape;
  const own = losses.size / samples;
  if (!sampleWeight) {
    if (reduction === "none") return losses;
    const factor = reduction === "batchmean" ? 1 / samples : factorOf(losses.size, reduction);
    return affine(sum(losses), factor, 0);
  }
  requireWeights(where, losses, sampleWeight);
  if (reduction === "none") {
    return multiply(losses, reshape(sampleWeight, [samples, ...losses.shape.slice(1).map(() => 1)]));
  }
  const factor = reduction === "mean" ? 1 / own : 1;
  const ofSamples = own === 1 ? reshape(losses, [samples]) : sumColumns(reshape(losses, [samples, own]), factor);
  const total = sum(multiply(ofSamples, sampleWeight));
  if (reduction === "sum") return total;
  return quotient(total, sum(counts ? multiply(sampleWeight, counts) : sampleWeight));
}

/**
 * The mean of losses l of samples by their weights w: Σ w l / Σ w, 0 where all weights are 0.
 *
 * Shape: losses [batch, ...], each sample's being the mean of its own elements, and weight [batch]; gives one number.
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

/** a / b, 0 where b is 0: no gradient flows there. */
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
