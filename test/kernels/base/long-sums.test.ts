import { describe, expect, test } from "vitest";
import { SCATTER_RUN, TILE_FLOATS, roomForScatter } from "#kernels/contract";
import { BUILDS, type Kernels, PARTS, Sandbox } from "../harness.ts";

/** Rows of equal numbers, whose sums are rounded the same way again and again: the worst that a sum can meet. */
const ROWS = 300_000;
const COLUMNS = 3;
const VALUE = Math.fround(0.1);

type Share = [part: number, parts: number];

/**
 * Addresses of x [ROWS, COLUMNS]; as many ones; indices 0; room for totals; centers 0, factors 1 / 2 and [p, scale];
 * a list of one block of three columns, which 64 bytes on holds bits, all set, and 40 bytes on the windows of a pool.
 */
interface Places {
  readonly x: number;
  readonly ones: number;
  readonly zeros: number;
  readonly room: number;
  readonly rate: number;
  readonly list: number;
}

/** Sums over all rows of x, and the longest run of additions in f32 that each is made of. */
const SUMS: readonly (readonly [
  name: string,
  run: (kernels: Kernels, places: Places, out: number, share: Share) => void,
  additions: number,
])[] = [
  ["sumRows", (k, { x, room }, out, share) => k.sumRows(x, out, room, 1, ROWS, COLUMNS, ...share), 256],
  ["sumMiddle", (k, { x, room }, out, share) => k.sumMiddle(x, out, room, 1, 1, ROWS, COLUMNS, ...share), 256],
  [
    "matmulDirect",
    (k, { x, ones, room }, out, share) =>
      k.matmulDirect(ones, ROWS, 1, x, COLUMNS, 1, out, 1, COLUMNS, ROWS, room, ...share),
    1024 + ROWS / 1024,
  ],
  [
    "matmulDirect, any strides",
    (k, { x, ones, room }, out, share) =>
      k.matmulDirect(ones, 2, 2, x, COLUMNS, 1, out, 1, COLUMNS, ROWS, room, ...share),
    1024 + ROWS / 1024,
  ],
  [
    "scatterRows",
    (k, { x, zeros, room }, out, share) => k.scatterRows(x, zeros, out, room, ROWS, 1, COLUMNS, -1, ...share),
    256,
  ],
  [
    "columnSums",
    (k, { x, ones, zeros, room }, out, share) => k.columnSums(x, ones, zeros, out, room, ROWS, COLUMNS, ...share),
    16 + 1024,
  ],
  [
    "normalizedSums",
    (k, { x, ones, rate, room }, out, share) => k.normalizedSums(x, ones, rate, out, room, ROWS, COLUMNS, 1, ...share),
    256,
  ],
  [
    "sumRowsOfBlocks",
    (k, { x, list, room }, out, share) => k.sumRowsOfBlocks(x, list, out, room, ROWS, 1, ROWS, 3, 1, ...share),
    1024,
  ],
  [
    "matmulBlockSparseGradient",
    (k, { x, ones, room }, out, share) => {
      const totals = room + 4 * TILE_FLOATS * 4;
      k.matmulBlockSparseGradient(
        ...([ones, 0, 0, 0, 0, x, 0, 0, 0, 0, out, 1, COLUMNS, ROWS, ROWS, room, totals, 8] as const),
        ...share,
      );
    },
    1024,
  ],
  [
    "maskedProductByWeight",
    (k, { x, ones, room, rate, list }, out, share) =>
      k.maskedProductByWeight(ones, x, list + 64, rate + 8 * ROWS, out, room, ROWS, 1, COLUMNS, ...share),
    1024,
  ],
  ["averagePool", (k, { x, list }, out, share) => k.averagePool(x, out, list + 40, 1, 1, ROWS, 1, 1, ...share), 64 + 5],
];

describe.each(BUILDS)("%s", (build) => {
  test.each(SUMS)(
    "%s of equal numbers: no sum in f32 is long, the same bits in any number of parts",
    (_, run, additions) => {
      const sandbox = new Sandbox(build, 1024);
      const places: Places = {
        x: sandbox.floats(new Float32Array(ROWS * COLUMNS + 16).fill(VALUE)),
        ones: sandbox.floats(new Float32Array(ROWS * COLUMNS + 16).fill(1)),
        zeros: sandbox.integers(new Int32Array(ROWS)),
        room: sandbox.empty(roomForScatter(1, COLUMNS, Math.floor(ROWS / SCATTER_RUN), 4) + 4 * TILE_FLOATS + 64),
        rate: sandbox.floats([...new Float32Array(ROWS), ...new Float32Array(ROWS).fill(0.5), 0.5, 1]),
        list: sandbox.integers([0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1, 1, 0, ROWS, 1, ...new Int32Array(ROWS).fill(-1)]),
      };
      const results = PARTS.map((parts) => {
        const out = sandbox.empty(2 * COLUMNS);
        sandbox.inParts(parts, (...share) => run(sandbox.kernels, places, out, share));
        sandbox.checkGuards();
        return sandbox.read(out, 2 * COLUMNS);
      });
      for (const result of results) expect(result).toEqual(results[0]);
      const exact = ROWS * VALUE;
      const sums = (results[0] ?? []).slice(0, COLUMNS).filter((value) => !Number.isNaN(value));
      expect(sums.length).toBeGreaterThan(0);
      // n additions err by n halves of a unit each, at most.
      for (const sum of sums) expect(Math.abs(sum / exact - 1)).toBeLessThan((additions + 2) * 2 ** -24);
    },
  );
});
