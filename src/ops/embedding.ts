import { requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { requireRange } from "../graph/require-range.ts";
import { call } from "../graph/call.ts";
import { MOST_THREADS } from "../base/threads.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";

/** Ids of one row that assembly/embedding.ts adds up in f32; it says what more of them need. */
const LONG = 256;

/**
 * out[i] = table[ids[i]].
 *
 * Shape: ids of any shape and table [entries, dim] give [...ids, dim]. Ids are int32, from an input, a part of one or a constant,
 * and are checked before a run.
 * @param paddingIdx a row to which no gradient flows. Default: none.
 * @throws TypeError when ids are not int32, or the table is not float32
 * @throws ShapeError when the table has not two axes
 * @throws RangeError, before a run, when an id is not from 0 to entries - 1
 */
export function embedding(ids: Operand, table: Operand, paddingIdx?: number): Operand {
  requireInteger("embedding", "ids", ids);
  requireFloat("embedding", "table", table);
  const [entries, columns] = matrixExtents("embedding", table);
  if (paddingIdx !== undefined) requireWhole("embedding", "paddingIdx", paddingIdx, 0);
  requireRange(ids, { where: "embedding", what: "ids", low: 0, high: entries - 1 });
  return new Operand("embedding", [...ids.shape, columns], [ids, table], {
    calls: (out) => [call("gatherRows", table, ids, out, ids.size, columns)],
    gradient: (dOut) => [
      null,
      new Operand("embeddingGradient", table.shape, [dOut, ids], {
        calls: (dTable, { workspace }) => [
          call("scatterRows", dOut, ids, dTable, workspace, ids.size, entries, columns, paddingIdx ?? -1),
        ],
        workspace: roomForTotals(ids.size, entries, columns),
        flops: dOut.size,
      }),
    ],
    flops: 0,
  });
}

/** Floats that the gradient of `entries` rows by `count` ids needs. */
function roomForTotals(count: number, entries: number, columns: number): number {
  return count > LONG ? 2 * entries + 18 * MOST_THREADS + 2 * columns * Math.floor(count / LONG) : 0;
}
