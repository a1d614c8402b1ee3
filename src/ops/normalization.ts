import { AffineRow, RowMomentRow, roomForTotals } from "#kernels/contract";
import { placesIn } from "../base/layout.ts";
import { ShapeError, requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../graph/call.ts";
import { type Shape, printShape, sameShape, sizeOf } from "../base/tensor.ts";
import { requireFloat, requireShape } from "./check.ts";
import { broadcast, filled } from "./reduction/reduction.ts";
import { slice } from "./shape/slice.ts";
import { reshape } from "./shape/view.ts";

/** The weight and bias of a normalized x: out = normalized * weight + bias. */
export interface Affine {
  /** Default: 1. */
  readonly weight?: Operand | null;
  /** Default: 0. */
  readonly bias?: Operand | null;
}

/**
 * (x - mean) / √(variance + eps) * weight + bias, with mean and variance over the last axes.
 *
 * Shape: `normalizedShape` are the extents of those axes, and the shape of weight and bias; the result has the shape of x.
 * @throws ShapeError when `normalizedShape` does not end the shape of x, or weight or bias has another shape
 */
export function layerNorm(x: Operand, normalizedShape: Shape, affine: Affine = {}, eps = 1e-5): Operand {
  requireLastAxes("layerNorm", x, normalizedShape);
  return normalizedRows("layerNorm", x, normalizedShape, affine, eps);
}

/**
 * x / √(mean of x² + eps) * weight, with the mean over the last axes.
 *
 * Shape: `normalizedShape` are the extents of those axes, and the shape of weight; the result has the shape of x.
 * @throws ShapeError when `normalizedShape` does not end the shape of x, or weight has another shape
 * @throws TypeError when an option is unknown
 */
export function rmsNorm(
  x: Operand,
  normalizedShape: Shape,
  options: Pick<Affine, "weight"> = {},
  eps = 2 ** -23,
): Operand {
  const { weight } = withDefaults("rmsNorm", options, { weight: null });
  requireLastAxes("rmsNorm", x, normalizedShape);
  return normalizedRows("rmsNorm", x, normalizedShape, { weight }, eps);
}

/**
 * (x - mean) / √(variance + eps) * weight + bias, with mean and variance over each group of a sample's channels.
 *
 * Shape: x [N, C, ...] with weight and bias [C] gives the shape of x.
 * @param groups number of groups of neighbouring channels, a divisor of C
 * @throws ShapeError when groups do not divide C, or a shape does not fit
 */
export function groupNorm(x: Operand, groups: number, affine: Affine = {}, eps = 1e-5): Operand {
  requireFloat("groupNorm", "x", x);
  requireWhole("groupNorm", "groups", groups, 1);
  const [, channels, length] = channelExtents("groupNorm", x);
  if (!Number.isInteger(channels / groups)) {
    throw new ShapeError(`groupNorm: the number of channels must be a multiple of ${groups}; got ${x}`);
  }
  requireAffine("groupNorm", affine, [channels]);
  const [weight, bias] = [repeatEach(affine.weight, length), repeatEach(affine.bias, length)];
  return normalizedRows("groupNorm", x, [channels * length], { weight, bias }, eps, groups);
}

/** x [C] with each element repeated: [C * length]. */
function repeatEach(x: Operand | null | undefined, length: number): Operand | null {
  return x ? reshape(broadcast(reshape(x, [x.size, 1]), [x.size, length]), [x.size * length]) : null;
}

/** Normalizes each row of sizeOf(extents) / groups elements; weight and bias have the shape `extents`. */
function normalizedRows(
  name: "layerNorm" | "groupNorm" | "rmsNorm",
  x: Operand,
  extents: Shape,
  affine: Affine,
  eps: number,
  groups = 1,
): Operand {
  requireAffine(name, affine, extents);
  const { weight, bias } = completeAffine(affine, extents);
  const columns = sizeOf(extents) / groups;
  const rows = x.size / columns;
  const [momentsKernel, gradientKernel] =
    name === "rmsNorm"
      ? (["rowPower", "scaleRowsGradient"] as const)
      : (["rowMoments", "normalizeRowsGradient"] as const);
  const moments = new Operand(momentsKernel, [placesIn(RowMomentRow), rows], [x], {
    calls: (out) => [call(momentsKernel, x, out, eps, rows, columns)],
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
      const sums = new Operand("normalizedSums", [placesIn(AffineRow), groups * columns], [dOut, x, moments], {
        calls: (out, { workspace }) => [
          call("normalizedSums", dOut, x, moments, out, workspace, rows, columns, groups),
        ],
        workspace: roomForTotals(rows / groups, placesIn(AffineRow) * groups * columns),
        flops: 5 * x.size,
      });
      const sumsFor = (like: Operand, row: number): Operand => reshape(slice(sums, 0, row, row + 1), like.shape);
      return [dx, null, sumsFor(weight, AffineRow.weight), sumsFor(bias, AffineRow.bias)];
    },
    overwrites: [0],
    flops: 4 * x.size,
    attributes: { groups, eps },
  });
}

/** Weight and bias of a shape. Default: 1 and 0. */
export function completeAffine({ weight, bias }: Affine, shape: Shape): { weight: Operand; bias: Operand } {
  return { weight: weight ?? filled(shape, 1), bias: bias ?? filled(shape, 0) };
}

/** @throws TypeError or ShapeError when weight or bias is not float32 of this shape */
export function requireAffine(where: string, affine: Affine, shape: Shape): void {
  for (const name of ["weight", "bias"] as const) {
    const x = affine[name];
    if (!x) continue;
    requireFloat(where, name, x);
    if (!sameShape(x.shape, shape)) {
      throw new ShapeError(`${where}: ${name} must be ${printShape(shape)}; got ${x}`);
    }
  }
}

/**
 * The extents of x read as [batch, channels, length].
 * @throws ShapeError when x has less than two axes
 */
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
