import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

type Sizes = readonly [outer: number, rows: number, columns: number];

const SIZES: readonly Sizes[] = [
  ...LENGTHS.filter((length) => length > 0).flatMap((length): Sizes[] => [
    [1, length, 1],
    [3, length, 1],
    [1, 5, length],
  ]),
  [9, 7, 19],
  [2, 3, 130],
  [0, 3, 4],
  [3, 4, 0],
];

/** Coarse numbers, so that many are equal; now and then a NaN or an infinity. */
function numbers(length: number, hasNaN: boolean): Float32Array {
  return randomFloats(length, 5, 4).map(
    (value, i) => (i % 37 === 11 ? -Infinity : hasNaN && i % 53 === 17 ? NaN : Math.round(value * 4) / 4 + 0), // no -0
  );
}

/** f over the numbers x[o, r, c] of each o and c. */
function reduced(x: Float32Array, [outer, rows, columns]: Sizes, f: (row: readonly number[]) => number): number[] {
  return Array.from({ length: outer * columns }, (_, i) => {
    const [o, c] = [Math.floor(i / columns), i % columns];
    return f(Array.from({ length: rows }, (_, r) => x[(o * rows + r) * columns + c]!));
  });
}

const placeOf = (better: (a: number, b: number) => boolean) => (row: readonly number[]) => {
  const nan = row.findIndex(Number.isNaN);
  return nan >= 0 ? nan : row.reduce((best, value, r) => (better(value, row[best]!) ? r : best), 0);
};

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each([
    ["maxMiddle", (row: readonly number[]) => Math.max(...row)],
    ["minMiddle", (row: readonly number[]) => Math.min(...row)],
  ] as const)("%s", (name, f) => {
    for (const sizes of SIZES) {
      for (const hasNaN of [false, true]) {
        const x = numbers(sizes[0] * sizes[1] * sizes[2], hasNaN);
        const expected = reduced(x, sizes, f);
        for (const parts of PARTS) {
          sandbox.reset();
          const [at, out] = [sandbox.floats(x), sandbox.empty(expected.length)];
          sandbox.inParts(parts, (...share) => sandbox.kernels[name](at, out, ...sizes, ...share));
          sandbox.checkGuards();
          expect([...sandbox.read(out, expected.length)], `${sizes.join()} in ${parts} parts`).toEqual(expected);
        }
      }
    }
  });

  test.each([
    ["largest", 1, placeOf((a, b) => a > b)],
    ["smallest", -1, placeOf((a, b) => a < b)],
  ] as const)("argMiddle: the first of the %s, or the first NaN", (_, sign, f) => {
    for (const sizes of SIZES) {
      for (const hasNaN of [false, true]) {
        const x = numbers(sizes[0] * sizes[1] * sizes[2], hasNaN);
        const expected = reduced(x, sizes, f);
        for (const parts of PARTS) {
          sandbox.reset();
          const [at, out] = [sandbox.floats(x), sandbox.integers(new Int32Array(expected.length).fill(-1))];
          sandbox.inParts(parts, (...share) => sandbox.kernels.argMiddle(at, out, sign, ...sizes, ...share));
          sandbox.checkGuards();
          expect([...sandbox.readIntegers(out, expected.length)], `${sizes.join()} in ${parts} parts`).toEqual(
            expected,
          );
        }
      }
    }
  });
});
