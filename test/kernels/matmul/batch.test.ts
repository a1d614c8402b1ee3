import { describe, expect, test } from "vitest";
import { TILE_FLOATS } from "#kernels/contract";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

/** Batch, M, N, K: fewer products than workers, as many, more, and some left over. */
const SIZES = [
  [0, 3, 4, 5],
  [1, 7, 9, 5],
  [3, 13, 20, 9],
  [4, 5, 3, 2],
  [5, 1, 33, 4],
  [9, 8, 8, 8],
  [2, 0, 5, 3],
  [2, 5, 3, 0],
] as const;

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  test.each([8, 16])("every product has the bits that it has alone, in panels of %i", (panel) => {
    const { kernels } = sandbox;
    for (const [batch, M, N, K] of SIZES) {
      // Apart from each other, for strides are not sizes.
      const [aNext, bNext, size] = [M * K + 3, K * N + 5, Math.ceil(N / panel) * panel * K];
      const [a, b] = [randomFloats(batch * aNext, 1), randomFloats(batch * bNext, 2)];
      for (const parts of PARTS) {
        sandbox.reset();
        const [aAt, bAt] = [sandbox.floats(a), sandbox.floats(b)];
        const [panels, workspace] = [sandbox.empty(batch * size), sandbox.empty(parts * TILE_FLOATS)];
        const [packed, direct, alone] = [0, 1, 2].map(() => sandbox.empty(batch * M * N)) as [number, number, number];
        sandbox.inParts(parts, (...share) =>
          kernels.packPanelsBatch(bAt, N, 1, bNext, panels, batch, K, N, panel, ...share),
        );
        sandbox.inParts(parts, (...share) =>
          kernels.matmulPanelsBatch(aAt, K, aNext, panels, packed, batch, M, N, K, workspace, panel, ...share),
        );
        sandbox.inParts(parts, (...share) =>
          kernels.matmulDirectBatch(aAt, K, 1, aNext, bAt, N, 1, bNext, direct, batch, M, N, K, workspace, ...share),
        );
        sandbox.checkGuards();
        const read = (at: number): Float32Array => sandbox.read(at, batch * M * N);
        for (const [out, make] of [
          [
            packed,
            (i: number, to: number) => {
              const own = panels + i * size * 4;
              kernels.packPanels(bAt + i * bNext * 4, N, 1, own, K, N, panel, 0, 1);
              kernels.matmulPanels(aAt + i * aNext * 4, K, own, to, M, N, K, workspace, panel, 0, 1);
            },
          ],
          [
            direct,
            (i: number, to: number) =>
              kernels.matmulDirect(aAt + i * aNext * 4, K, 1, bAt + i * bNext * 4, N, 1, to, M, N, K, workspace, 0, 1),
          ],
        ] as const) {
          for (let i = 0; i < batch; i++) make(i, alone + i * M * N * 4);
          expect(read(out), `${batch} of [${M}, ${N}], K ${K}, ${parts} parts`).toEqual(read(alone));
        }
      }
    }
  });
});
