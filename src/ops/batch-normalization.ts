import { MomentRow, SumRow, roomForTotals } from "#kernels/contract";
import { placesIn } from "../base/layout.ts";
import { ShapeError } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { affine as scaleAndShift, divide, multiply, negate, sqrt } from "./elementwise/arithmetic.ts";
import { requireFloat } from "./check.ts";
import { type Affine, channelExtents, completeAffine, requireAffine } from "./normalization.ts";
import { filled } from "./reduction/reduction.ts";
import { slice } from "./shape/slice.ts";
import { reshape } from "./shape/view.ts";

/**
 * The mean and the biased variance of each channel; `batchNorm` computes the gradient through them.
 *
 * Shape: x [N, C, ...] gives [2, C], means first.
 * @throws ShapeError when x is empty or has less than two axes
 */
export function channelMoments(x: Operand): Operand {
  requireFloat("channelMoments", "x", x);
  const [batch, channels, length] = channelExtents("channelMoments", x);
  if (x.size === 0) throw new ShapeError(`channelMoments: each channel must have a value; got ${x}`);
  return new Operand("channelMoments", [placesIn(MomentRow), channels], [x], {
    calls: (out, { workspace }) => [
      length === 1
        ? call("columnMoments", x, out, workspace, batch, channels)
        : call("channelMoments", x, out, batch, channels, length),
    ],
    workspace: length === 1 ? roomForTotals(batch, channels) : 0,
    flops: 4 * x.size,
  });
}

/**
 * (x - mean) / √(variance + eps) * weight + bias, with mean and variance of each channel of x.
 *
 * Shape: x [N, C, ...] with weight and bias [C] gives the shape of x.
 * @param moments channelMoments(x): the gradient by x includes that through mean and variance
 * @throws ShapeError when a shape does not fit
 */
export function batchNorm(x: Operand, moments: Operand, affine: Affine = {}, eps = 1e-5): Operand {
  const { mean, factor, scale, weight, bias } = termsOf(
    "batchNorm",
    x,
    row(moments, MomentRow.mean),
    row(moments, MomentRow.variance),
    affine,
    eps,
  );
  return new Operand("batchNorm", x.shape, [x, mean, scale, bias, weight], {
    calls: (out) => [normalizeCall(x, mean, scale, bias, out)],
    gradient: (dOut) => {
      const sums = channelSums(dOut, x, mean);
      const [dBias, dScale] = [row(sums, SumRow.dOut), row(sums, SumRow.product)];
      const share = scale.size / x.size;
      const shift = multiply(scale, scaleAndShift(dBias, -share, 0));
      const slope = multiply(multiply(scale, multiply(factor, factor)), scaleAndShift(dScale, -share, 0));
      const dx = new Operand("batchNormGradient", x.shape, [dOut, x, mean, scale, slope, shift], {
        calls: (out) => [gradientCall(dOut, x, mean, scale, slope, shift, out)],
        overwrites: [0, 1],
        flops: 5 * x.size,
      });
      return [dx, null, null, dBias, multiply(dScale, factor)];
    },
    overwrites: [0],
    flops: 3 * x.size,
    attributes: { eps },
  });
}

/**
 * (x - mean) / √(variance + eps) * weight + bias, with a mean and a variance for each channel.
 *
 * Shape: x [N, C, ...] with mean, variance, weight and bias [C] gives the shape of x.
 * @throws ShapeError when a shape does not fit
 */
export function channelNorm(x: Operand, mean: Operand, variance: Operand, affine: Affine = {}, eps = 1e-5): Operand {
  const { scale, bias } = termsOf("channelNorm", x, mean, variance, affine, eps);
  return new Operand("channelNorm", x.shape, [x, mean, scale, bias], {
    calls: (out) => [normalizeCall(x, mean, scale, bias, out)],
    gradient: (dOut) => {
      const sums = channelSums(dOut, x, mean);
      const dBias = row(sums, SumRow.dOut);
      const dx = multiply(dOut, reshape(scale, [scale.size, ...x.shape.slice(2).map(() => 1)]));
      return [dx, negate(multiply(scale, dBias)), row(sums, SumRow.product), dBias];
    },
    overwrites: [0],
    flops: 3 * x.size,
    attributes: { eps },
  });
}

