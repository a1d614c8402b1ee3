import { Variable } from "../../memory/variable.ts";
import type { Dtype, Shape } from "../../base/tensor.ts";
import { numbersFor } from "./assign.ts";

/** An operand that lasts and is saved with its module, but not learned: running means, counts. Zero until something sets it. */
export class Buffer extends Variable {
  constructor(shape: Shape, dtype: Dtype = "float32") {
    super("buffer", shape, dtype);
  }

  /**
   * Takes other numbers.
   * @throws ShapeError when there are not as many as it has
   * @throws TypeError when one is no number, or no whole one of 32 bits for int32
   */
  assign(values: ArrayLike<number>): void {
    const numbers = numbersFor("buffer", this, values);
    (this.dtype === "float32" ? this.values : this.integers).set(numbers);
  }
}
