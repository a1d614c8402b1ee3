import { ShapeError, requireArray, requireWhole, shown } from "../errors.ts";
import { arrayKind } from "../numbers.ts";
import { asTensor, type Tensor, tensor } from "../tensor.ts";
import { rowsAt } from "./rows.ts";

/** Samples and what is to be learned of them: row i of `x` belongs to row i of `y`. */
export interface Dataset {
  readonly x: Tensor;
  readonly y: Tensor;
  /** How many samples there are. */
  readonly length: number;
}

/** What `tensor()` takes: nested arrays or a typed array. */
export type Values = Parameters<typeof tensor>[0];

/**
 * A data set of samples `x` and targets `y`; the first axis of both counts samples.
 *
 * Shape: x [samples, ...] and y [samples, ...]; class labels are y int32 [samples].
 * Values that are no tensor become one as `tensor()` says: plain numbers float32, so give labels as an Int32Array.
 * Float32Array, Int32Array and tensors are taken as they are, not copied.
 *
 * @throws ShapeError when x or y has no axis, or they differ in the number of samples
 */
export function fromArrays(x: Tensor | Values, y: Tensor | Values): Dataset {
  const [samples, targets] = [tensorFrom("x", x), tensorFrom("y", y)];
  const [length] = samples.shape;
  if (length === undefined || length !== targets.shape[0]) {
    throw new ShapeError(`fromArrays: the first axes of x and y must agree; got x ${samples} and y ${targets}`);
  }
  return { x: samples, y: targets, length };
}

function tensorFrom(what: string, values: Tensor | Values): Tensor {
  const isTensor = typeof values === "object" && values !== null && "shape" in values;
  return isTensor ? asTensor("fromArrays", what, values) : tensor(values);
}

/**
 * The samples at `indices`, copied, in that order; an index may come more than once.
 * @param indices whole numbers from 0 to below the length of the data set
 * @throws RangeError when an index is anything else
 * @throws TypeError or ShapeError when the data set has no tensors, or not a row of both for each of its samples
 */
export function subset(dataset: Dataset, indices: readonly number[] | Int32Array): Dataset {
  const whole = asDataset("subset", dataset);
  if (arrayKind(indices) === undefined) requireArray("subset", "indices", indices);
  for (const index of indices) {
    if (Number.isSafeInteger(index) && index >= 0 && index < whole.length) continue;
    throw new RangeError(`subset: indices must be whole numbers from 0 to ${whole.length - 1}; got ${shown(index)}`);
  }
  return gather(whole, Int32Array.from(indices));
}

/** The samples at indices that are known to be of the data set. */
export function gather(dataset: Dataset, indices: Int32Array): Dataset {
  return { x: rowsAt(dataset.x, indices), y: rowsAt(dataset.y, indices), length: indices.length };
}

/**
 * A data set whose x and y are tensors of this library, whoever made them, with a row of both for each of its samples.
 * @throws TypeError when x or y is no tensor, see `asTensor`
 * @throws ShapeError when its length is not that of their first axes
 */
export function asDataset(where: string, dataset: Dataset): Dataset {
  if (typeof dataset !== "object" || dataset === null) {
    throw new TypeError(`${where}: the data set must have x, y and length; got ${shown(dataset)}`);
  }
  const { length } = dataset;
  const [x, y] = [asTensor(where, "x of the data set", dataset.x), asTensor(where, "y of the data set", dataset.y)];
  if (x.shape[0] !== length || y.shape[0] !== length) {
    throw new ShapeError(
      `${where}: x and y of the data set must have as many rows as its length; got x ${x}, y ${y} and ${shown(length)}`,
    );
  }
  return x === dataset.x && y === dataset.y ? dataset : { x, y, length };
}

/** A data set as `asDataset` gives it; refuses one without samples. */
export function requireSamples(where: string, dataset: Dataset): Dataset {
  const checked = asDataset(where, dataset);
  requireWhole(where, "the number of samples", checked.length, 1);
  return checked;
}
