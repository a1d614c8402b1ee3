import { describe, expect, test } from "vitest";
import { sameBits } from "./faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

const ROWS = 5;
const ULP = 2 ** -23;

type Name = "softmax" | "logSoftmax";
type GradientName = "softmaxGradient" | "logSoftmaxGradient";

function softmaxOf(x: readonly number[]): number[] {
  const largest = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

function logSoftmaxOf(x: readonly number[]): number[] {
  const largest = Math.max(...x);
  const total = x.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return x.map((value) => value - largest - Math.log(total));
}

function sumOf(x: readonly number[]): number {
  return x.reduce((sum, value) => sum + value, 0);
}

const FORWARD: readonly {
  name: Name;
  exact: (x: readonly number[]) => number[];
  tolerance: (exact: number, x: number, spread: number) => number;
}[] = [
  // The rounding of x - largest stands in an exponent; e^x, the sum and the division add some ulp.
  { name: "softmax", exact: softmaxOf, tolerance: (exact, _, spread) => exact * ULP * (4 + spread / 2) + 2 ** -148 },
  // Two subtractions and a logarithm.
  { name: "logSoftmax", exact: logSoftmaxOf, tolerance: (exact) => 2 * ULP * (1 + Math.abs(exact)) },
];

const BACKWARD: readonly {
  name: GradientName;
  exact: (dOut: readonly number[], out: readonly number[]) => number[];
}[] = [
  {
    name: "softmaxGradient",
    exact: (dOut, out) => {
      const mean = sumOf(dOut.map((value, c) => value * (out[c] ?? NaN)));
      return dOut.map((value, c) => (out[c] ?? NaN) * (value - mean));
    },
  },
  {
    name: "logSoftmaxGradient",
    exact: (dOut, out) => {
      const sum = sumOf(dOut);
      return dOut.map((value, c) => value - Math.exp(out[c] ?? NaN) * sum);
    },
  },
];

function rowsOf(x: Float32Array, columns: number): number[][] {
  return Array.from({ length: columns === 0 ? 0 : x.length / columns }, (_, r) => [
    ...x.subarray(r * columns, (r + 1) * columns),
  ]);
}

/** Normalised rows, or their logarithms, rounded to float: what the gradients take as `out`. */
function outputs(name: GradientName, columns: number): Float32Array {
  const rows = rowsOf(randomFloats(ROWS * columns, 3, 3), columns);
  return Float32Array.from(rows.flatMap(name === "softmaxGradient" ? softmaxOf : logSoftmaxOf));
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  /** Runs a kernel on rows of `columns`; `place` says where the output stands. */
  const forward = (name: Name, x: Float32Array, columns: number, parts = 1, inPlace = false): Float32Array => {
    sandbox.reset();
    const at = sandbox.floats(x);
    const out = inPlace ? at : sandbox.empty(x.length);
    const rows = columns === 0 ? 0 : x.length / columns;
    sandbox.inParts(parts, (part) => sandbox.kernels[name](at, out, rows, columns, part, parts));
    sandbox.checkGuards();
    return sandbox.read(out, x.length);
  };

  test.each(FORWARD)("$name has the exact values at every width", ({ name, exact, tolerance }) => {
    const wrong: string[] = [];
    for (const columns of LENGTHS) {
      for (const scale of [1, 30]) {
        const x = randomFloats(ROWS * columns, columns, scale);
        const out = rowsOf(forward(name, x, columns), columns);
        rowsOf(x, columns).forEach((row, r) => {
          const largest = Math.max(...row);
          exact(row).forEach((value, c) => {
            const actual = out[r]?.[c] ?? NaN;
            const error = Math.abs(actual - value);
            if (!(error <= tolerance(value, row[c] ?? NaN, largest - (row[c] ?? NaN)))) {
              wrong.push(`${ROWS} x ${columns} at [${r}, ${c}]: expected ${value}, got ${actual}`);
            }
          });
        });
      }
    }
    expect(wrong.slice(0, 9)).toEqual([]);
  });

  test.each(FORWARD)("$name gives the same bits in any number of parts, and in place", ({ name }) => {
    for (const columns of LENGTHS) {
      const x = randomFloats(ROWS * columns, columns, 4);
      const expected = forward(name, x, columns);
      for (const parts of PARTS) {
        expect(sameBits(forward(name, x, columns, parts), expected), `${columns} in ${parts} parts`).toBe(true);
        expect(sameBits(forward(name, x, columns, parts, true), expected), `${columns} in place`).toBe(true);
      }
    }
  });

  test.each(BACKWARD)("$name: values, parts and in place", ({ name, exact }) => {
    for (const columns of LENGTHS) {
      const dOut = randomFloats(ROWS * columns, 7, 2);
      const out = outputs(name, columns);
      const run = (parts: number, place: "apart" | "dOut" | "out"): Float32Array => {
        sandbox.reset();
        const dOutAt = sandbox.floats(dOut);
        const outAt = sandbox.floats(out);
        const dx = place === "dOut" ? dOutAt : place === "out" ? outAt : sandbox.empty(dOut.length);
        sandbox.inParts(parts, (part) => sandbox.kernels[name](dOutAt, outAt, dx, ROWS, columns, part, parts));
        sandbox.checkGuards();
        return sandbox.read(dx, dOut.length);
      };
      const actual = run(1, "apart");
      for (const parts of PARTS) expect(sameBits(run(parts, "apart"), actual), `${columns}, ${parts} parts`).toBe(true);
      expect(sameBits(run(1, "dOut"), actual), `${columns}, dx = dOut`).toBe(true);
      expect(sameBits(run(1, "out"), actual), `${columns}, dx = out`).toBe(true);

      const outRows = rowsOf(out, columns);
      const expected = rowsOf(dOut, columns).flatMap((row, r) => exact(row, outRows[r] ?? []));
      const worst = Math.max(0, ...expected.map((value, i) => Math.abs((actual[i] ?? NaN) - value)));
      // Each sum is of numbers below 2, rounded about 64 times a lane at most; e^out weighs it by 1 at most.
      expect(worst, `${columns} columns`).toBeLessThanOrEqual(ULP * (4 + 2 * Math.sqrt(columns)));
    }
  });

  test("entries as large as floats can be, and -Infinity among them", () => {
    const x = Float32Array.of(3e38, -3e38, -Infinity, -Infinity, 1e4, 1e4, -Infinity, -Infinity, 0);
    expect([...forward("softmax", x, 3)]).toEqual([1, 0, 0, 0, 0.5, 0.5, 0, 0, 1]);
    const half = -Math.fround(Math.LN2);
    expect([...forward("logSoftmax", x, 3)]).toEqual([
      0,
      -Infinity,
      -Infinity,
      -Infinity,
      half,
      half,
      -Infinity,
      -Infinity,
      0,
    ]);
  });

  test.each([3, 11])("NaN, and a row of -Infinity alone, give NaN in their own row of %i only", (columns) => {
    const x = new Float32Array(3 * columns);
    x.fill(-Infinity, 0, columns);
    x[2 * columns + 1] = NaN;
    for (const { name } of FORWARD) {
      const out = forward(name, x, columns);
      const [even] = forward(name, new Float32Array(columns), columns);
      expect([...out]).toEqual(Array.from(x, (_, i) => (Math.floor(i / columns) === 1 ? even : NaN)));
    }
  });

  test("logSoftmaxGradient where a log-probability is -Infinity", () => {
    sandbox.reset();
    const dx = sandbox.empty(2);
    sandbox.kernels.logSoftmaxGradient(sandbox.floats([1, 2]), sandbox.floats([0, -Infinity]), dx, 1, 2, 0, 1);
    expect([...sandbox.read(dx, 2)]).toEqual([-2, 2]);
  });
});
