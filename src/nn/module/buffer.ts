import type { Dtype, Shape } from "../../base/tensor.ts";
import { Variable } from "../../memory/variable.ts";
import { numbersFor } from "./assign.ts";

/** A variable that is saved with its module but not learned, such as a running mean or a count. Initially 0. */
export class Buffer<D extends Dtype = "float32"> extends Variable<D> {
  constructor(shape: Shape, dtype?: D) {
    super("buffer", shape, dtype);
  }

  /**
   * Overwrites all numbers.
   * @throws ShapeError when their number is not the size of the buffer
   * @throws TypeError when one is not a number or, for int32, not a whole number of 32 bits
   */
  assign(values: ArrayLike<number>): void {
    const numbers = numbersFor("buffer", this, values);
    this.write().set(numbers);
  }
}
