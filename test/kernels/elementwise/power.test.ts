import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const DENSE = [0, 0, 0, 1, 0, 0, 0, 1] as const;

/** The gap between floats at y. */
function gap(y: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(y))));
  return 2 ** (exponent - 23);
}

/** C's pow, which differs from JavaScript's where x is 1 or -1: `man 3 pow`. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

/** Bases and exponents whose powers span all floats, with everything that the rules treat apart. */
function pairs(count: number): readonly [Float32Array, Float32Array] {
  const [bits, ends] = [randomFloats(count, 1, 1), randomFloats(count, 2, 1)];
  const special = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 3.4e38];
  const exponents = [...special, 16777215, 16777216, -16777215, 1e-30, 0.3333333];
  const x = bits.map((value, i) => (i % 3 === 0 ? 2 ** (value * 149) : i % 3 === 1 ? 1 + value / 8 : 4 * value));
  const y = ends.map((value, i) => {
    const most = 128 / Math.max(1e-7, Math.abs(Math.log2(Math.abs(x[i]!))));
    return i % 4 === 3 ? Math.round(value * 9) : value * Math.min(most, 1e7) * 1.2;
  });
  let i = 0;
  for (const base of special) for (const exponent of exponents) [x[i], y[i++]] = [base, exponent];
  return [x, y];
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test("pow is within 0.51 ulp of the power in double precision, over all floats", () => {
    const count = 2 ** 20;
    const [x, y] = pairs(count);
    sandbox.reset();
    const out = sandbox.empty(count);
    sandbox.kernels.pow(sandbox.floats(x), sandbox.floats(y), out, 1, 1, 1, count, ...DENSE, 0, 1);
    sandbox.checkGuards();
    const actual = sandbox.read(out, count);
    let worst = 0;
    for (let i = 0; i < count; i++) {
      const exact = power(x[i]!, y[i]!);
      const rounded = Math.fround(exact);
      if (Object.is(actual[i], rounded)) continue;
      const error = Math.abs(actual[i]! - exact) / gap(exact);
      if (!(error <= 0.51)) throw new Error(`pow(${x[i]}, ${y[i]}): expected ${exact}, got ${actual[i]}`);
      worst = Math.max(worst, error);
    }
    expect(worst).toBeLessThanOrEqual(0.51);
  });

  test("powSlope is y x^(y - 1), and 0 where y is 0", () => {
    const [x, y] = [
      [2, 2, 0, 0, 0, -2, NaN, 9],
      [3, 0, 0, 1, 2, 3, 0, 0.5],
    ];
    sandbox.reset();
    const out = sandbox.empty(8);
    sandbox.kernels.powSlope(sandbox.floats(x), sandbox.floats(y), out, 1, 1, 1, 8, ...DENSE, 0, 1);
    expect([...sandbox.read(out, 8)]).toEqual([12, 0, 0, 1, 0, 12, 0, Math.fround(1 / 6)]);
  });

  test.each(["pow", "powSlope"] as const)("%s: the same bits at every length, in any parts", (name) => {
    const [x, y] = pairs(1023);
    const whole = sandbox.empty(1023);
    sandbox.kernels[name](sandbox.floats(x), sandbox.floats(y), whole, 1, 1, 1, 1023, ...DENSE, 0, 1);
    const expected = sandbox.read(whole, 1023);
    for (const length of LENGTHS) {
      for (const parts of PARTS) {
        sandbox.reset();
        const [a, b] = [sandbox.floats(x.subarray(0, length)), sandbox.floats(y.subarray(0, length))];
        const out = sandbox.empty(length);
        sandbox.inParts(parts, (...share) => sandbox.kernels[name](a, b, out, 1, 1, 1, length, ...DENSE, ...share));
        sandbox.checkGuards();
        expect(sandbox.read(out, length), `${length}, ${parts} parts`).toEqual(expected.subarray(0, length));
      }
    }
  });
});
