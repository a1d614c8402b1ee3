import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const ROWS = 5;

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  function limited(weights: Float32Array, columns: number, limit: number, parts: number): Float32Array {
    sandbox.reset();
    const w = sandbox.floats(weights);
    sandbox.inParts(parts, (part) => sandbox.kernels.limitRows(w, limit, ROWS, columns, part, parts));
    sandbox.checkGuards();
    return sandbox.read(w, weights.length);
  }

  test.each(LENGTHS)("limitRows: rows of %i", (columns) => {
    // Row r is r / 2 as long as is allowed, more or less: some rows stay.
    const weights = randomFloats(ROWS * columns, 1, 1).map((value, i) => value * (1 + Math.floor(i / columns)));
    const limit = Math.sqrt(columns / 3) * 2.5;
    const out = limited(weights, columns, limit, 1);
    for (let r = 0; r < ROWS; r++) {
      const row = weights.subarray(r * columns, (r + 1) * columns);
      const length = Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0));
      // The length errs by a few roundings of f32 sums, the scale and the product by one each; what fits is not touched.
      const tolerance = length <= limit ? 0 : 1e-6;
      for (const [i, value] of row.entries()) {
        const exact = value * Math.min(1, limit / length);
        expect(Math.abs((out[r * columns + i] ?? NaN) - exact)).toBeLessThanOrEqual(tolerance * Math.abs(exact));
      }
    }
    for (const parts of PARTS) expect(sameBits(limited(weights, columns, limit, parts), out)).toBe(true);
  });

  test("limitRows: NaN stays, and rows of zeros", () => {
    const out = limited(Float32Array.of(NaN, 3, 0, 0, 3, 4, 1, 1, -6, 8), 2, 5, 1);
    expect([...out]).toEqual([NaN, NaN, 0, 0, 3, 4, 1, 1, -3, 4]);
  });
});
