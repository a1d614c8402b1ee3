import { describe, expect, test } from "vitest";
import { INT8_LINE, INT8_LONGEST, INT8_PANEL, int8PanelFloats, int8RowFloats } from "#kernels/contract";
import { BUILDS, type Build, PARTS, Sandbox, randomFloats } from "../harness.ts";
import { quantizedChannel, quantizedRow } from "./quantized.ts";

const { fround } = Math;

const EDGES = [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 67];

/** [M, N, K]: every edge in each place, then sizes beyond one block of rows. */
const SIZES: readonly (readonly [number, number, number])[] = [
  ...EDGES.flatMap((size) => [[size, 33, 17] as const, [3, size, 9] as const, [5, 17, size] as const]),
  [1, 65, 784],
  [131, 19, 40],
];

/** The product of x [M, K] and w [N, K], in float32 and whole numbers. */
function reference(x: Float32Array, w: Float32Array, M: number, N: number, K: number): Float32Array {
  const rows = Array.from({ length: M }, (_, m) => quantizedRow([...x.subarray(m * K, (m + 1) * K)]));
  const channels = Array.from({ length: N }, (_, n) => quantizedChannel([...w.subarray(n * K, (n + 1) * K)]));
  return Float32Array.from({ length: M * N }, (_, i) => {
    const [row, channel] = [rows[Math.floor(i / N)]!, channels[i % N]!];
    const sum = row.whole.reduce((total, u, k) => total + (u - row.zero) * channel.whole[k]!, 0);
    return fround(fround(sum) * fround(row.scale * channel.scale));
  });
}

interface Problem {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly sizes: readonly [M: number, N: number, K: number];
}

/** The kernels' product; rows of x, and of w transposed, are `apart` floats farther than they must. */
function product(build: Build, parts: number, { x, w, sizes: [M, N, K] }: Problem, transposed = false, apart = 0) {
  const sandbox = sandboxes[build]!;
  sandbox.reset();
  const { kernels } = sandbox;
  const lines = Math.ceil(K / INT8_LINE);
  const rowsOf = (values: Float32Array, count: number, width: number): Float32Array => {
    const spread = new Float32Array(count * (width + apart)).fill(NaN);
    for (let i = 0; i < count; i++) spread.set(values.subarray(i * width, (i + 1) * width), i * (width + apart));
    return spread;
  };
  const flipped = w.map((_, i) => w[(i % N) * K + Math.floor(i / N)]!);
  const b = sandbox.floats(transposed ? rowsOf(flipped, K, N) : rowsOf(w, N, K));
  const [step, column] = transposed ? [N + apart, 1] : [1, K + apart];
  const a = sandbox.floats(rowsOf(x, M, K));
  const packed = sandbox.empty(Math.ceil(N / INT8_PANEL) * int8PanelFloats(lines));
  const rows = sandbox.empty(M * int8RowFloats(lines));
  const out = sandbox.empty(M * N);
  sandbox.inParts(parts, (...share) => kernels.packInt8(b, K, step, 0, column, packed, K, N, ...share));
  sandbox.inParts(parts, (...share) => kernels.quantizeRows(a, K + apart, rows, M, K, ...share));
  sandbox.inParts(parts, (...share) => kernels.matmulInt8(rows, packed, out, M, N, K, ...share));
  sandbox.checkGuards();
  return sandbox.read(out, M * N);
}

const sandboxes: Partial<Record<Build, Sandbox>> = Object.fromEntries(
  BUILDS.map((build) => [build, new Sandbox(build)] as const),
);

describe.each(BUILDS)("int8 product, %s", (build) => {
  test.each(SIZES)("%i x %i x %i: the bits of the reference, for any number of workers", (...sizes) => {
    const [M, N, K] = sizes;
    const x = randomFloats(M * K, 1, 3).map((value) => value + 1);
    const problem = { x, w: randomFloats(N * K, 2), sizes };
    const expected = reference(x, problem.w, M, N, K);
    for (const parts of PARTS) expect(product(build, parts, problem)).toEqual(expected);
    expect(product(build, 1, problem, true, 3)).toEqual(expected);
  });

  test("rows of one sign, zeros, and extremes of float32", () => {
    const K = 6;
    const rows = [
      [1, 2, 3, 4, 5, 6],
      [-1, -2, -3, -4, -5, -6],
      [0, 0, 0, 0, 0, 0],
      [3e38, -3e38, 1, 0, 0, 2e38],
      [1e-40, 2e-45, 0, 0, 0, -1e-42],
      [1e-30, 2e-30, -3e-30, 0, 0, 0],
    ];
    const x = Float32Array.from(rows.flat());
    const w = Float32Array.of(0, 0, 0, 0, 0, 0, 1e-40, -2e-42, 0, 1e-45, 0, 0, 0.3, -0.3, 0.2, -0.1, 0.05, 0);
    const expected = reference(x, w, 6, 3, K);
    expect(expected.every(Number.isFinite)).toBe(true);
    for (const parts of PARTS) expect(product(build, parts, { x, w, sizes: [6, 3, K] })).toEqual(expected);
  });

  test.each([NaN, Infinity, -Infinity])("%f makes its row or its channel NaN, and no other", (wrong) => {
    const [M, N, K] = [3, 18, 13];
    const problem = { x: randomFloats(M * K, 1), w: randomFloats(N * K, 2), sizes: [M, N, K] as const };
    const clean = product(build, 1, problem);
    for (let k = 0; k < K; k++) {
      const inRow = product(build, 2, { ...problem, x: problem.x.with(K + k, wrong) });
      expect(inRow).toEqual(clean.map((value, i) => (Math.floor(i / N) === 1 ? NaN : value)));
      const inChannel = product(build, 2, { ...problem, w: problem.w.with(16 * K + k, wrong) });
      expect(inChannel).toEqual(clean.map((value, i) => (i % N === 16 ? NaN : value)));
    }
  });

  test("the longest sums have 32 bits", () => {
    const K = INT8_LONGEST;
    const x = new Float32Array(K).fill(2);
    const w = new Float32Array(2 * K).fill(3).fill(-3, K);
    const [high, low] = product(build, 1, { x, w, sizes: [1, 2, K] });
    expect(high! / (6 * K)).toBeCloseTo(1, 6);
    expect(low! / (6 * K)).toBeCloseTo(-1, 6);
  });
});
