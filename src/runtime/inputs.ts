/** What a program is given at each run: checked, then copied. */
import { ShapeError } from "../errors.ts";
import type { Input } from "../graph/operand.ts";
import { requireInRange, requireRowsInRange } from "../graph/range.ts";
import { type Dtype, type Numbers, type Tensor, printShape, sameShape } from "../tensor.ts";

/** @throws ShapeError, TypeError or RangeError when an input does not fit */
export function checkInputs(where: string, inputs: readonly Input[], tensors: readonly Tensor[]): void {
  if (tensors.length !== inputs.length) {
    throw new TypeError(`${where}: there must be ${inputs.length} inputs; got ${tensors.length}`);
  }
  let i = 0;
  for (const input of inputs) {
    const tensor = tensors[i];
    if (!tensor || !sameShape(tensor.shape, input.shape)) {
      throw new ShapeError(
        `${where}: input ${i} must be ${printShape(input.shape)}; got ${tensor ? printShape(tensor.shape) : "none"}`,
      );
    }
    if (tensor.dtype !== input.dtype) {
      throw new TypeError(`${where}: input ${i} must be ${input.dtype}; got ${tensor.dtype}`);
    }
    for (const range of input.ranges) requireInRange(range, tensor.data, range.elements);
    i++;
  }
}

/** @throws RangeError when numbers of samples, of however many and in whatever order, are not among those that are allowed */
export function checkRangesOfSamples(input: Input, { data }: Tensor): void {
  const [samples = 1] = input.shape;
  for (const range of input.ranges) requireRowsInRange(range, data, samples === 0 ? 0 : input.size / samples);
}

const SHORT = 32; // numbers: fewer are copied faster one by one

/** Copies all numbers, where there is room for them. */
export function copyNumbers(from: ArrayLike<number>, to: Numbers[Dtype] | undefined): void {
  if (from.length >= SHORT) to?.set(from);
  else if (to) for (let i = 0; i < from.length; i++) to[i] = from[i] ?? NaN;
}
