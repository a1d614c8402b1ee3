import { ShapeError, requireKnown, shown } from "../base/errors.ts";
import { type Tensor, asTensor, tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, asWeights, isOne, isTensor, namedTensors } from "./dataset.ts";

/** What `tensor()` takes: nested arrays or a typed array. */
export type Values = Parameters<typeof tensor>[0];

/** What `fromArrays` takes as samples or as targets: values of one tensor, tensors in order, or values by name. */
export type Columns = Tensor | Values | readonly Tensor[] | Readonly<Record<string, Tensor | Values>>;

type TensorOf<V> = V extends Tensor
  ? V
  : V extends number | readonly unknown[] | Float32Array | Float64Array
    ? Tensor<"float32">
    : V extends Values
      ? Tensor<"int32">
      : Tensor;

/** The tensors that `fromArrays` makes of columns. */
export type TensorsOf<C extends Columns> = C extends Tensor | Values
  ? TensorOf<C>
  : C extends readonly Tensor[]
    ? C
    : { readonly [Name in keyof C]: TensorOf<C[Name]> };

/** Options of `fromArrays`. */
export interface FromArraysOptions {
  /** How much each sample counts, [samples], finite, at least 0, not all 0. Default: all count alike. */
  readonly weights?: Tensor<"float32"> | Values;
}

/**
 * A data set of samples `x` and targets `y`; the first axis of every tensor counts samples.
 *
 * What is given decides, for x and y alike:
 * - a Tensor, nested arrays of numbers, or a typed array are one tensor;
 * - an array of Tensors is several, in the order in which the model (the loss) takes them: wrap values by `tensor()`;
 * - an object is several by name, `{ user: ids, item: others }`, each a Tensor or values; the model's (the loss's)
 *   `inputNames` say their order.
 *
 * Shape: each [samples, ...]; class labels are int32 [samples].
 * Values that are no tensor become one as `tensor()` says: plain numbers float32, so give labels as an Int32Array.
 * Float32Array, Int32Array and tensors are not copied.
 *
 * @throws ShapeError when a tensor has no axis, or they differ in the number of samples
 * @throws TypeError when an array mixes tensors with values, or an option is unknown
 * @throws RangeError when a weight is below 0 or not finite, or all are 0
 */
export function fromArrays<X extends Columns, Y extends Columns>(
  x: X,
  y: Y,
  options: FromArraysOptions = {},
): Dataset<TensorsOf<X>, TensorsOf<Y>> {
  requireKnown("fromArrays", options, ["weights"]);
  const [samples, targets] = [tensorsFrom("x", x), tensorsFrom("y", y)];
  const lengths = [...namedTensors("x", samples), ...namedTensors("y", targets)].map(([, { shape }]) => shape[0]);
  const [length] = lengths;
  if (length === undefined || lengths.some((other) => other !== length)) {
    throw new ShapeError(
      `fromArrays: the first axes of x and y must agree; got ${[print("x", samples), print("y", targets)].join(" and ")}`,
    );
  }
  const weights =
    options.weights === undefined ? undefined : asWeights("fromArrays", floatsFrom(options.weights), length);
  return {
    x: samples as TensorsOf<X>,
    y: targets as TensorsOf<Y>,
    ...(weights && { weights }),
    length,
  };
}

function tensorsFrom(name: string, given: Columns): Tensors {
  if (isNamed(given)) {
    const entries = Object.entries(given);
    return Object.fromEntries(entries.map(([key, each]) => [key, tensorFrom(`${name}.${key}`, each)]));
  }
  if (!Array.isArray(given) || isOne(given)) return tensorFrom(name, given as Tensor | Values);
  const other = given.findIndex((each) => !isTensor(each));
  if (other < 0) return given.map((each: Tensor, i) => asTensor("fromArrays", `${name}[${i}]`, each));
  throw new TypeError(`fromArrays: ${name} must be tensors where one of its elements is; got ${shown(given[other])}`);
}

function tensorFrom(what: string, values: Tensor | Values): Tensor {
  return isTensor(values) ? asTensor("fromArrays", what, values) : tensor(values);
}

/** Weights that are no tensor become one of floats. */
function floatsFrom(given: Tensor<"float32"> | Values): unknown {
  return isTensor(given) ? given : tensor(given, undefined, "float32");
}

function isNamed(given: Columns): given is Readonly<Record<string, Tensor | Values>> {
  return typeof given === "object" && !Array.isArray(given) && !ArrayBuffer.isView(given) && !isOne(given);
}

function print(name: string, given: Tensors): string {
  return namedTensors(name, given)
    .map(([path, each]) => `${path} ${each}`)
    .join(", ");
}
