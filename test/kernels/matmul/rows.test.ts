import { describe, expect, test } from "vitest";
import { PRODUCT_RUN } from "#kernels/contract";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const GROUP = 4;

/** [M, N, K] around the widths of groups and turns. */
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33].flatMap((size) => [
  [1, size, 17] as const,
  [1, 6, size] as const,
  [3, size, 8] as const,
  [4, 9, size] as const,
]);
const LONG = [[2, 5, PRODUCT_RUN] as const, [1, 301, 129] as const];

/** b [K, N] with columns of `stride` floats, in groups of four columns, then eight k of each, then the rest k by k. */
function packed(b: Float32Array, stride: number, K: number, N: number): Float32Array {
  const groups = Math.ceil(N / GROUP);
  const whole = K - (K % 8);
  const out = new Float32Array(groups * GROUP * K);
  for (let n = 0; n < N; n++) {
    const [group, c] = [Math.floor(n / GROUP), n % GROUP];
    for (let k = 0; k < K; k++) {
      const place = k < whole ? (k - (k % 8)) * GROUP + c * 8 + (k % 8) : k * GROUP + c;
      out[group * GROUP * K + place] = b[n * stride + k] ?? NaN;
    }
  }
  return out;
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test("packRows puts eight numbers of four columns side by side, and zeros after the last column", () => {
    for (const [, N, K] of [...SIZES, ...LONG]) {
      const stride = K + 3;
      const b = randomFloats(N * stride, N + K);
      for (const parts of PARTS) {
        sandbox.reset();
        const from = sandbox.floats(b);
        const expected = packed(b, stride, K, N);
        const to = sandbox.floats(new Float32Array(expected.length).fill(NaN));
        sandbox.inParts(parts, (...share) => sandbox.kernels.packRows(from, stride, to, K, N, ...share));
        expect(sandbox.read(to, expected.length)).toEqual(expected);
        sandbox.checkGuards();
      }
    }
  });

  test("matmulRows has the bits of matmulDirect, also of infinities and NaN", () => {
    for (const [M, N, K] of [...SIZES, ...LONG]) {
      const a = randomFloats(M * K, 1);
      const b = randomFloats(N * K, 2);
      if (K > 2 && N > 0) b.set([Infinity, NaN], N > 1 ? K : 0);
      sandbox.reset();
      const [aAt, bAt] = [sandbox.floats(a), sandbox.floats(b)];
      const rows = sandbox.floats(packed(b, K, K, N));
      const [direct, out] = [sandbox.floats(new Float32Array(M * N)), sandbox.floats(new Float32Array(M * N))];
      sandbox.kernels.matmulDirect(aAt, K, 1, bAt, 1, K, direct, M, N, K, 0, 0, 1);
      const expected = sandbox.read(direct, M * N);
      for (const parts of PARTS) {
        sandbox.inParts(parts, (...share) => sandbox.kernels.matmulRows(aAt, rows, out, M, N, K, ...share));
        expect(sandbox.read(out, M * N)).toEqual(expected);
        sandbox.checkGuards();
      }
    }
  });
});
