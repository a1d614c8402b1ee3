import { type Dtype, type Numbers, Tensor, sizeOf } from "../tensor.ts";

const SHORT = 32; // numbers in a row: below this a loop copies faster than a view and `set`

/** The rows from `start` to before `end`, as a view of the same numbers. */
export function rowsBetween<D extends Dtype>(x: Tensor<D>, start: number, end: number): Tensor<D> {
  const width = rowSize(x);
  const view = x.data.subarray(start * width, end * width) as Numbers[D];
  return new Tensor([end - start, ...x.shape.slice(1)], x.dtype, view);
}

/** The rows at `indices`, copied, in that order. */
export function rowsAt<D extends Dtype>(x: Tensor<D>, indices: Int32Array): Tensor<D> {
  const width = rowSize(x);
  const rows = emptyLike(x, indices.length * width);
  if (width < SHORT) copyNumbers(x.data, indices, width, rows);
  else copyViews(x.data, indices, width, rows);
  return new Tensor([indices.length, ...x.shape.slice(1)], x.dtype, rows);
}

/** How many numbers one sample has. */
export function rowSize(x: Tensor): number {
  return sizeOf(x.shape.slice(1));
}

function emptyLike<D extends Dtype>(x: Tensor<D>, length: number): Numbers[D] {
  return (x.dtype === "float32" ? new Float32Array(length) : new Int32Array(length)) as Numbers[D];
}

function copyNumbers(from: Numbers[Dtype], indices: Int32Array, width: number, to: Numbers[Dtype]): void {
  let out = 0;
  for (const index of indices) {
    for (let column = 0; column < width; column++) to[out++] = from[index * width + column] ?? NaN;
  }
}

function copyViews(from: Numbers[Dtype], indices: Int32Array, width: number, to: Numbers[Dtype]): void {
  indices.forEach((index, row) => to.set(from.subarray(index * width, (index + 1) * width), row * width));
}
