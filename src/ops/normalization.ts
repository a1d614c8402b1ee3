import { ShapeError } from "../errors.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { type Shape, printShape, sameShape, sizeOf } from "../tensor.ts";
import { requireFloat } from "./check.ts";
import { filled } from "./reduction.ts";
import { reshape, slice } from "./shape.ts";

/** What a normalized x is multiplied by, and what is added then; 1 and 0 where left out. */
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
  { weight = null }: Pick<Affine, "weight"> = {},
  eps = 2 ** -23,
): Operand {
  requireLastAxes("rmsNorm", x, normalizedShape);
  return normalizedRows("rmsNorm", x, normalizedShape, { weight }, eps);
}

/** Normalizes rows as long as `extents` say; weight and bias are of that shape. */
function normalizedRows(
  name: "layerNorm" | "rmsNorm",
  x: Operand,
  extents: Shape,
  affine: Affine,
  eps: number,
  groups = 1,
): Operand {
  const [weight, bias] = [affineOf(name, "weight", affine, extents, 1), affineOf(name, "bias", affine, extents, 0)];
  const columns = sizeOf(extents) / groups;
  const rows = x.size / columns;
  const [measure, gradientKernel] =
    name === "layerNorm"
      ? (["rowMoments", "normalizeRowsGradient"] as const)
      : (["rowPower", "scaleRowsGradient"] as const);
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
        calls: (out) => [call("normalizedSums", dOut, x, moments, out, rows, columns, groups)],
        flops: 5 * x.size,
      });
      return [dx, null, reshape(slice(sums, 0, 1, 2), weight.shape), reshape(slice(sums, 0, 0, 1), bias.shape)];
    },
    overwrites: [0],
    flops: 4 * x.size,
  });
}

function affineOf(where: string, name: "weight" | "bias", affine: Affine, shape: Shape, value: number): Operand {
  const given = affine[name];
  if (!given) return filled(shape, value);
  requireFloat(where, name, given);
  if (sameShape(given.shape, shape)) return given;
  throw new ShapeError(`${where}: ${name} must be ${printShape(shape)}; got ${given}`);
}

function requireLastAxes(where: string, x: Operand, extents: Shape): void {
  requireFloat(where, "x", x);
  if (extents.length > 0 && sameShape(x.shape.slice(-extents.length), extents)) return;
  throw new ShapeError(`${where}: the last axes of x must be ${printShape(extents)}; got ${x}`);
}
