import { type Operand, type Tensor, nn, vjp } from "../../../src/index.ts";
import { RngState } from "../../../src/memory/rng-state.ts";
import { namedMembers } from "../../../src/nn/module/members.ts";
import { randomTensor } from "../../support.ts";

/** The module with its draws held: every run begins at step 0, so that masks are the same again. */
export class Held extends nn.Module {
  constructor(readonly inner: nn.Module) {
    super();
  }

  override forward(...inputs: readonly Operand[]): Operand {
    return this.inner.call(...inputs);
  }

  override run<M extends nn.Module>(this: M, ...inputs: readonly Tensor[]): nn.Prediction<M> {
    rewind(this);
    const out = super.run(...inputs) as nn.Prediction<M>;
    rewind(this);
    return out;
  }

  rewind(): void {
    rewind(this);
  }
}

function rewind(model: nn.Module): void {
  for (const module of model.modules()) {
    for (const [, counter] of namedMembers(module, RngState)) counter.write()[3] = 0;
  }
}

/** Mean and variance. */
export function momentsOf(values: ArrayLike<number>): readonly [number, number] {
  const numbers = Array.from(values);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return [mean, numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length];
}

/**
 * The largest difference between the gradients by parameters and central differences of sum(output * cotangent), draws
 * held, over max(1, |gradient|). A step of 1e-2 makes both errors of differences some 1e-5 of values near 1.
 */
export function parameterFaults(layer: nn.Module, x: Tensor, step = 1e-2): number {
  const held = new Held(layer);
  held.rewind();
  const { shape } = held.run(x);
  const cotangent = randomTensor(shape, 98);
  const objective = (): number => held.run(x).data.reduce((sum, value, i) => sum + value * (cotangent.data[i] ?? 0), 0);
  const found = vjp(held, [x], cotangent).parameters;
  let worst = 0;
  for (const [name, parameter] of held.namedParameters()) {
    for (let i = 0; i < parameter.size; i++) {
      const was = parameter.read()[i] ?? 0;
      const at = (value: number): number => {
        parameter.write()[i] = value;
        return objective();
      };
      const numeric = (at(was + step) - at(was - step)) / (Math.fround(was + step) - Math.fround(was - step));
      parameter.write()[i] = was;
      const error = Math.abs((found[name]?.data[i] ?? NaN) - numeric) / Math.max(1, Math.abs(numeric));
      worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
    }
  }
  return worst;
}
