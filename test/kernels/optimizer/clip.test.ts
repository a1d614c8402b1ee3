import { describe, expect, test } from "vitest";
import { faultsOf, sameBits } from "../faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

describe.each(BUILDS)("%s", (build) => {
  test("clamp", () => {
    const bound = Math.fround(1.3);
    const faults = faultsOf(build, {
      name: "clamp",
      run: (kernels, x, _, out, share) => kernels.clamp(x, out, -bound, 2, ...share),
      exact: (x) => Math.min(2, Math.max(-bound, x)),
    });
    expect(faults).toEqual([]);
  });

  test("clamp: NaN stays", () => {
    const sandbox = new Sandbox(build);
    const x = sandbox.floats([NaN, 5, -5, Infinity, NaN]);
    sandbox.kernels.clamp(x, x, -1, 1, 5, 0, 1);
    expect([...sandbox.read(x, 5)]).toEqual([NaN, 1, -1, 1, NaN]);
  });

  test("lerp", () => {
    const sandbox = new Sandbox(build);
    const [averages, x] = [randomFloats(1023, 1, 4), randomFloats(1023, 2, 4)];
    const weight = Math.fround(0.1);
    const run = (length: number, parts: number): Float32Array => {
      sandbox.reset();
      const [average, from] = [sandbox.floats(averages.subarray(0, length)), sandbox.floats(x.subarray(0, length))];
      const at = sandbox.floats([weight]);
      sandbox.inParts(parts, (part) => sandbox.kernels.lerp(average, from, at, length, part, parts));
      sandbox.checkGuards();
      return sandbox.read(average, length);
    };
    const all = run(1023, 1);
    for (const [i, value] of all.entries()) {
      const [average, to] = [averages[i] ?? NaN, x[i] ?? NaN];
      // Three roundings of numbers up to 8.
      expect(Math.abs(value - (average + weight * (to - average)))).toBeLessThan(3 * 2 ** -22);
    }
    for (const length of LENGTHS) {
      for (const parts of PARTS) expect(sameBits(run(length, parts), all.subarray(0, length))).toBe(true);
    }
  });

  test.each(LENGTHS)("sumSquares of %i", (length) => {
    const sandbox = new Sandbox(build);
    const x = randomFloats(length, 3, 4);
    const runs = Math.ceil(length / 100);
    const results = PARTS.map((parts) => {
      sandbox.reset();
      const [at, out] = [sandbox.floats(x), sandbox.empty(runs)];
      sandbox.inParts(parts, (part) => sandbox.kernels.sumSquares(at, out, 100, length, part, parts));
      sandbox.checkGuards();
      return sandbox.read(out, runs);
    });
    const [first = new Float32Array()] = results;
    for (const result of results) expect(sameBits(result, first)).toBe(true);
    for (const [k, sum] of first.entries()) {
      const exact = x.subarray(k * 100, (k + 1) * 100).reduce((total, value) => total + value ** 2, 0);
      // No term is negative, and each takes part in at most 20 sums.
      expect(Math.abs(sum - exact)).toBeLessThan(2e-6 * exact);
    }
  });
});
