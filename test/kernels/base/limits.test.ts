import { describe, expect, test } from "vitest";
import { TILE_FLOATS } from "#kernels/contract";
import { BUILDS, Sandbox, randomFloats } from "../harness.ts";

// Sizes whose products have more than 32 bits. Memory that is not touched costs nothing.

const K = 2_000_000;

describe.each(BUILDS)("%s", (build) => {
  test("the last of 64 shares of 2^30 rows", () => {
    const sandbox = new Sandbox(build);
    const [x, out] = [sandbox.floats([3]), sandbox.empty(1)];
    // All rows are the same one: strides are 0.
    sandbox.kernels.copyBlock(x, 0, out, 0, 2 ** 30, 1, 63, 64);
    expect([...sandbox.read(out, 1)]).toEqual([3]);
    sandbox.checkGuards();
  });

  test("the last of 64 shares of 2^29 elements", () => {
    const length = 2 ** 29;
    const { kernels, memory } = new Sandbox(build, 32_800);
    kernels.fill(65_536, 3, length, 63, 64);
    const [start, end] = [65_536 / 4 + (length / 64) * 63, 65_536 / 4 + length];
    const floats = new Float32Array(memory.buffer);
    expect([start - 1, start, end - 1, end].map((i) => floats[i])).toEqual([0, 3, 3, 0]);
  });

  /** A product over K of [2, K] with [K, 2], for rows and columns of whole numbers: exact in f32 but for its last sums. */
  test.each(["matmulPanels", "matmulDirect", "matmulDirectBatch"] as const)("%s over two million terms", (kernel) => {
    const sandbox = new Sandbox(build, 3000);
    const [M, N] = [2, 2];
    const a = randomFloats(M * K, 1).map((value) => Math.round(value * 4));
    const b = randomFloats(K * N, 2).map((value) => Math.round(value * 4));
    const expected = [0, 0, 0, 0];
    for (let k = 0; k < K; k++) {
      for (let i = 0; i < M * N; i++) expected[i]! += a[(i >> 1) * K + k]! * b[k * N + (i & 1)]!;
    }
    const [x, y] = [sandbox.floats(a), sandbox.floats(b)];
    const [out, workspace] = [sandbox.empty(M * N), sandbox.empty(3 * TILE_FLOATS)];
    const { kernels } = sandbox;
    if (kernel === "matmulPanels") {
      const panels = sandbox.empty(8 * K);
      kernels.packPanels(y, N, 1, panels, K, N, 8, 0, 1);
      sandbox.inParts(3, (...share) => kernels.matmulPanels(x, K, panels, out, M, N, K, workspace, 8, ...share));
    } else if (kernel === "matmulDirect") {
      sandbox.inParts(3, (...share) => kernels.matmulDirect(x, K, 1, y, N, 1, out, M, N, K, workspace, ...share));
    } else {
      sandbox.inParts(3, (...share) =>
        kernels.matmulDirectBatch(x, K, 1, 0, y, N, 1, 0, out, 1, M, N, K, workspace, ...share),
      );
    }
    sandbox.checkGuards();
    // Whole numbers below 2^24: no sum is rounded, in whichever order it is made.
    expect([...sandbox.read(out, M * N)]).toEqual(expected);
  });

  test("averagePool: a window that stands for more than 2^31 positions", () => {
    const sandbox = new Sandbox(build);
    const x = sandbox.floats([8]);
    const windows = sandbox.integers([0, 1, 65_536, 0, 1, 65_536]);
    const [out, dx] = [sandbox.empty(1), sandbox.empty(1)];
    sandbox.kernels.averagePool(x, out, windows, 1, 1, 1, 1, 1, 0, 1);
    sandbox.kernels.averagePoolGradient(x, dx, windows, 1, 1, 1, 1, 1, 0, 1);
    expect([...sandbox.read(out, 1), ...sandbox.read(dx, 1)]).toEqual([2 ** -29, 2 ** -29]);
  });
});
