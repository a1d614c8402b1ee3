import { ShapeError, requireArray, requireWhole, shown } from "../base/errors.ts";
import { isDimsTensor } from "../base/dims-tensor.ts";
import { arrayKind } from "../base/numbers.ts";
import { Tensor, type TensorLike, asTensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { mapTensors, rowsAt } from "../base/rows.ts";

/** Samples and their targets, each one tensor, several in order, or several by name; row i of each tensor is sample i. */
export interface Dataset<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly x: X;
  readonly y: Y;
  /** Weight of each sample, float32 [samples], finite and at least 0. Default: 1 each. */
  readonly weights?: Tensor<"float32"> | undefined;
  /** Count of samples. */
  readonly length: number;
}

/** A data set of any number of inputs and targets. */
export type AnyDataset = Dataset<Tensors, Tensors>;

/** Some samples and their targets, arranged as in the data set. */
export interface Batch<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly x: X;
  readonly y: Y;
  /** Weight of each sample; undefined for a data set without weights. */
  readonly weights?: Tensor<"float32"> | undefined;
}

/** Samples that are made when they are asked for: read from a file, decoded, augmented. */
export interface IndexedDataset<X extends Tensors = Tensors, Y extends Tensors = Tensors> {
  /** Count of samples, at least 1. */
  readonly length: number;
  /**
   * The samples at `indices`, in that order; row i of each tensor is sample indices[i]. The batch after the current one is asked
   * for before the current step runs, so the numbers of a batch must not change after it was given.
   * @param epoch counted from 1; 0 in evaluation. What is drawn at random should be a function of seed, epoch and index.
   */
  rows(indices: Int32Array, epoch: number): Batch<X, Y> | PromiseLike<Batch<X, Y>>;
}

/** Batches of unknown count, in an order of their own: data larger than memory, or made while it is read. */
export interface StreamedDataset<X extends Tensors = Tensors, Y extends Tensors = Tensors> {
  /**
   * Batches of an epoch, counted from 1; 0 in evaluation. The same epoch should give the same batches. Later batches are asked for
   * before the current step runs, so the numbers of a batch must not change after it was given.
   */
  batches(epoch: number): AsyncIterable<Batch<X, Y>> | Iterable<Batch<X, Y>>;
}

/** What can be trained on and evaluated: tensors in memory, samples by index, or a stream of batches. */
export type Samples = AnyDataset | IndexedDataset | StreamedDataset;

/** Whether samples are made by index when they are asked for. */
export function isIndexed(samples: Samples): samples is IndexedDataset {
  return typeof Reflect.get(Object(samples), "rows") === "function";
}

/**
 * The samples at `indices`, copied, in that order; indices may repeat. Of samples by index, such as images of a folder, the result is
 * made by index too: nothing is read before it is asked for.
 * @param indices whole numbers from 0 to below the length of the data set
 * @throws RangeError when an index is out of this range
 * @throws TypeError or ShapeError when the data set has no tensors, or a tensor has not one row for each sample
 */
export function subset<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  indices: readonly number[] | Int32Array,
): Dataset<X, Y>;
export function subset<X extends Tensors, Y extends Tensors>(
  dataset: IndexedDataset<X, Y>,
  indices: readonly number[] | Int32Array,
): IndexedDataset<X, Y>;
export function subset(
  dataset: AnyDataset | IndexedDataset,
  indices: readonly number[] | Int32Array,
): AnyDataset | IndexedDataset {
  const checked = isIndexed(dataset) ? dataset : asDataset("subset", dataset);
  if (arrayKind(indices) === undefined) requireArray("subset", "indices", indices);
  for (const index of indices) {
    if (Number.isSafeInteger(index) && index >= 0 && index < checked.length) continue;
    throw new RangeError(`subset: indices must be whole numbers from 0 to ${checked.length - 1}; got ${shown(index)}`);
  }
  return isIndexed(checked) ? selected(checked, Int32Array.from(indices)) : gather(checked, Int32Array.from(indices));
}

/** The samples at `indices` as samples by index; indices are not checked. */
export function selected<X extends Tensors, Y extends Tensors>(
  dataset: IndexedDataset<X, Y>,
  indices: Int32Array,
): IndexedDataset<X, Y> {
  const rows: IndexedDataset<X, Y>["rows"] = (wanted, epoch) => {
    for (const index of wanted) requireWhole("rows", "an index", index, 0, indices.length - 1);
    return dataset.rows(
      wanted.map((index) => indices[index] ?? 0),
      epoch,
    );
  };
  return { length: indices.length, rows };
}

/** The samples at `indices`, copied; indices are not checked. */
export function gather<X extends Tensors, Y extends Tensors>(
  { x, y, weights }: Dataset<X, Y>,
  indices: Int32Array,
): Dataset<X, Y> {
  const rows = <T extends Tensors>(of: T): T => mapTensors(of, (each) => rowsAt(each, indices));
  return { x: rows(x), y: rows(y), ...(weights && { weights: rowsAt(weights, indices) }), length: indices.length };
}

