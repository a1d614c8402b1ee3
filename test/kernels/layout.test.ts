import { describe, expect, test } from "vitest";
import { BUILDS, PARTS, Sandbox } from "./harness.ts";

const SIZES: readonly (readonly [rows: number, columns: number])[] = [
  [0, 3],
  [3, 0],
  [1, 1],
  [1, 9],
  [9, 1],
  [3, 5],
  [4, 4],
  [5, 7],
  [8, 12],
  [10, 35],
  [33, 18],
  [67, 64],
];

/** Distinct words, among them the bits of NaN that signals, which a float move might quieten. */
function words(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => (i % 3 === 0 ? 0x7fa00000 + i : i * 0x01000193));
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test("transpose moves every word to its place", () => {
    for (const [rows, columns] of SIZES) {
      const x = words(rows * columns);
      const expected = Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
      for (const parts of PARTS) {
        sandbox.reset();
        const at = sandbox.integers(x);
        const out = sandbox.empty(x.length);
        sandbox.inParts(parts, (part) => sandbox.kernels.transpose(at, out, rows, columns, part, parts));
        sandbox.checkGuards();
        expect([...sandbox.readIntegers(out, x.length)], `${rows} x ${columns} in ${parts} parts`).toEqual(expected);
      }
    }
  });

  test("copyBlock moves a block between wider rows, and touches nothing else", () => {
    for (const [rows, columns] of SIZES) {
      const xStride = columns + 3;
      const outStride = columns + 5;
      const x = words(rows * xStride);
      for (const parts of PARTS) {
        sandbox.reset();
        const at = sandbox.integers(x);
        const out = sandbox.integers(new Int32Array(rows * outStride).fill(-1));
        sandbox.inParts(parts, (part) =>
          sandbox.kernels.copyBlock(at, xStride, out, outStride, rows, columns, part, parts),
        );
        sandbox.checkGuards();
        const expected = Array.from({ length: rows * outStride }, (_, i) => {
          const column = i % outStride;
          return column < columns ? x[Math.floor(i / outStride) * xStride + column] : -1;
        });
        expect([...sandbox.readIntegers(out, rows * outStride)], `${rows} x ${columns}`).toEqual(expected);
      }
    }
  });

  test("gatherRows copies whole rows by their indices, some of them twice", () => {
    for (const [rows, columns] of SIZES) {
      const x = words(rows * columns);
      const indices = Int32Array.from({ length: rows === 0 ? 0 : rows + 3 }, (_, i) => (i * 7 + 2) % rows);
      const expected = Array.from(indices, (row) => [...x.subarray(row * columns, (row + 1) * columns)]).flat();
      for (const parts of PARTS) {
        sandbox.reset();
        const at = sandbox.integers(x);
        const list = sandbox.integers(indices);
        const out = sandbox.empty(expected.length);
        sandbox.inParts(parts, (part) =>
          sandbox.kernels.gatherRows(at, list, out, indices.length, columns, part, parts),
        );
        sandbox.checkGuards();
        expect([...sandbox.readIntegers(out, expected.length)], `${rows} x ${columns} in ${parts} parts`).toEqual(
          expected,
        );
      }
    }
  });
});
