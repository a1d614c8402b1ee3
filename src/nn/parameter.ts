import { Lasting } from "../runtime/lasting.ts";
import type { Shape } from "../tensor.ts";

/** An operand that lasts and is learned; it belongs to a module. Its numbers are zero until something sets them. */
export class Parameter extends Lasting {
  #isUsed = false;
  #initialize: (() => void) | undefined;

  constructor(shape: Shape) {
    super("parameter", shape);
  }

  /** Where its numbers lie; they have their initial values from now on. */
  override get address(): number {
    this.#isUsed = true;
    const initialize = this.#initialize;
    this.#initialize = undefined;
    initialize?.();
    return super.address;
  }

  /** Fills it by `fill`: before its numbers are first used, so that a model whose weights are loaded draws none. */
  initialize(fill: () => void): void {
    if (this.#isUsed) fill();
    else this.#initialize = fill;
  }

  /** Takes other numbers, in place of those that it has or was to have. */
  assign(values: ArrayLike<number>): void {
    this.#initialize = undefined;
    this.values.set(values);
  }
}
