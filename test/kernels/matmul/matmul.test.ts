import { describe, expect, test } from "vitest";
import { PRODUCT_RUN, TILE_FLOATS } from "#kernels/contract";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";
import type { Build } from "../harness.ts";

const EDGES = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 67];

/** [M, N, K]: every edge in each place, then sizes beyond one block of rows and one run of k. */
const SIZES: readonly (readonly [number, number, number])[] = [
  ...EDGES.flatMap((size) => [[size, 33, 17] as const, [17, size, 9] as const, [9, 17, size] as const]),
  ...EDGES.map((size) => [size, size, size] as const),
  [1, 301, 129],
  [4, 10, 10],
  [4, 10, 2],
  [10, 10, 4],
  [101, 13, 7],
  [128, 10, 67],
  [211, 35, 50],
  [5, 11, 1025],
  [98, 3, 2100],
];

/** Strides of A [M, K] and B [K, N] in floats, for every way they may lie in memory. */
interface Layout {
  readonly name: string;
  readonly a: (M: number, K: number) => readonly [row: number, column: number];
  readonly b: (K: number, N: number) => readonly [row: number, column: number];
}

const LAYOUTS: readonly Layout[] = [
  { name: "plain", a: (_, K) => [K, 1], b: (_, N) => [N, 1] },
  { name: "a transposed", a: (M) => [1, M], b: (_, N) => [N, 1] },
  { name: "b transposed", a: (_, K) => [K, 1], b: (K) => [1, K] },
  { name: "both transposed", a: (M) => [1, M], b: (K) => [1, K] },
  { name: "rows apart", a: (_, K) => [K + 3, 1], b: (_, N) => [N + 5, 1] },
  { name: "transposed, columns apart", a: (M) => [1, M + 1], b: (K) => [1, K + 2] },
  { name: "no neighbours", a: (_, K) => [2 * K + 1, 2], b: (_, N) => [3 * N, 3] },
];

/** Columns of a panel: not wide, and wide. */
const PANELS = [8, 16] as const;

type Four = [number, number, number, number];

interface Problem {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly a: number;
  readonly aStrides: readonly [number, number];
  readonly b: number;
  readonly bStrides: readonly [number, number];
}

interface Kernel {
  readonly name: string;
  readonly layouts: readonly Layout[];
  readonly run: (sandbox: Sandbox, problem: Problem, out: number, parts: number) => void;
}

const KERNELS: readonly Kernel[] = [
  {
    name: "matmulReference",
    layouts: LAYOUTS,
    run: (sandbox, { M, N, K, a, aStrides, b, bStrides }, out, parts) =>
      sandbox.inParts(parts, (...share) =>
        sandbox.kernels.matmulReference(a, ...aStrides, b, ...bStrides, out, M, N, K, ...share),
      ),
  },
  {
    name: "matmulDirect",
    layouts: LAYOUTS,
    run: (sandbox, { M, N, K, a, aStrides, b, bStrides }, out, parts) => {
      const workspace = K > PRODUCT_RUN ? sandbox.empty(parts * TILE_FLOATS) : 0;
      sandbox.inParts(parts, (...share) =>
        sandbox.kernels.matmulDirect(a, ...aStrides, b, ...bStrides, out, M, N, K, workspace, ...share),
      );
    },
  },
  ...PANELS.map((panel): Kernel => ({
    name: `matmulPanels of ${panel} columns`,
    layouts: LAYOUTS.filter(({ a }) => a(2, 2)[1] === 1),
    run: (sandbox, { M, N, K, a, aStrides, b, bStrides }, out, parts) => {
      const { kernels } = sandbox;
      const panels = sandbox.empty(Math.ceil(N / panel) * panel * K);
      const workspace = sandbox.empty(parts * TILE_FLOATS);
      sandbox.inParts(parts, (...share) => kernels.packPanels(b, ...bStrides, panels, K, N, panel, ...share));
      sandbox.inParts(parts, (...share) =>
        kernels.matmulPanels(a, aStrides[0], panels, out, M, N, K, workspace, panel, ...share),
      );
    },
  })),
];

