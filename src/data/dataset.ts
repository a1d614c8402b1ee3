import { ShapeError, requireArray, requireWhole, shown } from "../base/errors.ts";
import { arrayKind } from "../base/numbers.ts";
import { Tensor, asTensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { mapTensors, rowsAt } from "../base/rows.ts";

/** Samples and their targets, each one tensor, several in order, or several by name: row i of all is sample i. */
export interface Dataset<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly x: X;
  readonly y: Y;
  /** How much each sample counts, float32 [samples], finite and at least 0. Default: all count alike. */
  readonly weights?: Tensor<"float32"> | undefined;
  /** How many samples there are. */
  readonly length: number;
}

/** A data set of any number of inputs and targets. */
export type AnyDataset = Dataset<Tensors, Tensors>;

/**
 * The samples at `indices`, copied, in that order; an index may come more than once.
 * @param indices whole numbers from 0 to below the length of the data set
 * @throws RangeError when an index is anything else
 * @throws TypeError or ShapeError when the data set has no tensors, or not a row of each for each of its samples
 */
export function subset<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  indices: readonly number[] | Int32Array,
): Dataset<X, Y> {
  const whole = asDataset("subset", dataset);
  if (arrayKind(indices) === undefined) requireArray("subset", "indices", indices);
  for (const index of indices) {
    if (Number.isSafeInteger(index) && index >= 0 && index < whole.length) continue;
    throw new RangeError(`subset: indices must be whole numbers from 0 to ${whole.length - 1}; got ${shown(index)}`);
  }
  return gather(whole, Int32Array.from(indices));
}

/** The samples at indices that are known to be of the data set. */
export function gather<X extends Tensors, Y extends Tensors>(
  { x, y, weights }: Dataset<X, Y>,
  indices: Int32Array,
): Dataset<X, Y> {
  const rows = <T extends Tensors>(of: T): T => mapTensors(of, (each) => rowsAt(each, indices));
  return { x: rows(x), y: rows(y), ...(weights && { weights: rowsAt(weights, indices) }), length: indices.length };
}

/**
 * A data set whose tensors are of this library, whoever made them, with a row of each for each of its samples.
 * @throws TypeError when x or y is no tensor and holds none, see `asTensor`
 * @throws ShapeError when its length is not that of all first axes
 * @throws RangeError when weights are below 0, not finite or all 0
 */
export function asDataset<X extends Tensors, Y extends Tensors>(where: string, dataset: Dataset<X, Y>): Dataset<X, Y> {
  const missing = ["x", "y", "length"].filter((name) => Reflect.get(Object(dataset), name) === undefined);
  if (missing.length > 0) {
    const found =
      missing.length < 3 && !missing.includes("x") ? `one without ${missing.join(" and ")}` : shown(dataset);
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

/** A data set as `asDataset` gives it; refuses one without samples. */
export function requireSamples<X extends Tensors, Y extends Tensors>(
  where: string,
  dataset: Dataset<X, Y>,
): Dataset<X, Y> {
  const checked = asDataset(where, dataset);
  requireWhole(where, "the number of samples", checked.length, 1);
  return checked;
}

/**
 * Weights of samples as a tensor; refuses those that are not float32 [length], finite, at least 0, and in sum above 0.
 * @param mayVanish whether all may be 0, as in a batch of a data set
 */
export function asWeights(where: string, given: unknown, length: number, mayVanish = false): Tensor<"float32"> {
  const weights = asTensor(where, "weights", given);
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
  if (length === 0 || sum > 0 || mayVanish) return weights;
  throw new RangeError(`${where}: weights must not all be 0; got 0 in sum`);
}

/** Each tensor with what it is called in an error: `x`, `x[1]`, `x.user`. */
export function namedTensors(name: string, given: Tensors): [string, Tensor][] {
  if (isOne(given)) return [[name, given]];
  if (Array.isArray(given)) return given.map((each: Tensor, i) => [`${name}[${i}]`, each]);
  return Object.entries(given).map(([key, each]: [string, Tensor]) => [`${name}.${key}`, each]);
}

/** Whether a value is a tensor, or describes one: it says its dtype. */
export function isTensor(value: unknown): value is Tensor {
  if (value instanceof Tensor) return true;
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "dtype") === "string";
}

/** Whether a value is meant to be one tensor: it is one, or holds none. */
export function isOne(value: unknown): value is Tensor {
  if (Array.isArray(value)) return !value.some(isTensor);
  return isTensor(value) || typeof value !== "object" || value === null || Object.keys(value).length === 0;
}

/** Tensors of this library, in the arrangement in which they are given; the value itself where they are. */
function asTensors<T extends Tensors>(where: string, name: string, given: T): T {
  const made = new Map<unknown, Tensor>();
  for (const [path, each] of namedTensors(name, given))
    made.set(each, asTensor(where, `${path} of the data set`, each));
  if (isOne(given)) return made.get(given) as T;
  return [...made].every(([each, own]) => each === own) ? given : mapTensors(given, (each) => made.get(each) ?? each);
}

function isFloat(given: Tensor): given is Tensor<"float32"> {
  return given.dtype === "float32";
}
