import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const ROWS = 5;

/** What each kernel gives for dOut, x and the slope of a column, rounded once. */
const KERNELS: readonly [
  name: "prelu" | "preluGradient" | "preluSlopeTerms",
  exact: (dOut: number, x: number, slope: number) => number,
][] = [
  ["prelu", (_, x, slope) => (x > 0 ? x : x * slope)],
  ["preluGradient", (dOut, x, slope) => (x > 0 ? dOut : dOut * slope)],
  ["preluSlopeTerms", (dOut, x) => (x > 0 ? 0 : dOut * x)],
];

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  test.each(KERNELS)("%s: values, any number of parts, in place", (name, exact) => {
    for (const columns of LENGTHS) {
      const size = ROWS * columns;
      const x = randomFloats(size, columns, 2);
      x.fill(0, 0, Math.min(3, size));
      const [dOut, slopes] = [randomFloats(size, 1), randomFloats(columns, 2)];
      const run = (parts: number, place?: "x" | "dOut"): Float32Array => {
        sandbox.reset();
        const at = { x: sandbox.floats(x), dOut: sandbox.floats(dOut), slopes: sandbox.floats(slopes) };
        const out = place ? at[place] : sandbox.empty(size);
        sandbox.inParts(parts, (part) => {
          if (name === "prelu") kernels.prelu(at.x, at.slopes, out, ROWS, columns, part, parts);
          else if (name === "preluGradient") {
            kernels.preluGradient(at.dOut, at.x, at.slopes, out, ROWS, columns, part, parts);
          } else kernels.preluSlopeTerms(at.dOut, at.x, out, size, part, parts);
        });
        sandbox.checkGuards();
        return sandbox.read(out, size);
      };
      const actual = run(1);
      const expected = Float32Array.from(x, (value, i) => exact(dOut[i] ?? NaN, value, slopes[i % columns] ?? NaN));
      expect([...actual].map((value) => value + 0)).toEqual([...expected].map((value) => value + 0)); // 0 for -0
      for (const parts of PARTS) expect(sameBits(run(parts), actual), `${columns}, ${parts} parts`).toBe(true);
      for (const place of name === "prelu" ? (["x"] as const) : (["x", "dOut"] as const)) {
        expect(sameBits(run(1, place), actual), `${columns}, in place of ${place}`).toBe(true);
      }
    }
  });
});
