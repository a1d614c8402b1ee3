import { describe, expect, test } from "vitest";
import { SCATTER_RUN, roomForScatter } from "#kernels/contract";
import { sameBits } from "./faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

const TABLE_ROWS = 7;

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  const scatter = (dOut: Float32Array, ids: readonly number[], columns: number, skipped: number, parts: number) => {
    sandbox.reset();
    const [from, which] = [sandbox.floats(dOut), sandbox.integers(ids)];
    const table = sandbox.empty(TABLE_ROWS * columns);
    const workspace = sandbox.empty(roomForScatter(TABLE_ROWS, columns, Math.floor(ids.length / SCATTER_RUN), parts));
    sandbox.inParts(parts, (part) => {
      sandbox.kernels.scatterRows(from, which, table, workspace, ids.length, TABLE_ROWS, columns, skipped, part, parts);
    });
    sandbox.checkGuards();
    return sandbox.read(table, TABLE_ROWS * columns);
  };

  test.each([-1, 0, 3])("scatterRows adds rows in order, but for row %i", (skipped) => {
    for (const columns of LENGTHS) {
      // Row 5 does not occur, row 3 often.
      const ids = [3, 0, 6, 3, 1, 2, 3, 3, 4, 0, 3];
      const dOut = randomFloats(ids.length * columns, columns);
      const expected = new Float32Array(TABLE_ROWS * columns);
      ids.forEach((id, r) => {
        if (id === skipped) return;
        for (let c = 0; c < columns; c++) {
          const at = id * columns + c;
          expected[at] = (expected[at] ?? NaN) + (dOut[r * columns + c] ?? NaN);
        }
      });
      for (const parts of PARTS) {
        const actual = scatter(dOut, ids, columns, skipped, parts);
        expect(sameBits(actual, expected), `${columns} columns, ${parts} parts`).toBe(true);
      }
    }
  });

  test("scatterRows of no ids gives zeros", () => {
    expect([...scatter(new Float32Array(), [], 1, -1, 2)]).toEqual(Array(TABLE_ROWS).fill(0));
  });
});
