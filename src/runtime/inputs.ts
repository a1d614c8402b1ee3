/** What a program is given at each run: checked, then copied. */
import { ShapeError } from "../errors.ts";
import type { Input } from "../graph/operand.ts";
import { requireInRange, requireRowsInRange } from "../graph/range.ts";
import { type Dtype, type Numbers, type Tensor, asTensor, printShape, sameShape } from "../tensor.ts";

/**
 * Checks all but numbers, which `copyNumbers` and `checkRanges` look at.
 * @throws ShapeError or TypeError when an input does not fit
 */
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
    i++;
  }
}

/** @throws RangeError when numbers that were copied for an input are not among those that are allowed */
export function checkRanges(input: Input, given: Numbers[Dtype]): void {
  for (const range of input.ranges) requireInRange(range, given, range.elements);
}

/** @throws RangeError when numbers of samples, of however many and in whatever order, are not among those that are allowed */
export function checkRangesOfSamples(input: Input, { data }: Tensor): void {
  const [samples = 1] = input.shape;
  for (const range of input.ranges) requireRowsInRange(range, data, samples === 0 ? 0 : input.size / samples);
}

const SHORT = 32; // numbers: fewer are copied faster one by one

/**
 * Copies the numbers of an input to where it lies.
 * @throws TypeError when it has lost some, because their buffer was transferred or resized; nothing is copied then
 */
export function copyNumbers(where: string, i: number, tensor: Tensor, to: Numbers[Dtype]): void {
  const { data: from, size } = tensor;
  const count = from.length; // read once: of arrays whose buffers may be resized that takes as long as to copy a few
  if (count !== size) asTensor(where, `input ${i}`, tensor);
  if (count >= SHORT) to.set(from);
  else for (let at = 0; at < count; at++) to[at] = from[at] ?? NaN;
}
