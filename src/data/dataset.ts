import { requireWhole, ShapeError } from "../errors.ts";
import { tensor, Tensor } from "../tensor.ts";
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
  const samples = x instanceof Tensor ? x : tensor(x);
  const targets = y instanceof Tensor ? y : tensor(y);
  const [length] = samples.shape;
  if (length === undefined || length !== targets.shape[0]) {
    throw new ShapeError(`fromArrays: the first axes of x and y must agree; got x ${samples} and y ${targets}`);
  }
  return { x: samples, y: targets, length };
}

/**
 * The samples at `indices`, copied, in that order; an index may come more than once.
 * @param indices whole numbers from 0 to below the length of the data set
 * @throws RangeError when an index is anything else
 */
export function subset(dataset: Dataset, indices: readonly number[] | Int32Array): Dataset {
  for (const index of indices) {
    if (Number.isSafeInteger(index) && index >= 0 && index < dataset.length) continue;
    throw new RangeError(`subset: indices must be whole numbers from 0 to ${dataset.length - 1}; got ${index}`);
  }
  return gather(dataset, Int32Array.from(indices));
}

/** The samples at indices that are known to be of the data set. */
export function gather(dataset: Dataset, indices: Int32Array): Dataset {
  return { x: rowsAt(dataset.x, indices), y: rowsAt(dataset.y, indices), length: indices.length };
}

/** Refuses a data set without samples. */
export function requireSamples(where: string, dataset: Dataset): void {
  requireWhole(where, "the number of samples", dataset.length, 1);
}
