import type { Dtype, Shape } from "../../base/tensor.ts";
import { Variable } from "../../memory/variable.ts";
import { numbersFor } from "./assign.ts";

/** A variable that is saved with its module, but not learned: running means, counts. Zero until it is assigned. */
export class Buffer<D extends Dtype = "float32"> extends Variable<D> {
  constructor(shape: Shape, dtype?: D) {
    super("buffer", shape, dtype);
  }

  /**
   * Takes other numbers.
   * @throws ShapeError when there are not as many as it has
   * @throws TypeError when one is no number, or no whole one of 32 bits for int32
   */
  assign(values: ArrayLike<number>): void {
    const numbers = numbersFor("buffer", this, values);
    this.write().set(numbers);
  }
}