/** A dense matrix spread out by strides; what lies between its elements is NaN. */
function spread(dense: Float32Array, columns: number, [row, column]: readonly [number, number]): Float32Array {
  const rows = columns && dense.length / columns;
  const spreadOut = new Float32Array(dense.length && (rows - 1) * row + (columns - 1) * column + 1).fill(NaN);
  dense.forEach((value, i) => {
    spreadOut[Math.floor(i / columns) * row + (i % columns) * column] = value;
  });
  return spreadOut;
}

/** Every element of the product in f64, and K 2^-24 sum |a| |b|: K roundings of at most half a unit each (Higham 2002, 3.1). */
function exactProduct(a: Float32Array, b: Float32Array, M: number, N: number, K: number) {
  const product = new Float64Array(M * N);
  const bound = new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      const x = a[m * K + k] ?? NaN;
      for (let n = 0; n < N; n++) {
        const term = x * (b[k * N + n] ?? NaN);
        product[m * N + n]! += term;
        bound[m * N + n]! += Math.abs(term) * K * 2 ** -24;
      }
    }
  }
  return { product, bound };
}

function finiteAsZero(value: number): number {
  return Number.isFinite(value) ? 0 : value;
}

function sameBits(x: Float32Array, y: Float32Array): boolean {
  return Buffer.compare(Buffer.from(x.buffer), Buffer.from(y.buffer)) === 0;
}

/** What the kernel computes, checked to be the same bits for any number of parts and to stay between its guards. */
function multiply(
  kernel: Kernel,
  sandbox: Sandbox,
  layout: Layout,
  [M, N, K]: readonly [number, number, number],
  a: Float32Array,
  b: Float32Array,
): Float32Array {
  const aStrides = layout.a(M, K);
  const bStrides = layout.b(K, N);
  const runs = PARTS.map((parts) => {
    sandbox.reset();
    const problem = {
      M,
      N,
      K,
      aStrides,
      bStrides,
      a: sandbox.floats(spread(a, K, aStrides)),
      b: sandbox.floats(spread(b, N, bStrides)),
    };
    const out = sandbox.empty(M * N);
    kernel.run(sandbox, problem, out, parts);
    sandbox.checkGuards();
    return sandbox.read(out, M * N);
  });
  const [first = new Float32Array()] = runs;
  for (const run of runs) expect(sameBits(run, first)).toBe(true);
  return first;
}