/**
 * A data set as it is if its tensors are of this copy of the library, else with such tensors over the same numbers.
 * @throws TypeError when x or y is no tensor and contains none, see `asTensor`
 * @throws ShapeError when a tensor has not one row for each sample
 * @throws RangeError when weights are below 0, not finite or all 0
 */
export function asDataset<X extends Tensors, Y extends Tensors>(where: string, dataset: Dataset<X, Y>): Dataset<X, Y> {
  const missing = ["x", "y", "length"].filter((name) => Reflect.get(Object(dataset), name) === undefined);
  if (missing.length > 0) {
    const isStream = typeof Reflect.get(Object(dataset), "batches") === "function";
    const isPart = missing.length < 3 && !missing.includes("x");
    const found = isPart ? `one without ${missing.join(" and ")}` : isStream ? "a stream" : shown(dataset);
    throw new TypeError(
      `${where}: the data set must have x, y and length, as data.fromArrays(x, y) makes it; got ${found}`,
    );
  }
  const { length } = dataset;
  const [x, y] = [asTensors(where, "x", dataset.x), asTensors(where, "y", dataset.y)];
  const named = [...namedTensors("x", x), ...namedTensors("y", y)];
  if (named.some(([, { shape }]) => shape[0] !== length)) {
    const found = named.map(([name, each]) => `${name} ${each}`).join(", ");
    throw new ShapeError(
      `${where}: x and y of the data set must have as many rows as its length; got ${found} and ${shown(length)}`,
    );
  }
  const weights = dataset.weights === undefined ? undefined : asWeights(where, dataset.weights, length);
  if (x === dataset.x && y === dataset.y && weights === dataset.weights) return dataset;
  return { x, y, ...(weights && { weights }), length };
}

/** Like `asDataset`. @throws RangeError when there are no samples */
export function requireSamples<X extends Tensors, Y extends Tensors>(
  where: string,
  dataset: Dataset<X, Y>,
): Dataset<X, Y> {
  const checked = asDataset(where, dataset);
  requireWhole(where, "the number of samples", checked.length, 1);
  return checked;
}

/**
 * Weights of samples as a tensor.
 * @param options.mayBeZero whether all may be 0, as in a batch of a data set. Default: false.
 * @throws TypeError, ShapeError or RangeError unless they are float32 [length], finite, at least 0 and not all 0
 */
export function asWeights(
  where: string,
  values: unknown,
  length: number,
  { mayBeZero = false }: { readonly mayBeZero?: boolean } = {},
): Tensor<"float32"> {
  const weights = asTensor(where, "weights", values);
  if (!isFloat(weights)) throw new TypeError(`${where}: weights must be float32; got ${weights}`);
  if (weights.shape.length !== 1 || weights.size !== length) {
    throw new ShapeError(`${where}: weights must be [${length}], one for each sample; got ${weights}`);
  }
  let sum = 0;
  weights.data.forEach((weight, i) => {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`${where}: weights must be finite and at least 0; got ${weight} at index ${i}`);
    }
    sum += weight;
  });
  if (length === 0 || sum > 0 || mayBeZero) return weights;
  throw new RangeError(`${where}: weights must not all be 0; got 0 in sum`);
}

/** Each tensor with its name in errors: `x`, `x[1]`, `x.user`. */
export function namedTensors(name: string, tensors: Tensors): [string, Tensor][] {
  if (isOne(tensors)) return [[name, tensors]];
  if (Array.isArray(tensors)) return tensors.map((each: Tensor, i) => [`${name}[${i}]`, each]);
  return Object.entries(tensors).map(([key, each]: [string, Tensor]) => [`${name}.${key}`, each]);
}

/** Whether a value is a tensor, of any origin: it has a dtype, or dims and data. */
export function isTensor(value: unknown): value is TensorLike {
  if (value instanceof Tensor) return true;
  if (typeof value !== "object" || value === null) return false;
  return typeof Reflect.get(value, "dtype") === "string" || isDimsTensor(value);
}

/** Whether a value counts as one tensor: it is one, or contains none. */
export function isOne(value: unknown): value is Tensor {
  if (Array.isArray(value)) return !value.some(isTensor);
  return isTensor(value) || typeof value !== "object" || value === null || Object.keys(value).length === 0;
}

/** Tensors of this copy of the library, in the same arrangement; `tensors` itself if they are. */
export function asTensors<T extends Tensors>(where: string, name: string, tensors: T): T {
  const converted = new Map<unknown, Tensor>();
  for (const [path, each] of namedTensors(name, tensors))
    converted.set(each, asTensor(where, `${path} of the data set`, each));
  if (isOne(tensors)) return converted.get(tensors) as T;
  if ([...converted].every(([each, result]) => each === result)) return tensors;
  return mapTensors(tensors, (each) => converted.get(each) ?? each);
}

function isFloat(tensor: Tensor): tensor is Tensor<"float32"> {
  return tensor.dtype === "float32";
}
