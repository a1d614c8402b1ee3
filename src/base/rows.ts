import { ShapeError } from "./errors.ts";
import { type Dtype, type Numbers, type Shape, Tensor, asTensor, sameShape } from "./tensor.ts";
import type { Tensors } from "./tensors.ts";

const SHORT = 32; // numbers in a row; a loop copies shorter rows faster than a view and `set`

/** The rows in [start, end), as a view of the same numbers. */
export function rowsBetween<D extends Dtype>(x: Tensor<D>, start: number, end: number): Tensor<D> {
  const width = rowSize(x);
  const view = asTensor("rows", "x", x).data.subarray(start * width, end * width) as Numbers[D];
  return new Tensor(withRows(end - start, x.shape), x.dtype, view);
}

/** The rows at `indices`, copied, in that order. */
export function rowsAt<D extends Dtype>(x: Tensor<D>, indices: Int32Array): Tensor<D> {
  const { data } = asTensor("rows", "x", x);
  const width = rowSize(x);
  const rows = emptyLike(x, indices.length * width);
  copyRows(data, width, indices, 0, indices.length, rows);
  return new Tensor(withRows(indices.length, x.shape), x.dtype, rows);
}

/**
 * The rows of tensors one after another, as one tensor; the tensor itself if there is only one.
 * @param parts at least one
 * @throws ShapeError when they differ in dtype or in the shape of a row
 */
export function rowsJoined<D extends Dtype>(where: string, parts: readonly Tensor<D>[]): Tensor<D> {
  const [first] = parts;
  if (!first) throw new ShapeError(`${where}: there must be a result; got none`);
  if (parts.length === 1) return first;
  const rowShape = first.shape.slice(1);
  const other = parts.find(({ shape, dtype }) => dtype !== first.dtype || !sameShape(shape.slice(1), rowShape));
  if (other) throw new ShapeError(`${where}: batches must have rows of the same shape; got ${first} and ${other}`);
  const data = emptyLike(
    first,
    parts.reduce((size, part) => size + part.size, 0),
  );
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.size;
  }
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return new Tensor(withRows(rows, first.shape), first.dtype, data);
}

/** Copies the rows at indices[start] to before indices[end], `width` numbers each, to the front of `to`. */
export function copyRows(
  from: Numbers[Dtype],
  width: number,
  indices: Int32Array,
  start: number,
  end: number,
  to: Numbers[Dtype],
): void {
  let out = 0;
  for (let i = start; i < end; i++) {
    const row = (indices[i] ?? NaN) * width;
    if (width >= SHORT) to.set(from.subarray(row, row + width), out);
    else for (let column = 0; column < width; column++) to[out + column] = from[row + column] ?? NaN;
    out += width;
  }
}

/** A shape with another number of rows. */
function withRows(rows: number, shape: Shape): Shape {
  const extents = [rows];
  for (let axis = 1; axis < shape.length; axis++) extents.push(shape[axis] ?? 0);
  return extents;
}

/** Applies `change` to one tensor or to each of several, in the same arrangement. */
export function mapTensors<T extends Tensors>(given: T, change: (each: Tensor) => Tensor): T {
  const changed = (): Tensors => {
    if (given instanceof Tensor) return change(given);
    if (Array.isArray(given)) return given.map(change);
    return Object.fromEntries(Object.entries(given).map(([name, each]: [string, Tensor]) => [name, change(each)]));
  };
  return changed() as T;
}

/** The number of elements of one sample. */
export function rowSize(x: Tensor): number {
  let size = 1;
  for (let axis = 1; axis < x.shape.length; axis++) size *= x.shape[axis] ?? 1;
  return size;
}

function emptyLike<D extends Dtype>(x: Tensor<D>, length: number): Numbers[D] {
  return (x.dtype === "float32" ? new Float32Array(length) : new Int32Array(length)) as Numbers[D];
}