describe.each(BUILDS)("%s", (build: Build) => {
  const sandbox = new Sandbox(build);

  for (const kernel of KERNELS) {
    test.each(kernel.layouts)(`${kernel.name}: within the rounding of K products, $name`, (layout) => {
      for (const [M, N, K] of SIZES) {
        const a = randomFloats(M * K, 1 + M);
        const b = randomFloats(K * N, 2 + N);
        const { product, bound } = exactProduct(a, b, M, N, K);
        const out = multiply(kernel, sandbox, layout, [M, N, K], a, b);
        const wrong = out.findIndex((value, i) => !(Math.abs(value - product[i]!) <= bound[i]!));
        expect(wrong, `element of [${M}, ${N}], K ${K}`).toBe(-1);
      }
    });

    test.each(kernel.layouts)(`${kernel.name}: infinity and NaN reach their row and column only, $name`, (layout) => {
      const [M, N, K] = [7, 13, 6];
      const a = randomFloats(M * K, 3);
      const b = randomFloats(K * N, 4);
      a[2 * K + 5] = Infinity;
      b[5 * N + 11] = 0;
      b[5 * N + 12] = NaN;
      const { product } = exactProduct(a, b, M, N, K);
      const out = multiply(kernel, sandbox, layout, [M, N, K], a, b);
      expect(Array.from(out, finiteAsZero)).toEqual(Array.from(product, finiteAsZero));
    });

    test.each(kernel.layouts)(`${kernel.name}: a and b may end where memory ends, $name`, (layout) => {
      const full = new Sandbox(build);
      const memoryEnd = full.memory.buffer.byteLength;
      for (const [M, N, K] of SIZES.slice(0, 60)) {
        full.reset();
        const aStrides = layout.a(M, K);
        const bStrides = layout.b(K, N);
        const a = spread(new Float32Array(M * K), K, aStrides);
        const b = spread(new Float32Array(K * N), N, bStrides);
        const shape = { M, N, K, aStrides, bStrides };
        const out = full.empty(M * N);
        kernel.run(full, { ...shape, a: memoryEnd - a.byteLength, b: full.floats(b) }, out, 1);
        kernel.run(full, { ...shape, a: full.floats(a), b: memoryEnd - b.byteLength }, out, 1);
        expect(full.read(out, M * N).every((value) => value === 0)).toBe(true);
      }
    });

    test(`${kernel.name}: addresses and strides beyond 2 GB`, () => {
      const beyond = new Sandbox(build);
      beyond.memory.grow(32_768);
      const [M, N, K, aRow, a] = [9, 21, 13, 2 ** 26, 65_536];
      const [b, out, panels, workspace] = [0, 1, 2, 3].map((i) => 2 ** 31 + (i + 16) * 65_536) as Four;
      for (let m = 0; m < M; m++) new Float32Array(beyond.memory.buffer, a + m * aRow * 4, K).fill(m);
      new Float32Array(beyond.memory.buffer, b, K * N).fill(2);
      beyond.empty = (length) => (length === 2 * TILE_FLOATS ? workspace : panels);
      kernel.run(beyond, { M, N, K, a, b, aStrides: [aRow, 1], bStrides: [1, K] }, out, 2);
      expect(beyond.read(out, M * N)).toEqual(
        Float32Array.from({ length: M * N }, (_, i) => Math.floor(i / N) * 2 * K),
      );
    });
  }

  for (const panel of PANELS) {
    test.each(LAYOUTS)(`packPanels: ${panel} columns each, the last filled up with zeros, $name`, (layout) => {
      for (const [, N, K] of SIZES) {
        const b = randomFloats(K * N, 7);
        const expected = packed(b, K, N, panel);
        for (const parts of PARTS) {
          sandbox.reset();
          const strides = layout.b(K, N);
          const address = sandbox.floats(spread(b, N, strides));
          const panels = sandbox.empty(expected.length);
          sandbox.inParts(parts, (...share) =>
            sandbox.kernels.packPanels(address, ...strides, panels, K, N, panel, ...share),
          );
          sandbox.checkGuards();
          expect(sameBits(sandbox.read(panels, expected.length), expected)).toBe(true);
        }
      }
    });
  }
});

/** The panels of b [K, N], the last of 8 columns where that is enough. */
function packed(b: Float32Array, K: number, N: number, panel: number): Float32Array {
  const whole = Math.floor(N / panel);
  const widths = [...Array<number>(whole).fill(panel), ...(N % panel === 0 ? [] : [N % panel <= 8 ? 8 : panel])];
  return Float32Array.from(
    widths.flatMap((width, p) =>
      Array.from({ length: K * width }, (_, i) => {
        const column = p * panel + (i % width);
        return column < N ? b[Math.floor(i / width) * N + column]! : 0;
      }),
    ),
  );
}

test("strict matmulPanels gives the same bits for both panels, and those of the plain loop up to K = 1024", () => {
  const sandbox = new Sandbox("strict");
  const [reference, , ...panels] = KERNELS;
  for (const [M, N, K] of SIZES) {
    const a = randomFloats(M * K, 5);
    const b = randomFloats(K * N, 6);
    const [first, ...others] = [...panels, ...(K > PRODUCT_RUN ? [] : [reference!])].map((kernel) =>
      multiply(kernel, sandbox, LAYOUTS[2]!, [M, N, K], a, b),
    );
    for (const other of others) expect(sameBits(other, first!)).toBe(true);
  }
});