/** Running statistics: the mean and the unbiased variance of each channel, and the number of batches. */
export interface RunningMoments {
  readonly mean: Operand;
  readonly variance: Operand;
  /** One integer. */
  readonly batches: Operand;
}

/**
 * Updates running statistics in place: running = (1 - momentum) * running + momentum * moments, with the unbiased variance.
 * @param moments channelMoments of a batch with `count` values for each channel
 * @param momentum in [0, 1], or null for the averages of all batches
 */
export function updateMoments(
  { mean, variance, batches }: RunningMoments,
  moments: Operand,
  count: number,
  momentum: number | null,
): Operand {
  const correction = count / (count - 1);
  const [share, cumulative] = momentum === null ? [0, 1] : [momentum, 0];
  return new Operand("updateMoments", [0], [moments, mean, variance, batches], {
    calls: () => [call("updateMoments", moments, mean, variance, batches, share, cumulative, correction, mean.size)],
    flops: 4 * mean.size,
  });
}

/** The terms of y = (x - mean) * scale + bias with scale = factor * weight, each [C]. */
function termsOf(
  where: string,
  x: Operand,
  mean: Operand,
  variance: Operand,
  affine: Affine,
  eps: number,
): Readonly<Record<"mean" | "factor" | "scale" | "weight" | "bias", Operand>> {
  requireFloat(where, "x", x);
  const [, channels] = channelExtents(where, x);
  requireAffine(where, affine, [channels]);
  for (const moment of [mean, variance]) {
    if (moment.size === channels && moment.shape.length === 1) continue;
    throw new ShapeError(`${where}: mean and variance must be [${channels}]; got ${moment}`);
  }
  const { weight, bias } = completeAffine(affine, [channels]);
  const factor = divide(filled([channels], 1), sqrt(scaleAndShift(variance, 1, eps)));
  return { mean, factor, scale: multiply(factor, weight), weight, bias };
}

/** Over each channel, Σ dOut and Σ dOut * (x - mean): [2, C]. */
function channelSums(dOut: Operand, x: Operand, mean: Operand): Operand {
  const [batch, channels, length] = channelExtents("channelSums", x);
  return new Operand("channelSums", [placesIn(SumRow), channels], [dOut, x, mean], {
    calls: (out, { workspace }) => [
      length === 1
        ? call("columnSums", dOut, x, mean, out, workspace, batch, channels)
        : call("channelSums", dOut, x, mean, out, batch, channels, length),
    ],
    workspace: length === 1 ? roomForTotals(batch, channels) : 0,
    flops: 4 * x.size,
  });
}

function normalizeCall(x: Operand, mean: Operand, scale: Operand, bias: Operand, out: Operand): Call {
  const [batch, channels, length] = channelExtents("batchNorm", x);
  if (length === 1) return call("normalizeColumns", x, mean, scale, bias, out, batch, channels);
  return call("normalizeChannels", x, mean, scale, bias, out, batch, channels, length);
}

function gradientCall(
  dOut: Operand,
  x: Operand,
  mean: Operand,
  scale: Operand,
  slope: Operand,
  shift: Operand,
  dx: Operand,
): Call {
  const [batch, channels, length] = channelExtents("batchNorm", x);
  if (length === 1) return call("normalizeColumnsGradient", dOut, x, mean, scale, slope, shift, dx, batch, channels);
  return call("normalizeChannelsGradient", dOut, x, mean, scale, slope, shift, dx, batch, channels, length);
}

/** Row i of a matrix: a view. */
function row(x: Operand, i: number): Operand {
  return reshape(slice(x, 0, i, i + 1), [x.shape[1] ?? 0]);
}
