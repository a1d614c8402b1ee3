import { Lasting } from "../runtime/lasting.ts";
import type { Shape } from "../tensor.ts";

/** An operand that lasts and is learned; it belongs to a module. Its numbers are zero until something sets them. */
export class Parameter extends Lasting {
  constructor(shape: Shape) {
    super("parameter", shape);
  }
}
