import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const [SCALE, SHIFT, FLOOR] = [1.25, 0.75, -1.5].map(Math.fround) as [number, number, number];
/** x * scale + shift is rounded once or twice, near values below 4. */
const TOLERANCE = 2 ** -21;
const X = randomFloats(40_000, 1);
const WORDS = Int32Array.from(randomFloats(4096, 2, 2 ** 31));
const isKept = (bit: number): boolean => (((WORDS[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
const valueOf = (i: number, kept: boolean): number => (kept ? (X[i] ?? NaN) * SCALE + SHIFT : FLOOR);

/** Rows and columns around the widths that kernels work in. */
const SIZES: readonly (readonly [rows: number, columns: number])[] = [
  ...[1, 2, 3, 7, 8, 9, 15, 16, 31, 32, 33, 64, 67].map((columns) => [7, columns] as const),
  [1, 1000],
  [37, 3],
];

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  /** The largest error with any number of workers, also in place; Infinity where one is NaN. */
  function worst(
    length: number,
    expected: (i: number) => number,
    run: (x: number, out: number, part: number, parts: number, bits: number, rate: number, terms: number) => void,
  ): number {
    let most = 0;
    for (const parts of PARTS) {
      for (const inPlace of [false, true]) {
        sandbox.reset();
        const x = sandbox.floats(X.subarray(0, length));
        const out = inPlace ? x : sandbox.empty(length);
        const [bits, rate, terms] = [
          sandbox.integers(WORDS),
          sandbox.floats([NaN, SCALE]),
          sandbox.floats([SHIFT, FLOOR]),
        ];
        sandbox.inParts(parts, (part) => run(x, out, part, parts, bits, rate, terms));
        sandbox.checkGuards();
        sandbox.read(out, length).forEach((value, i) => {
          const error = Math.abs(value - expected(i));
          most = Number.isNaN(error) ? Infinity : Math.max(most, error);
        });
      }
    }
    return most;
  }

  test.each(LENGTHS)("applyMaskTerms: %i elements", (length) => {
    const error = worst(
      length,
      (i) => valueOf(i, isKept(i)),
      (x, out, part, parts, bits, rate, terms) =>
        kernels.applyMaskTerms(x, bits, rate, terms, out, length, part, parts),
    );
    expect(error).toBeLessThanOrEqual(TOLERANCE);
  });

  test.each(SIZES)("applyMaskRows and applyMaskToRows: %i rows of %i", (rows, columns) => {
    const index = Int32Array.from({ length: rows }, (_, r) => (r * 5) % 11);
    const words = Math.ceil(columns / 32);
    const rowOf = (i: number): number => index[Math.floor(i / columns)] ?? NaN;
    const ofRows = worst(
      rows * columns,
      (i) => valueOf(i, isKept(rowOf(i) * words * 32 + (i % columns))),
      (x, out, part, parts, bits, rate, terms) => {
        const at = sandbox.integers(index);
        kernels.applyMaskRows(x, bits, at, rate, terms, out, rows, columns, part, parts);
      },
    );
    const toRows = worst(
      rows * columns,
      (i) => valueOf(i, isKept(rowOf(i))),
      (x, out, part, parts, bits, rate, terms) => {
        const at = sandbox.integers(index);
        kernels.applyMaskToRows(x, bits, at, rate, terms, out, rows, columns, part, parts);
      },
    );
    expect(Math.max(ofRows, toRows)).toBeLessThanOrEqual(TOLERANCE);
  });

  test("what is dropped is the floor even where it was not finite", () => {
    sandbox.reset();
    const x = sandbox.floats([NaN, 1, Infinity, 2, -Infinity, 3, NaN, 4, NaN, 5]);
    const [rate, terms] = [sandbox.floats([0.5, 2]), sandbox.floats([1, -1])];
    kernels.applyMaskTerms(x, sandbox.integers([0b1010101010]), rate, terms, x, 10, 0, 1);
    expect([...sandbox.read(x, 10)]).toEqual([-1, 3, -1, 5, -1, 7, -1, 9, -1, 11]);
  });

  test.each([
    { height: 1, width: 1, size: 1 },
    { height: 4, width: 7, size: 1 },
    { height: 5, width: 9, size: 3 },
    { height: 6, width: 6, size: 6 },
    { height: 13, width: 10, size: 4 },
  ])("blockMask: blocks of $size in $height x $width", ({ height, width, size }) => {
    const [planes, p] = [5, 0.25];
    const [high, wide] = [height - size + 1, width - size + 1];
    const factor = (height * width) / (size ** 2 * high * wide);
    const chosen = (plane: number, h: number, w: number): boolean =>
      ((WORDS[plane * high * wide + h * wide + w] ?? 0) >>> 0) / 2 ** 32 < p * factor;
    const expected = Float32Array.from({ length: planes * height * width }, (_, i) => {
      const [plane, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      for (let h = Math.max(0, row - size + 1); h <= Math.min(row, high - 1); h++) {
        for (let w = Math.max(0, column - size + 1); w <= Math.min(column, wide - 1); w++) {
          if (chosen(plane, h, w)) return 0;
        }
      }
      return 1;
    });
    for (const parts of PARTS) {
      sandbox.reset();
      const [draws, rate, mask] = [sandbox.integers(WORDS), sandbox.floats([p]), sandbox.empty(expected.length)];
      sandbox.inParts(parts, (part) =>
        kernels.blockMask(draws, rate, factor, mask, planes, height, width, size, part, parts),
      );
      sandbox.checkGuards();
      expect(sandbox.read(mask, expected.length)).toEqual(expected);
    }
  });

  test("normalWith: what normal gives for the moments in memory", () => {
    sandbox.reset();
    const [state, moments] = [sandbox.integers([1, 2, 3, 4]), sandbox.floats([0.5, 2])];
    const [a, b] = [sandbox.empty(100), sandbox.empty(100)];
    kernels.normal(a, state, 5, 0.5, 2, 100, 0, 1);
    kernels.normalWith(b, state, 5, moments, 100, 0, 1);
    expect(sandbox.read(b, 100)).toEqual(sandbox.read(a, 100));
  });
});
