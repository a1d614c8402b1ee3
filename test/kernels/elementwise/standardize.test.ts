import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const sizes = LENGTHS.flatMap((length) => [
    [length, 3],
    [4, length],
  ]) as readonly (readonly [rows: number, columns: number])[];

  test.each(sizes)("standardizeRows and unstandardizeRows: %i rows, %i columns", (rows, columns) => {
    const x = randomFloats(rows * columns, 1, 100);
    if (x.length > 3) x.set([NaN, Infinity, -0]);
    const center = Float64Array.from(randomFloats(columns, 2), (value) => value * 1e3 + 1e-9);
    const spread = Float64Array.from(randomFloats(columns, 3), (value) => Math.abs(value) / 3 + 1e-9);
    const scaled = x.map((value, i) => (value - center[i % columns]!) / spread[i % columns]!);
    const unscaled = x.map((value, i) => value * spread[i % columns]! + center[i % columns]!);
    for (const parts of PARTS) {
      sandbox.reset();
      const words = (doubles: Float64Array): Int32Array => new Int32Array(doubles.buffer);
      const [xAt, c, s] = [sandbox.floats(x), sandbox.integers(words(center)), sandbox.integers(words(spread))];
      const [out, back] = [sandbox.empty(x.length), sandbox.empty(x.length)];
      sandbox.inParts(parts, (...share) => {
        sandbox.kernels.standardizeRows(xAt, c, s, out, rows, columns, ...share);
        sandbox.kernels.unstandardizeRows(xAt, c, s, back, rows, columns, ...share);
      });
      sandbox.checkGuards();
      expect(sandbox.read(out, x.length), `${parts} parts`).toEqual(scaled);
      expect(sandbox.read(back, x.length), `${parts} parts`).toEqual(unscaled);
    }
  });
});
