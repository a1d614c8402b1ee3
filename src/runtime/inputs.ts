/** What a program is given at each run: checked, then copied. */
import { ShapeError } from "../errors.ts";
import type { Input, Range } from "../graph/operand.ts";
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
    checkRanges(input, tensor.data);
    i++;
  }
}

/** @throws RangeError when numbers for an input, of however many samples, are not among those that are allowed */
export function checkRanges(input: Input, data: Float32Array | Int32Array): void {
  for (const range of input.ranges) {
    const { low, high, except, start, length } = range;
    // More data than the input holds are all batches of an epoch.
    const [from, to] = data.length === input.size ? [start, start + length] : [0, data.length];
    for (let i = from; i < to; i++) {
      const value = data[i] ?? NaN;
      if ((value >= low && value <= high && value !== Infinity) || value === except) continue;
      throw rangeError(range, value, i);
    }
  }
}

/** That a number is not among those that are allowed. */
export function rangeError(
  { where, what, low, high, except, advice }: Range,
  value: number,
  index: number,
): RangeError {
  const other = except === undefined ? "" : ` or ${except}`;
  const bounds = high === Infinity ? `finite numbers of at least ${low}` : `from ${low} to ${high}`;
  const hint = advice === undefined ? "" : ` (${advice})`;
  return new RangeError(
    `${where}: ${what} must be ${low === high ? low : bounds}${other}; got ${value} at index ${index}${hint}`,
  );
}

const SHORT = 32; // numbers: fewer are copied faster one by one

/** Copies all numbers, where there is room for them. */
export function copyNumbers(from: ArrayLike<number>, to: Numbers[Dtype] | undefined): void {
  if (from.length >= SHORT) to?.set(from);
  else if (to) for (let i = 0; i < from.length; i++) to[i] = from[i] ?? NaN;
}
