import { ShapeError } from "../base/errors.ts";
import type { Input } from "../graph/operand.ts";
import { requireInRange, requireRowsInRange } from "../graph/range.ts";
import { type Dtype, type Numbers, type Tensor, asTensor, printShape, sameShape } from "../base/tensor.ts";

/** The inputs of a program: checks the tensors given for them and copies them to kernel memory. */
export class InputBinding {
  readonly #inputs: readonly Input[];
  /** The indices of inputs whose numbers must be in a range. */
  readonly #ranged: readonly number[];
  #numbers: readonly Numbers[Dtype][] = [];

  constructor(inputs: readonly Input[]) {
    this.#inputs = inputs;
    this.#ranged = inputs.flatMap(({ ranges }, i) => (ranges.length > 0 ? [i] : []));
  }

  /** Sets the views of kernel memory to which the inputs are copied. */
  bind(numbers: readonly Numbers[Dtype][]): void {
    this.#numbers = numbers;
  }

  /**
   * Checks count, shapes and dtypes.
   * @throws ShapeError or TypeError when an input does not fit
   */
  checkKinds(where: string, tensors: readonly Tensor[]): void {
    if (tensors.length !== this.#inputs.length) {
      throw new TypeError(`${where}: there must be ${this.#inputs.length} inputs; got ${tensors.length}`);
    }
    let i = 0;
    for (const input of this.#inputs) {
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

  /** @throws ShapeError, TypeError or RangeError when an input does not fit; nothing is copied */
  check(where: string, tensors: readonly Tensor[]): void {
    this.checkKinds(where, tensors);
    this.checkRanges(tensors);
  }

  /** @throws RangeError when a number of the samples, in any number and order, is out of its range */
  checkRanges(tensors: readonly Tensor[]): void {
    this.#inputs.forEach(({ shape, size, ranges }, i) => {
      const tensor = tensors[i];
      if (!tensor) return;
      const [samples = 1] = shape;
      for (const range of ranges) requireRowsInRange(range, tensor.data, samples === 0 ? 0 : size / samples);
    });
  }

  /**
   * Copies checked tensors to kernel memory.
   * @throws RangeError when a number is out of its range
   */
  copy(where: string, tensors: readonly Tensor[]): void {
    for (let i = 0; i < tensors.length; i++) {
      const tensor = tensors[i];
      const to = this.#numbers[i];
      if (tensor && to) copyNumbers(where, i, tensor, to);
    }
    this.checkCopied();
  }

  /**
   * Checks the copies in kernel memory: another thread may change shared numbers between a check and the copy.
   * @throws RangeError when a number is out of its range
   */
  checkCopied(): void {
    for (const i of this.#ranged) {
      const [input, copied] = [this.#inputs[i], this.#numbers[i]];
      if (!input || !copied) continue;
      for (const range of input.ranges) requireInRange(range, copied, range.elements);
    }
  }
}

const SHORT = 32; // numbers; a loop copies fewer faster than `set`

/**
 * Copies the numbers of an input to kernel memory.
 * @throws TypeError when the tensor lost numbers because its buffer was transferred or resized; nothing is copied then
 */
function copyNumbers(where: string, i: number, tensor: Tensor, to: Numbers[Dtype]): void {
  const { data: from, size } = tensor;
  const count = from.length; // read once: it is slow for arrays over resizable buffers
  if (count !== size) asTensor(where, `input ${i}`, tensor);
  if (count >= SHORT) to.set(from);
  else for (let at = 0; at < count; at++) to[at] = from[at] ?? NaN;
}
