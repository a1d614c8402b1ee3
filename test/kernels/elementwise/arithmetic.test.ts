import { describe, expect, test } from "vitest";
import { type Row, faultsOf, mixedFloats, sameBits } from "../faults.ts";
import { BUILDS, type Kernels, PARTS, Sandbox, randomFloats } from "../harness.ts";

const FACTOR = Math.fround(1.7);
const TERM = Math.fround(-0.3);

/** One ulp, relative to the value: see the bounds beside the functions in assembly/base/math.ts. */
const ulp = (exact: number): number => 1.1 * 2 ** -23 * Math.abs(exact) + 2 ** -149;

const ELEMENTWISE: readonly Row[] = [
  { name: "add", run: (k, a, b, out, share) => k.add(a, b, out, ...share), exact: (a, b) => a + b },
  { name: "subtract", run: (k, a, b, out, share) => k.subtract(a, b, out, ...share), exact: (a, b) => a - b },
  { name: "multiply", run: (k, a, b, out, share) => k.multiply(a, b, out, ...share), exact: (a, b) => a * b },
  { name: "divide", run: (k, a, b, out, share) => k.divide(a, b, out, ...share), exact: (a, b) => a / b },
  {
    name: "quotient",
    run: (k, a, b, out, share) => k.quotient(a, b, out, ...share),
    exact: (a, b) => (b === 0 ? 0 : a / b),
  },
  { name: "abs", run: (k, a, _, out, share) => k.abs(a, out, ...share), exact: Math.abs },
  {
    name: "absGradient",
    run: (k, a, b, out, share) => k.absGradient(a, b, out, ...share),
    exact: (dOut, x) => (x === 0 ? 0 : dOut * Math.sign(x)),
  },
  { name: "square", run: (k, a, _, out, share) => k.square(a, out, ...share), exact: (a) => a * a },
  { name: "sqrt", run: (k, a, _, out, share) => k.sqrt(a, out, ...share), exact: Math.sqrt },
  { name: "exp", run: (k, a, _, out, share) => k.exp(a, out, ...share), exact: Math.exp, tolerance: ulp },
  { name: "log", run: (k, a, _, out, share) => k.log(a, out, ...share), exact: Math.log, tolerance: ulp },
  {
    name: "affine",
    run: (k, a, _, out, share) => k.affine(a, out, FACTOR, TERM, ...share),
    exact: (a) => a * FACTOR + TERM,
    tolerance: (exact, a) => 2 ** -24 * (Math.abs(a * FACTOR) + Math.abs(exact)), // one rounding, or two
  },
  { name: "fill", run: (k, _a, _b, out, share) => k.fill(out, FACTOR, ...share), exact: () => FACTOR },
];

type ScalarKernel = "addScalar" | "subtractScalar" | "multiplyScalar" | "divideScalar";
type RowKernel = "addRow" | "subtractRow" | "multiplyRow" | "divideRow";

const OPERATIONS: readonly [ScalarKernel, RowKernel, (a: number, b: number) => number][] = [
  ["addScalar", "addRow", (a, b) => a + b],
  ["subtractScalar", "subtractRow", (a, b) => a - b],
  ["multiplyScalar", "multiplyRow", (a, b) => a * b],
  ["divideScalar", "divideRow", (a, b) => a / b],
];

/** Runs `body` on a scalar that stands at an address of its own, outside the regions. */
function atScalar(kernels: Kernels, value: number, body: (scalar: number) => void): void {
  const scalar = 65_536 - 64;
  kernels.fill(scalar, value, 1, 0, 1);
  body(scalar);
}

describe.each(BUILDS)("%s", (build) => {
  test.each(ELEMENTWISE)("$name", (row) => {
    expect(faultsOf(build, row)).toEqual([]);
  });

  test.each(OPERATIONS)("%s", (name, _, exact) => {
    const row: Row = {
      name,
      run: (k, a, _b, out, share) => atScalar(k, FACTOR, (scalar) => k[name](a, scalar, out, ...share)),
      exact: (a) => exact(a, FACTOR),
    };
    expect(faultsOf(build, row)).toEqual([]);
  });

  test("expand", () => {
    const row: Row = {
      name: "expand",
      run: (k, _a, _b, out, share) => atScalar(k, TERM, (scalar) => k.expand(scalar, out, FACTOR, ...share)),
      exact: () => TERM * FACTOR,
    };
    expect(faultsOf(build, row)).toEqual([]);
  });

  test.each(OPERATIONS)("%2$s: one row against every row, in place too", (_, name, exact) => {
    const sandbox = new Sandbox(build);
    for (const [rows, columns] of [
      [0, 5],
      [3, 0],
      [1, 1],
      [7, 3],
      [5, 10],
      [2, 67],
      [33, 128],
    ] as const) {
      const x = randomFloats(rows * columns, 1, 4);
      const row = mixedFloats(2).subarray(0, columns);
      const expected = x.map((value, i) => exact(value, row[i % columns] ?? NaN));
      for (const parts of PARTS) {
        for (const inPlace of [false, true]) {
          sandbox.reset();
          const xAt = sandbox.floats(x);
          const rowAt = sandbox.floats(row);
          const out = inPlace ? xAt : sandbox.empty(x.length);
          sandbox.inParts(parts, (part) => sandbox.kernels[name](xAt, rowAt, out, rows, columns, part, parts));
          sandbox.checkGuards();
          expect(sameBits(sandbox.read(out, x.length), expected), `${rows} x ${columns} in ${parts} parts`).toBe(true);
        }
      }
    }
  });

  test("abs and its gradient at NaN, 0 and -0", () => {
    const sandbox = new Sandbox(build);
    const x = sandbox.floats([NaN, 0, -0, -Infinity]);
    const dOut = sandbox.floats([3, 3, 3, 3]);
    const out = sandbox.empty(4);
    sandbox.kernels.abs(x, out, 4, 0, 1);
    expect([...sandbox.read(out, 4)]).toEqual([NaN, 0, 0, Infinity]);
    sandbox.kernels.absGradient(dOut, x, out, 4, 0, 1);
    expect([...sandbox.read(out, 4)]).toEqual([0, 0, 0, -3]);
  });
});
