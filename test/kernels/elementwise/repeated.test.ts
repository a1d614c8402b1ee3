import { describe, test } from "vitest";
import { BUILDS, type Kernels, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

type Four = readonly [number, number, number, number];
type BinaryKernel = {
  [K in keyof Kernels]: Kernels[K] extends Kernels["maximum"] ? K : never;
}[keyof Kernels];

const one = (holds: boolean): number => (holds ? 1 : 0);

/** A kernel of two operands, what it gives, and whether operands are integers. */
const BINARY: readonly (readonly [name: BinaryKernel, exact: (a: number, b: number) => number, whole: boolean])[] = [
  ["equal", (a, b) => one(a === b), false],
  ["notEqual", (a, b) => one(a !== b), false],
  ["less", (a, b) => one(a < b), false],
  ["lessEqual", (a, b) => one(a <= b), false],
  ["equalIntegers", (a, b) => one(a === b), true],
  ["notEqualIntegers", (a, b) => one(a !== b), true],
  ["lessIntegers", (a, b) => one(a < b), true],
  ["lessEqualIntegers", (a, b) => one(a <= b), true],
  ["logicalAnd", (a, b) => one(a !== 0 && b !== 0), false],
  ["logicalOr", (a, b) => one(a !== 0 || b !== 0), false],
  ["maximum", Math.max, false],
  ["minimum", Math.min, false],
  ["maximumSlope", (a, b) => (a < b ? 0 : a === b ? 0.5 : 1), false],
];

const SPECIAL = [0, -0, 1, NaN, Infinity, -Infinity, 1e-45, NaN, 2, -1];
const LARGE = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 16777217, 5, -5];

/** Numbers of which many are equal, and special ones among them. */
function numbers(length: number, seed: number, whole: boolean): Float32Array | Int32Array {
  const coarse = randomFloats(length, seed, 3).map((value, i) =>
    i % 3 === 0 ? (SPECIAL[(i * 7 + seed) % 10] ?? 0) : Math.round(value),
  );
  return whole ? Int32Array.from(coarse, (value, i) => (i % 2 ? LARGE[(i + seed) % 8]! : value)) : coarse;
}

/** Extents, and how many floats further each operand is read along each: rows, scalars, columns, or all. */
const LAYOUTS: readonly (readonly [extents: (length: number) => Four, strides: (length: number) => readonly Four[]])[] =
  [
    [
      (n) => [1, 1, 1, n],
      () => [
        [0, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
      ],
    ],
    [
      (n) => [1, 1, 1, n],
      () => [
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
      ],
    ],
    [
      (n) => [1, 1, 1, n],
      () => [
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
      ],
    ],
    [
      (n) => [1, 1, 1, n],
      () => [
        [0, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
      ],
    ],
    [
      (n) => [1, 1, 1, n],
      () => [
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    ],
    [
      (n) => [1, 2, 3, n],
      (n) => [
        [0, 3 * n, n, 1],
        [0, 0, n, 1],
        [0, 3, 1, 0],
      ],
    ],
    [
      (n) => [2, 1, 2, n],
      (n) => [
        [0, 0, 1, 0],
        [2 * n, 0, n, 1],
        [1, 0, 0, 0],
      ],
    ],
    [
      (n) => [2, 3, 1, n],
      (n) => [
        [n, 0, 0, 1],
        [0, n, 0, 1],
        [3, 1, 0, 0],
      ],
    ],
  ];

const reach = (extents: Four, strides: Four): number =>
  extents.includes(0) ? 0 : extents.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, 1);

function* positions([n0, n1, n2, n3]: Four, strides: readonly Four[]): Generator<number[]> {
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++)
      for (let k = 0; k < n2; k++)
        for (let l = 0; l < n3; l++) yield strides.map(([a, b, c, d]) => i * a + j * b + k * c + l * d);
}

/** Bits of what a kernel should give and of what it gives in so many parts. */
function* cases(
  sandbox: Sandbox,
  operands: number,
  whole: (operand: number) => boolean,
  exact: (...given: readonly number[]) => number,
  run: (
    addresses: readonly number[],
    out: number,
    extents: Four,
    strides: readonly Four[],
    share: [number, number],
  ) => void,
): Generator<readonly [expected: Float32Array, actual: Float32Array, what: string]> {
  for (const [layout, [extentsOf, stridesOf]] of LAYOUTS.entries()) {
    for (const length of layout < 5 ? LENGTHS : LENGTHS.filter((each) => each < 68)) {
      const extents = extentsOf(length);
      const strides = stridesOf(length).slice(0, operands);
      const given = strides.map((each, i) => numbers(reach(extents, each), i + 1, whole(i)));
      const expected = Float32Array.from(positions(extents, strides), (at) =>
        exact(...given.map((values, i) => values[at[i]!] ?? NaN)),
      );
      for (const parts of PARTS) {
        sandbox.reset();
        const addresses = given.map((values) =>
          values instanceof Int32Array ? sandbox.integers(values) : sandbox.floats(values),
        );
        const out = sandbox.empty(expected.length);
        sandbox.inParts(parts, (...share) => run(addresses, out, extents, strides, share));
        sandbox.checkGuards();
        yield [expected, sandbox.read(out, expected.length), `layout ${layout}, length ${length}, ${parts} parts`];
      }
    }
  }
}

function expectSame(actual: Float32Array, expected: Float32Array, what: string): void {
  const wrong = expected.findIndex((value, i) => value !== actual[i] && !Object.is(value, actual[i]));
  if (wrong >= 0 || actual.length !== expected.length) {
    throw new Error(`${what}: at ${wrong} expected ${expected[wrong]}, got ${actual[wrong]}`);
  }
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each(BINARY)("%s: every number, however operands are repeated", (name, exact, whole) => {
    const all = cases(
      sandbox,
      2,
      () => whole,
      exact,
      ([a = 0, b = 0], out, extents, strides, share) =>
        sandbox.kernels[name](a, b, out, ...extents, ...strides[0]!, ...strides[1]!, ...share),
    );
    for (const [expected, actual, what] of all) expectSame(actual, expected, what);
  });

  test("where: the bits of one or the other, however operands are repeated", () => {
    const choose = (c: number, a: number, b: number): number => (c !== 0 ? a : b);
    const all = cases(
      sandbox,
      3,
      () => false,
      choose,
      ([c = 0, a = 0, b = 0], out, extents, strides, share) =>
        sandbox.kernels.where(c, a, b, out, ...extents, ...strides[0]!, ...strides[1]!, ...strides[2]!, ...share),
    );
    for (const [expected, actual, what] of all) expectSame(actual, expected, what);
  });

  test("in place: an operand that is not repeated may be overwritten", () => {
    const [a, b] = [numbers(131, 1, false), numbers(131, 2, false)];
    for (const parts of PARTS) {
      for (const inPlace of [0, 1]) {
        sandbox.reset();
        const at = [sandbox.floats(a), sandbox.floats(b)];
        const dense: Four = [0, 0, 0, 1];
        sandbox.inParts(parts, (...share) =>
          sandbox.kernels.maximum(at[0]!, at[1]!, at[inPlace]!, 1, 1, 1, 131, ...dense, ...dense, ...share),
        );
        expectSame(
          sandbox.read(at[inPlace]!, 131),
          a.map((value, i) => Math.max(value, b[i]!)) as Float32Array,
          "in place",
        );
      }
    }
  });
});
