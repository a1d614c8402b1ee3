import { type Operand, type Tensor, nn } from "../../src/index.ts";
import { Counter } from "../../src/runtime/lasting.ts";
import { heldBy } from "../../src/nn/held.ts";

/** The module with its draws held: every run begins at step 0, so that masks are the same again. */
export class Held extends nn.Module {
  constructor(readonly inner: nn.Module) {
    super();
  }

  override forward(...inputs: readonly Operand[]): Operand {
    return this.inner.forward(...inputs);
  }

  override run(...inputs: readonly Tensor[]): Tensor<"float32"> {
    this.rewind();
    const out = super.run(...inputs);
    this.rewind();
    return out;
  }

  rewind(): void {
    for (const module of this.inner.modules()) {
      for (const [, counter] of heldBy(module, Counter)) counter.integers[3] = 0;
    }
  }
}

/** Quantile of the standard normal distribution that is passed, on either side, once in 10,000 draws. */
export const TWO_SIDED = 3.891;

/** Mean and variance. */
export function momentsOf(values: ArrayLike<number>): readonly [number, number] {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return [mean, numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length];
}
