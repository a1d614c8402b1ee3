import { describe, expect, test } from "vitest";
import { sameBits } from "./faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

const FACTOR = Math.fround(0.3);

/** Widths and heights around lanes (4), strips (16, 32) and blocks (128 rows, 2048 floats). */
const SIZES: readonly (readonly [rows: number, columns: number])[] = [
  [0, 3],
  [3, 0],
  [1, 1],
  [5, 3],
  [3, 5],
  [127, 16],
  [128, 10],
  [129, 31],
  [300, 33],
  [4, 67],
  [2, 2047],
  [2, 4101],
];

type Name = "sumRows" | "sumColumns" | "expandRows" | "expandColumns";

interface Case {
  readonly name: Name;
  readonly inputs: (rows: number, columns: number) => number;
  readonly exact: (x: Float32Array, rows: number, columns: number) => number[];
}

function total(x: Iterable<number>): number {
  let sum = 0;
  for (const value of x) sum += value;
  return sum;
}

/** One number for each of rows x columns. */
function table(rows: number, columns: number, value: (r: number, c: number) => number): number[] {
  return Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
}

const CASES: readonly Case[] = [
  {
    name: "sumRows",
    inputs: (rows, columns) => rows * columns,
    exact: (x, rows, columns) =>
      table(1, columns, (_, c) => FACTOR * total(table(1, rows, (_row, r) => x[r * columns + c] ?? NaN))),
  },
  {
    name: "sumColumns",
    inputs: (rows, columns) => rows * columns,
    exact: (x, rows, columns) => table(rows, 1, (r) => FACTOR * total(x.subarray(r * columns, (r + 1) * columns))),
  },
  {
    name: "expandRows",
    inputs: (_, columns) => columns,
    exact: (x, rows, columns) => table(rows, columns, (_, c) => Math.fround(FACTOR * (x[c] ?? NaN))),
  },
  {
    name: "expandColumns",
    inputs: (rows) => rows,
    exact: (x, rows, columns) => table(rows, columns, (r) => Math.fround(FACTOR * (x[r] ?? NaN))),
  },
];

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  function sum(x: ArrayLike<number>): number {
    sandbox.reset();
    const at = sandbox.floats(x);
    const out = sandbox.empty(1);
    sandbox.inParts(3, (part) => sandbox.kernels.sum(at, out, FACTOR, x.length, part, 3));
    sandbox.checkGuards();
    return sandbox.read(out, 1)[0] ?? NaN;
  }

  test.each(CASES)("$name: values, and the same bits in any number of parts", ({ name, inputs, exact }) => {
    for (const [rows, columns] of SIZES) {
      const x = randomFloats(inputs(rows, columns), 5);
      const expected = exact(x, rows, columns);
      const run = (parts: number): Float32Array => {
        sandbox.reset();
        const at = sandbox.floats(x);
        const out = sandbox.empty(expected.length);
        const { kernels } = sandbox;
        sandbox.inParts(parts, (...share) =>
          name === "sumRows"
            ? kernels.sumRows(at, out, 0, FACTOR, rows, columns, ...share)
            : kernels[name](at, out, FACTOR, rows, columns, ...share),
        );
        sandbox.checkGuards();
        return sandbox.read(out, expected.length);
      };
      const actual = run(1);
      for (const parts of PARTS) {
        expect(sameBits(run(parts), actual), `${rows} x ${columns} in ${parts} parts`).toBe(true);
      }
      const worst = Math.max(0, ...expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value)));
      // Partial sums of at most 128 random numbers below 1 stay below 32, whose rounding is 2^-20; they add like their root.
      const tolerance = name.startsWith("expand") ? 0 : 2 ** -20 * Math.sqrt(rows + columns) * FACTOR;
      expect(worst, `${rows} x ${columns}`).toBeLessThanOrEqual(tolerance);
    }
  });

  test("sum at every length", () => {
    for (const length of [...LENGTHS, 2047, 2048, 2049, 5000]) {
      const x = randomFloats(length, length);
      expect(Math.abs(sum(x) - FACTOR * total(x)), `${length}`).toBeLessThanOrEqual(2 ** -22 * Math.sqrt(length));
    }
  });

  test("the mean of ten million equal numbers is off by the additions of one block alone", () => {
    const length = 10_000_000;
    const value = Math.fround(0.1);
    const mean = sum(new Float32Array(length).fill(value)) / (FACTOR * length);
    expect(Math.abs(mean / value - 1)).toBeLessThan(64 * 2 ** -24); // 64 additions a lane, then double precision
  });

  test("the sums of a million equal rows", () => {
    const rows = 1_000_000;
    sandbox.reset();
    const x = sandbox.floats(new Float32Array(rows * 3).fill(1 / 3));
    const [out, totals] = [sandbox.empty(3), sandbox.empty(6)];
    sandbox.kernels.sumRows(x, out, totals, 1, rows, 3, 0, 1);
    const exact = rows * Math.fround(1 / 3);
    const worst = Math.max(...sandbox.read(out, 3).map((value) => Math.abs(value / exact - 1)));
    expect(worst).toBeLessThan(256 * 2 ** -24); // 128 additions, and 128 of their sums, then double precision
  });
});
