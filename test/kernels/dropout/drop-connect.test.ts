import { describe, expect, test } from "vitest";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const SCALE = Math.fround(1 / 0.7);

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  // Sums of at most 67 products of numbers up to 1, times 1.43, carried in float32: 67 roundings of 2^-24 times 67.
  const TOLERANCE = 67 * 67 * 1.43 * 2 ** -24;

  test.each([
    [1, 1, 1],
    [3, 5, 7],
    [2, 3, 8],
    [5, 2, 31],
    [4, 17, 32],
    [7, 3, 33],
    [17, 19, 67],
  ])("%i samples, %i outputs, %i inputs: the products where weights are kept", (samples, outputs, inputs) => {
    const words = Math.ceil(inputs / 32);
    const x = randomFloats(samples * inputs, 1);
    const weight = randomFloats(outputs * inputs, 2);
    const dOut = randomFloats(samples * outputs, 3);
    const bits = Int32Array.from(randomFloats(samples * outputs * words, 4, 2 ** 31));
    const kept = (n: number, o: number, i: number): number =>
      ((bits[(n * outputs + o) * words + (i >> 5)] ?? 0) >>> (i & 31)) & 1;
    const expected = {
      product: new Float64Array(samples * outputs),
      byInput: new Float64Array(samples * inputs),
      byWeight: new Float64Array(outputs * inputs),
    };
    const addTo = (sums: Float64Array, at: number, value: number): void => void (sums[at] = (sums[at] ?? NaN) + value);
    for (let n = 0; n < samples; n++) {
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) {
          const scale = kept(n, o, i) * SCALE;
          const [a, w, d] = [x[n * inputs + i] ?? NaN, weight[o * inputs + i] ?? NaN, dOut[n * outputs + o] ?? NaN];
          addTo(expected.product, n * outputs + o, scale * a * w);
          addTo(expected.byInput, n * inputs + i, scale * d * w);
          addTo(expected.byWeight, o * inputs + i, scale * d * a);
        }
      }
    }
    const sizes = [samples, outputs, inputs] as const;
    const bitsOf = (kernel: keyof typeof expected, parts: number): Float32Array => {
      sandbox.reset();
      const at = { x: sandbox.floats(x), weight: sandbox.floats(weight), dOut: sandbox.floats(dOut) };
      const [mask, rate] = [sandbox.integers(bits), sandbox.floats([NaN, SCALE])];
      const out = sandbox.empty(expected[kernel].length);
      const run = {
        product: (part: number) => kernels.maskedProduct(at.x, at.weight, mask, rate, out, ...sizes, part, parts),
        byInput: (part: number) =>
          kernels.maskedProductByInput(at.dOut, at.weight, mask, rate, out, 0, ...sizes, part, parts),
        byWeight: (part: number) =>
          kernels.maskedProductByWeight(at.dOut, at.x, mask, rate, out, 0, ...sizes, part, parts),
      }[kernel];
      sandbox.inParts(parts, run);
      sandbox.checkGuards();
      return sandbox.read(out, expected[kernel].length);
    };
    for (const kernel of ["product", "byInput", "byWeight"] as const) {
      const alone = bitsOf(kernel, 1);
      const worst = alone.reduce((most, value, i) => {
        const error = Math.abs(value - (expected[kernel][i] ?? NaN));
        return Number.isNaN(error) ? Infinity : Math.max(most, error);
      }, 0);
      expect(worst, kernel).toBeLessThan(TOLERANCE);
      for (const parts of PARTS) expect(bitsOf(kernel, parts), kernel).toEqual(alone);
    }
  });
});
