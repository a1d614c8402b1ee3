import { describe, expect, test } from "vitest";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

type Four = readonly [number, number, number, number];

/** Extents, and the strides of x and out, in floats. */
const COPIES: readonly (readonly [name: string, extents: Four, x: Four, out: Four])[] = [
  ["rows that lie apart", [2, 3, 5, 19], [400, 120, 20, 1], [285, 95, 19, 1]],
  ["rows in another order", [1, 3, 5, 9], [0, 9, 27, 1], [0, 45, 9, 1]],
  ["one number a row", [1, 2, 7, 18], [0, 7, 1, 0], [0, 126, 18, 1]],
  ["matrices whose axes are swapped", [2, 2, 37, 23], [1702, 851, 1, 37], [1702, 851, 23, 1]],
  ["swapped axes with others within", [1, 3, 18, 9], [0, 18, 1, 54], [0, 9, 27, 1]],
  ["no neighbours", [2, 3, 5, 7], [2, 4, 12, 60], [105, 35, 7, 1]],
  ["no turns", [2, 0, 5, 7], [2, 4, 12, 60], [105, 35, 7, 1]],
];

function* positions(extents: Four, ...strides: readonly Four[]): Generator<number[]> {
  const [n0, n1, n2, n3] = extents;
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++)
      for (let k = 0; k < n2; k++)
        for (let l = 0; l < n3; l++) yield strides.map(([a, b, c, d]) => i * a + j * b + k * c + l * d);
}

const reach = (extents: Four, strides: Four): number =>
  extents.includes(0) ? 0 : extents.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, 1);

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each(COPIES)("copyStrided: %s", (_, extents, xStrides, outStrides) => {
    const x = Int32Array.from({ length: reach(extents, xStrides) }, (_, i) =>
      i % 3 === 0 ? 0x7fa00000 + i : i * 0x01000193,
    );
    const size = reach(extents, outStrides);
    const expected = new Int32Array(size).fill(-1);
    for (const [from = 0, to = 0] of positions(extents, xStrides, outStrides)) expected[to] = x[from]!;
    for (const parts of PARTS) {
      sandbox.reset();
      const at = sandbox.integers(x);
      const out = sandbox.integers(new Int32Array(size).fill(-1));
      sandbox.inParts(parts, (...share) =>
        sandbox.kernels.copyStrided(at, out, ...extents, ...xStrides, ...outStrides, ...share),
      );
      sandbox.checkGuards();
      expect(sandbox.readIntegers(out, size), `${parts} parts`).toEqual(expected);
    }
  });

  const combined = [
    ["addStrided", (a: number, b: number) => a + b],
    ["subtractStrided", (a: number, b: number) => a - b],
    ["multiplyStrided", (a: number, b: number) => a * b],
    ["divideStrided", (a: number, b: number) => a / b],
  ] as const;
  const strides: readonly (readonly [a: Four, b: Four])[] = [
    [
      [0, 4, 0, 1],
      [3, 0, 1, 0],
    ],
    [
      [3, 0, 1, 0],
      [0, 70, 0, 1],
    ],
    [
      [0, 0, 0, 1],
      [210, 70, 35, 1],
    ],
  ];
  test.each(combined)("%s: one rounding for each element, whichever operand is repeated", (kernel, f) => {
    for (let columns = 0; columns < 36; columns++) {
      const extents: Four = [2, 2, 3, columns];
      for (const [aStrides, bStrides] of strides) {
        const a = randomFloats(reach([2, 2, 3, 36], aStrides), 1);
        const b = randomFloats(reach([2, 2, 3, 36], bStrides), 2).map((value) => value + 2);
        const expected = Float32Array.from(positions(extents, aStrides, bStrides), ([i = 0, j = 0]) => f(a[i]!, b[j]!));
        for (const parts of PARTS) {
          sandbox.reset();
          const [aAt, bAt] = [sandbox.floats(a), sandbox.floats(b)];
          const out = sandbox.empty(expected.length);
          sandbox.inParts(parts, (...share) =>
            sandbox.kernels[kernel](aAt, bAt, out, ...extents, ...aStrides, ...bStrides, ...share),
          );
          sandbox.checkGuards();
          expect(sandbox.read(out, expected.length)).toEqual(expected);
        }
      }
    }
  });

  test("sumMiddle: the bits of sumRows for every matrix", () => {
    for (const [outer, rows, columns] of [
      [0, 3, 4],
      [3, 0, 4],
      [1, 300, 37],
      [2, 5, 67],
      [7, 129, 3],
      [9, 4, 40],
    ] as const) {
      const x = randomFloats(outer * rows * columns, 3);
      const size = rows * columns;
      for (const parts of PARTS) {
        sandbox.reset();
        const at = sandbox.floats(x);
        const [out, expected] = [sandbox.empty(outer * columns), sandbox.empty(outer * columns)];
        sandbox.inParts(parts, (...share) =>
          sandbox.kernels.sumMiddle(at, out, 0, 0.5, outer, rows, columns, ...share),
        );
        for (let i = 0; i < outer; i++) {
          sandbox.kernels.sumRows(at + i * size * 4, expected + i * columns * 4, 0, 0.5, rows, columns, 0, 1);
        }
        sandbox.checkGuards();
        expect(sandbox.read(out, outer * columns)).toEqual(sandbox.read(expected, outer * columns));
      }
    }
  });
});
