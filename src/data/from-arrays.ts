import { ShapeError, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { type Dtype, type Tensor, type TensorLike, asTensor, tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, asWeights, isOne, isTensor, namedTensors } from "./dataset.ts";

/** Arguments of `tensor()`: nested arrays or a typed array. */
export type Values = Parameters<typeof tensor>[0];

/** Samples or targets for `fromArrays`: values of one tensor, tensors in order, or values by name. */
export type Columns = TensorLike | Values | readonly TensorLike[] | Readonly<Record<string, TensorLike | Values>>;

type TensorOf<V> = V extends Tensor
  ? V
  : V extends number | readonly unknown[] | Float32Array | Float64Array
    ? Tensor<"float32">
    : V extends TensorLike
      ? Tensor
      : V extends Values
        ? Tensor<"int32">
        : Tensor;

/** The tensors that `fromArrays` makes from columns. */
export type TensorsOf<C extends Columns> = C extends TensorLike | Values
  ? TensorOf<C>
  : C extends readonly Tensor[]
    ? C
    : { readonly [Name in keyof C]: TensorOf<C[Name]> };

/** Options of `fromArrays`. */
export interface FromArraysOptions {
  /** Weight of each sample, [samples], finite, at least 0, not all 0. Default: 1 each. */
  readonly weights?: TensorLike | Values;
}

/**
 * A data set of samples `x` and targets `y`; the first axis of every tensor counts samples. Without `y`, or undefined, the targets
 * are the samples, as an autoencoder needs them.
 *
 * x and y are each one of:
 * - one tensor: a Tensor, nested arrays of numbers, or a typed array;
 * - several tensors, in the order of the model's inputs or the loss's targets: an array of Tensors, so wrap values in
 *   `tensor()`;
 * - several tensors by name: an object, `{ user: ids, item: others }`, of Tensors or values; `inputNames` of the model or
 *   the loss define the order.
 *
 * Shape: each [samples, ...]; class labels are int32 [samples].
 * Values are converted as by `tensor()`: plain numbers become float32, so pass labels as an Int32Array.
 * Float32Array, Int32Array and tensors are not copied.
 *
 * @throws ShapeError when a tensor has no axis, or they differ in the number of samples
 * @throws TypeError when an array mixes tensors with values, or an option is unknown
 * @throws RangeError when a weight is below 0 or not finite, or all are 0
 */
export function fromArrays<X extends Columns>(x: X): Dataset<TensorsOf<X>, TensorsOf<X>>;
export function fromArrays<X extends Columns, Y extends Columns>(
  x: X,
  y: Y,
  options?: FromArraysOptions,
): Dataset<TensorsOf<X>, TensorsOf<Y>>;
export function fromArrays(
  x: Columns,
  ...rest: readonly [y?: Columns, options?: FromArraysOptions]
): Dataset<Tensors, Tensors> {
  const [y, options = {}] = rest;
  const { weights: values } = withDefaults("fromArrays", options, { weights: undefined });
  const samples = tensorsFrom("fromArrays", "x", x);
  // A y that is undefined is a mistake of the caller.
  const targets = rest.length === 0 ? samples : tensorsFrom("fromArrays", "y", y as Columns);
  const lengths = [...namedTensors("x", samples), ...namedTensors("y", targets)].map(([, { shape }]) => shape[0]);
  const [length] = lengths;
  if (length === undefined || lengths.some((other) => other !== length)) {
    throw new ShapeError(
      `fromArrays: the first axes of x and y must agree; got ${[print("x", samples), print("y", targets)].join(" and ")}`,
    );
  }
  const weights = values === undefined ? undefined : asWeights("fromArrays", floatsFrom(values), length);
  return { x: samples, y: targets, ...(weights && { weights }), length };
}

/**
 * Values as tensors, in their arrangement.
 * @param dtype of values that are no tensors. Default: that of `tensor`.
 */
export function tensorsFrom(where: string, name: string, columns: Columns, dtype?: Dtype): Tensors {
  const from = (what: string, values: TensorLike | Values): Tensor =>
    isTensor(values) ? asTensor(where, what, values) : valuesOf(where, what, values, dtype);
  if (isNamed(columns)) {
    return Object.fromEntries(Object.entries(columns).map(([key, each]) => [key, from(`${name}.${key}`, each)]));
  }
  if (!Array.isArray(columns) || isOne(columns)) return from(name, columns as TensorLike | Values);
  const other = columns.findIndex((each) => !isTensor(each));
  if (other < 0) return columns.map((each: TensorLike, i) => asTensor(where, `${name}[${i}]`, each));
  throw new TypeError(`${where}: all elements of ${name} must be tensors if one is; got ${shown(columns[other])}`);
}

/** Values as a tensor; an error says which they are. */
function valuesOf(where: string, name: string, values: Values, dtype: Dtype | undefined): Tensor {
  try {
    return tensor(values, undefined, dtype);
  } catch (error) {
    if (error instanceof Error) error.message += `, in ${name} of ${where}`;
    throw error;
  }
}

/** Weights as a tensor; values that are no tensor are converted to float32. */
function floatsFrom(weights: TensorLike | Values): unknown {
  return isTensor(weights) ? weights : tensor(weights, undefined, "float32");
}

function isNamed(columns: Columns): columns is Readonly<Record<string, TensorLike | Values>> {
  return typeof columns === "object" && !Array.isArray(columns) && !ArrayBuffer.isView(columns) && !isOne(columns);
}

function print(name: string, tensors: Tensors): string {
  return namedTensors(name, tensors)
    .map(([path, each]) => `${path} ${each}`)
    .join(", ");
}
