import { ShapeError } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { affine as scaleAndShift, divide, multiply, negate, sqrt } from "./elementwise/arithmetic.ts";
import { requireFloat } from "./check.ts";
import { type Affine, channelExtents, completed, requireAffine } from "./normalization.ts";
import { filled } from "./reduction.ts";
import { reshape, slice } from "./shape.ts";
import { roomForTotals } from "./totals.ts";

/** The mean of each channel of x [N, C, ...], then the (biased) variance of each: [2, C]. It has no gradient of its own. */
export function channelMoments(x: Operand): Operand {
  requireFloat("channelMoments", "x", x);
  const [batch, channels, length] = channelExtents("channelMoments", x);
  if (x.size === 0) throw new ShapeError(`channelMoments: each channel must have a value; got ${x}`);
  return new Operand("channelMoments", [2, channels], [x], {
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
 * (x - mean) / √(variance + eps) * weight + bias for x [N, C, ...] and `moments` that are the channelMoments of this x:
 * the gradient by x knows that they follow from it. Weight and bias are [C].
 */
export function batchNorm(x: Operand, moments: Operand, affine: Affine = {}, eps = 1e-5): Operand {
  const { mean, factor, scale, weight, bias } = partsOf("batchNorm", x, row(moments, 0), row(moments, 1), affine, eps);
  return new Operand("batchNorm", x.shape, [x, mean, scale, bias, weight], {
    calls: (out) => [normalizeCall(x, mean, scale, bias, out)],
    gradient: (dOut) => {
      const sums = channelSums(dOut, x, mean);
      const [dBias, dScale] = [row(sums, 0), row(sums, 1)];
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
  });
}

/** (x - mean) / √(variance + eps) * weight + bias for x [N, C, ...], with a given mean and variance of each channel. */
export function channelNorm(x: Operand, mean: Operand, variance: Operand, affine: Affine = {}, eps = 1e-5): Operand {
  const { scale, bias } = partsOf("channelNorm", x, mean, variance, affine, eps);
  return new Operand("channelNorm", x.shape, [x, mean, scale, bias], {
    calls: (out) => [normalizeCall(x, mean, scale, bias, out)],
    gradient: (dOut) => {
      const sums = channelSums(dOut, x, mean);
      const dBias = row(sums, 0);
      const dx = multiply(dOut, reshape(scale, [scale.size, ...x.shape.slice(2).map(() => 1)]));
      return [dx, negate(multiply(scale, dBias)), row(sums, 1), dBias];
    },
    overwrites: [0],
    flops: 3 * x.size,
  });
}

/** Statistics of all batches so far: the mean and the unbiased variance of each channel, and how many batches there were. */
export interface RunningMoments {
  readonly mean: Operand;
  readonly variance: Operand;
  /** One integer. */
  readonly batches: Operand;
}

/**
 * Moves running statistics towards the `moments` of a batch with `count` values for each channel, in place.
 * @param momentum how far they move, in [0, 1]; null: they become averages of all batches
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

/** What a normalization is made of, each [C]: y = (x - mean) * scale + bias with scale = factor * weight. */
function partsOf(
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
  for (const each of [mean, variance]) {
    if (each.size === channels && each.shape.length === 1) continue;
    throw new ShapeError(`${where}: mean and variance must be [${channels}]; got ${each}`);
  }
  const { weight, bias } = completed(affine, [channels]);
  const factor = divide(filled([channels], 1), sqrt(scaleAndShift(variance, 1, eps)));
  return { mean, factor, scale: multiply(factor, weight), weight, bias };
}

/** For each channel the sum of dOut, then of dOut * (x - mean): [2, C]. */
function channelSums(dOut: Operand, x: Operand, mean: Operand): Operand {
  const [batch, channels, length] = channelExtents("channelSums", x);
  return new Operand("channelSums", [2, channels], [dOut, x, mean], {
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

/** Row i of a matrix; costs nothing. */
function row(x: Operand, i: number): Operand {
  return reshape(slice(x, 0, i, i + 1), [x.shape[1] ?? 0]);
}
