import { describe, expect, test } from "vitest";
import { type Row, faultsOf } from "../faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

/** The nearest whole number, the even one of two. */
function nearest(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

const ROWS: readonly Row[] = [
  { name: "floor", run: (k, a, _, out, share) => k.floor(a, out, ...share), exact: Math.floor },
  { name: "ceil", run: (k, a, _, out, share) => k.ceil(a, out, ...share), exact: Math.ceil },
  { name: "round", run: (k, a, _, out, share) => k.round(a, out, ...share), exact: nearest },
  { name: "sign", run: (k, a, _, out, share) => k.sign(a, out, ...share), exact: Math.sign },
  {
    name: "clampGradient",
    run: (k, a, b, out, share) => k.clampGradient(a, b, out, -1, 1, ...share),
    exact: (dOut, x) => (x >= -1 && x <= 1 ? dOut : 0),
  },
];

const EDGES = [0, -0, 0.5, -0.5, 0.999, -0.999, 1.5, 2.5, -2.5, 2147483520, -2147483648, 2147483648, 1e20, -1e20];
const BEYOND = [NaN, Infinity, -Infinity, 2 ** -149];

/** Rounded toward 0, held within 32 bits; 0 for NaN. */
const truncated = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) + 0;

describe.each(BUILDS)("%s", (build) => {
  test.each(ROWS)("$name", (row) => {
    expect(faultsOf(build, row)).toEqual([]);
  });

  test("round takes the even one of two", () => {
    const sandbox = new Sandbox(build);
    const at = sandbox.floats([0.5, 1.5, 2.5, -0.5, -1.5]);
    sandbox.kernels.round(at, at, 5, 0, 1);
    expect([...sandbox.read(at, 5)]).toEqual([0, 2, 2, -0, -2]);
  });

  test("toIntegers rounds toward 0 and stays within 32 bits, toFloats takes the nearest float", () => {
    const sandbox = new Sandbox(build);
    for (const length of LENGTHS) {
      const x = randomFloats(length, 1, 100);
      [...EDGES, ...BEYOND].forEach((value, i) => {
        if (i < length) x[i] = value;
      });
      const whole = Int32Array.from(x, (value, i) => truncated(value) ^ (i << 24));
      for (const parts of PARTS) {
        sandbox.reset();
        const [floats, integers] = [sandbox.floats(x), sandbox.integers(whole)];
        const [toInteger, toFloat] = [sandbox.empty(length), sandbox.empty(length)];
        sandbox.inParts(parts, (...share) => {
          sandbox.kernels.toIntegers(floats, toInteger, length, ...share);
          sandbox.kernels.toFloats(integers, toFloat, length, ...share);
        });
        sandbox.checkGuards();
        expect([...sandbox.readIntegers(toInteger, length)]).toEqual([...x].map(truncated));
        expect([...sandbox.read(toFloat, length)]).toEqual([...whole].map(Math.fround));
      }
    }
  });
});
