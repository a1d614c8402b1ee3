import { Lasting } from "../runtime/lasting.ts";
import type { Dtype, Shape } from "../tensor.ts";

/** An operand that lasts and is saved with its module, but not learned: running means, counts. Zero until something sets it. */
export class Buffer extends Lasting {
  constructor(shape: Shape, dtype: Dtype = "float32") {
    super("buffer", shape, dtype);
  }

  /** Takes other numbers. */
  assign(values: ArrayLike<number>): void {
    (this.dtype === "float32" ? this.values : this.integers).set(values);
  }
}
