import { expect } from "vitest";
import { Operand } from "../src/graph/operand.ts";
import { Module } from "../src/nn/index.ts";
import { vjp } from "../src/nn/vjp.ts";
import { Tensor } from "../src/base/tensor.ts";
import { randomTensor } from "./random-tensor.ts";

export { randomTensor };

/** A module whose forward is a function. */
export class Lambda extends Module {
  constructor(readonly apply: (...inputs: Operand[]) => Operand) {
    super();
  }

  override forward(...inputs: Operand[]): Operand {
    return this.apply(...inputs);
  }
}

/** Expects every element within relative * |expected| + absolute, NaN and infinities where they are expected. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative = 1e-5, absolute = 1e-6, what = "" } = {},
): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] ?? NaN, expected[i] ?? NaN];
    if (Object.is(a, e) || a === e) continue;
    const bound = relative * Math.abs(e) + absolute;
    if (!(Math.abs(a - e) <= bound)) {
      throw new Error(`${what} [${i}]: expected ${e} within ${bound}; got ${a}`);
    }
  }
}

/**
 * Expects every gradient of `module` to be that of central differences of sum(output * cotangent).
 *
 * With a step h, the difference errs by h² f'''/6 and by rounding of about 1e-7 |f| / h; h = 1e-2 makes both some 1e-5
 * of values near 1, and the bound of 2e-3 leaves room for sums over many elements. Inputs must keep away from kinks.
 */
export function expectGradient(module: Module, inputs: readonly Tensor[], step = 1e-2, bound = 2e-3): void {
  const output = module.run(...inputs);
  const cotangent = randomTensor(output.shape, 99);
  const objective = (): number => {
    const { data } = module.run(...inputs);
    return data.reduce((sum, value, i) => sum + value * (cotangent.data[i] ?? 0), 0);
  };
  const found = vjp(module, inputs, cotangent);
  expectClose(found.output.data, output.data, { relative: 1e-6, what: "output of vjp" });
  inputs.forEach((input, which) => {
    const gradient = found.inputs[which];
    if (input.dtype === "int32") return expect(gradient).toBeNull();
    if (!gradient) throw new Error(`no gradient by input ${which}`);
    for (let i = 0; i < input.size; i++) {
      const was = input.data[i] ?? 0;
      input.data[i] = was + step;
      const [up, high] = [objective(), input.data[i] ?? 0];
      input.data[i] = was - step;
      const [down, low] = [objective(), input.data[i] ?? 0];
      input.data[i] = was;
      const numeric = (up - down) / (high - low);
      const actual = gradient.data[i] ?? NaN;
      if (!(Math.abs(actual - numeric) <= bound * Math.max(1, Math.abs(numeric)))) {
        throw new Error(`gradient by input ${which} [${i}]: differences give ${numeric}; got ${actual}`);
      }
    }
  });
}

/** `TypeError: what it says`, word for word. */
export function thrownBy(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return "nothing thrown";
}
