import { ShapeError, requireArray, requireSwitch, requireWithin, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { type Shape, Tensor, printShape, sameShape, sizeOf } from "../../base/tensor.ts";
import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";
import { requireFloat } from "../check.ts";
import { constant } from "../constant.ts";
import { divide, multiply } from "./arithmetic.ts";

/** What has mean and deviation of each feature: a standardizer of `data`. */
export interface Standardizing {
  toJSON(): { readonly shape: Shape; readonly mean: readonly number[]; readonly deviation: readonly number[] };
}

export interface StandardizeOptions {
  /** Whether x · deviation + mean is computed instead, which gives predictions their units back. Default: false. */
  readonly inverse?: boolean;
}

/**
 * (x - mean) / deviation of each feature, with the bits of a standardizer: `ops.standardize(x, data.standardize(training))`. For
 * predictions `ops.standardize(y, scale.targets, { inverse: true })` is y · deviation + mean.
 *
 * Shape: x [rows, ...features] of float32; the result has its shape. Mean and deviation are copied at once.
 * @throws ShapeError when rows of x have another shape than the training samples
 * @throws TypeError when x is not float32, there is no standardizer, or an option is unknown
 */
export function standardize(x: Operand, standardizer: Standardizing, options: StandardizeOptions = {}): Operand {
  const where = "standardize";
  requireFloat(where, "x", x);
  const { inverse } = withDefaults(where, options, { inverse: false });
  requireSwitch(where, "inverse", inverse);
  const { shape, mean, deviation } = momentsOf(where, standardizer);
  if (x.shape.length === 0 || !sameShape(x.shape.slice(1), shape)) {
    throw new ShapeError(`${where}: rows of x must be ${printShape(shape)} as in the training data; got ${x}`);
  }
  const spread = constant(new Tensor(shape, "float32", Float32Array.from(deviation)));
  return scaledBy(where, x, mean, deviation, inverse, (dOut) =>
    inverse ? multiply(dOut, spread) : divide(dOut, spread),
  );
}

/** (x - center) / spread of each column, or x · spread + center, in float64 and rounded once. */
export function scaledBy(
  operation: string,
  x: Operand,
  center: readonly number[],
  spread: readonly number[],
  inverse: boolean,
  gradient: (dOut: Operand) => Operand,
): Operand {
  const [centers, spreads] = [doubles(center), doubles(spread)];
  const kernel = inverse ? "unstandardizeRows" : "standardizeRows";
  const [rows = 1] = x.shape;
  const columns = center.length;
  return new Operand(operation, x.shape, [x, centers, spreads], {
    calls: (out) => [call(kernel, x, centers, spreads, out, rows, columns)],
    gradient: (dOut) => [gradient(dOut), null, null],
    overwrites: [0],
    attributes: { inverse },
    flops: 2 * x.size,
  });
}

/** Numbers of 64 bits in the words of an int32 constant. */
function doubles(values: readonly number[]): Operand {
  const words = new Int32Array(Float64Array.from(values).buffer);
  return constant(new Tensor([words.length], "int32", words));
}

function momentsOf(where: string, standardizer: Standardizing): ReturnType<Standardizing["toJSON"]> {
  const toJSON: unknown = Reflect.get(Object(standardizer), "toJSON");
  const state: unknown = typeof toJSON === "function" ? standardizer.toJSON() : undefined;
  const { shape, mean, deviation } = Object(state) as Partial<Record<string, unknown>>;
  if (!Array.isArray(shape) || !Array.isArray(mean) || !Array.isArray(deviation)) {
    throw new TypeError(`${where}: standardizer must be one that data.standardize gives; got ${shown(standardizer)}`);
  }
  const features = sizeOf(shape as Shape);
  for (const [name, values] of Object.entries({ mean, deviation })) {
    requireArray(where, name, values);
    if (values.length !== features) {
      throw new ShapeError(`${where}: ${name} must hold ${features} numbers; got ${values.length}`);
    }
    values.forEach((value: number, i) => requireWithin(where, `${name}[${i}]`, value, -Infinity, Infinity));
  }
  return { shape: shape as Shape, mean: mean as number[], deviation: deviation as number[] };
}
