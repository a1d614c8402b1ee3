import { ShapeError, requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../graph/call.ts";
import { type Shape, printShape, sameShape, sizeOf } from "../base/tensor.ts";
import { requireFloat, requireOptions, requireShape } from "./check.ts";
import { broadcast, filled } from "./reduction.ts";
import { reshape, slice } from "./shape.ts";
import { roomForTotals } from "./totals.ts";

/** What a normalized x is multiplied by, and what is added then. Default: 1 and 0. */
export interface Affine {
  readonly weight?: Operand | null;
  readonly bias?: Operand | null;
}

/** (x - mean) / √(variance + eps) * weight + bias, mean and variance over the last axes, whose extents are `normalizedShape`. */
export function layerNorm(x: Operand, normalizedShape: Shape, affine: Affine = {}, eps = 1e-5): Operand {
  requireLastAxes("layerNorm", x, normalizedShape);
  return normalizedRows("layerNorm", x, normalizedShape, affine, eps);
}

/** x / √(mean of x² + eps) * weight, the mean over the last axes, whose extents are `normalizedShape`. */
export function rmsNorm(
  x: Operand,
  normalizedShape: Shape,
  options: Pick<Affine, "weight"> = {},
  eps = 2 ** -23,
): Operand {
  requireOptions("rmsNorm", options);
  const { weight = null } = options;
  requireLastAxes("rmsNorm", x, normalizedShape);
  return normalizedRows("rmsNorm", x, normalizedShape, { weight }, eps);
}

/**
 * (x - mean) / √(variance + eps) * weight + bias for x [N, C, ...], mean and variance over each of `groups` equal groups
 * of a sample's channels; weight and bias are [C].
 */
export function groupNorm(x: Operand, groups: number, affine: Affine = {}, eps = 1e-5): Operand {
  requireFloat("groupNorm", "x", x);
  requireWhole("groupNorm", "groups", groups, 1);
  const [, channels, length] = channelExtents("groupNorm", x);
  if (!Number.isInteger(channels / groups)) {
    throw new ShapeError(`groupNorm: the number of channels must be a multiple of ${groups}; got ${x}`);
  }
  const spread = ({ weight, bias }: Affine): Affine => ({ weight: along(weight, length), bias: along(bias, length) });
  requireAffine("groupNorm", affine, [channels]);
  return normalizedRows("groupNorm", x, [channels * length], spread(affine), eps, groups);
}

/** Each of [C] repeated: [C * length]. */
function along(each: Operand | null | undefined, length: number): Operand | null {
  return each ? reshape(broadcast(reshape(each, [each.size, 1]), [each.size, length]), [each.size * length]) : null;
}

/** Normalizes rows as long as `extents` say; weight and bias are of that shape. */
function normalizedRows(
  name: "layerNorm" | "groupNorm" | "rmsNorm",
  x: Operand,
  extents: Shape,
  affine: Affine,
  eps: number,
  groups = 1,
): Operand {
  requireAffine(name, affine, extents);
  const { weight, bias } = completed(affine, extents);
  const columns = sizeOf(extents) / groups;
  const rows = x.size / columns;
  const [measure, gradientKernel] =
    name === "rmsNorm"
      ? (["rowPower", "scaleRowsGradient"] as const)
      : (["rowMoments", "normalizeRowsGradient"] as const);
  const moments = new Operand(measure, [2, rows], [x], {
    calls: (out) => [call(measure, x, out, eps, rows, columns)],
    flops: 3 * x.size,
  });
  return new Operand(name, x.shape, [x, moments, weight, bias], {
    calls: (out) => [call("normalizeRows", x, moments, weight, bias, out, rows, columns, groups)],
    gradient: (dOut) => {
      const dx = new Operand(`${name}Gradient`, x.shape, [dOut, x, moments, weight], {
        calls: (out) => [call(gradientKernel, dOut, x, moments, weight, out, rows, columns, groups)],
        overwrites: [0, 1],
        flops: 10 * x.size,
      });
      const sums = new Operand("normalizedSums", [2, groups * columns], [dOut, x, moments], {
        calls: (out, { workspace }) => [
          call("normalizedSums", dOut, x, moments, out, workspace, rows, columns, groups),
        ],
        workspace: roomForTotals(rows / groups, 2 * groups * columns),
        flops: 5 * x.size,
      });
      return [dx, null, reshape(slice(sums, 0, 1, 2), weight.shape), reshape(slice(sums, 0, 0, 1), bias.shape)];
    },
    overwrites: [0],
    flops: 4 * x.size,
  });
}

/** Weight and bias of that shape, with 1 and 0 where there are none. */
export function completed({ weight, bias }: Affine, shape: Shape): { weight: Operand; bias: Operand } {
  return { weight: weight ?? filled(shape, 1), bias: bias ?? filled(shape, 0) };
}

export function requireAffine(where: string, affine: Affine, shape: Shape): void {
  for (const name of ["weight", "bias"] as const) {
    const given = affine[name];
    if (!given) continue;
    requireFloat(where, name, given);
    if (!sameShape(given.shape, shape)) {
      throw new ShapeError(`${where}: ${name} must be ${printShape(shape)}; got ${given}`);
    }
  }
}

/** The extents of x read as [batch, channels, length]. */
export function channelExtents(where: string, x: Operand): readonly [number, number, number] {
  const [batch, channels, ...rest] = x.shape;
  if (batch === undefined || channels === undefined) {
    throw new ShapeError(`${where}: x must be [batch, channels, ...]; got ${x}`);
  }
  return [batch, channels, sizeOf(rest)];
}

function requireLastAxes(where: string, x: Operand, extents: Shape): void {
  requireFloat(where, "x", x);
  requireShape(where, "normalizedShape", extents);
  if (extents.length > 0 && sameShape(x.shape.slice(-extents.length), extents)) return;
  throw new ShapeError(`${where}: the last axes of x must be ${printShape(extents)}; got ${x}`);
}
