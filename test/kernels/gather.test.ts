import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

type Sizes = readonly [outer: number, rows: number, count: number, columns: number];

const SIZES: readonly Sizes[] = [
  ...LENGTHS.flatMap((length): Sizes[] => [
    [1, 7, length, 1],
    [length, 5, 1, 1],
    [2, 3, 4, length],
  ]),
  [9, 4, 6, 3],
  [1, 1, 5, 2],
];

const bits = (x: Float32Array): Int32Array => new Int32Array(x.buffer);

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each(SIZES)("gatherAlong and scatterAlong: %i x %i, %i taken, %i columns", (outer, rows, count, columns) => {
    const sizes: Sizes = [outer, rows, count, columns];
    const x = randomFloats(outer * rows * columns, 1);
    if (x.length > 2) x[2] = NaN;
    const length = outer * count * columns;
    const indices = Int32Array.from(randomFloats(length, 2), (value) => Math.floor(((value + 1) / 2) * rows) % rows);
    const dOut = randomFloats(length, 3);
    const place = (i: number): number => {
      const [o, c] = [Math.floor(i / (count * columns)), i % columns];
      return (o * rows + indices[i]!) * columns + c;
    };
    const gathered = dOut.map((_, i) => x[place(i)]!);
    const scattered = new Float32Array(x.length);
    dOut.forEach((value, i) => (scattered[place(i)] = scattered[place(i)]! + value));
    for (const parts of PARTS) {
      sandbox.reset();
      const [xAt, at, dAt] = [sandbox.floats(x), sandbox.integers(indices), sandbox.floats(dOut)];
      const [out, dx] = [sandbox.empty(length), sandbox.empty(x.length)];
      sandbox.inParts(parts, (...share) => {
        sandbox.kernels.gatherAlong(xAt, at, out, ...sizes, ...share);
        sandbox.kernels.scatterAlong(dAt, at, dx, ...sizes, ...share);
      });
      sandbox.checkGuards();
      expect(bits(sandbox.read(out, length)), `${parts} parts`).toEqual(bits(gathered));
      expect(bits(sandbox.read(dx, x.length)), `${parts} parts`).toEqual(bits(scattered));
    }
  });
});
