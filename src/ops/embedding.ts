import { requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { requireRange } from "../graph/require-range.ts";
import { call } from "../graph/call.ts";
import { MOST_THREADS } from "../base/threads.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";

/** Ids of one row that assembly/embedding.ts adds up in f32; it says what more of them need. */
const LONG = 256;

/**
 * The rows of a table [entries, dim] that `ids` name: ids of any shape give [...ids, dim]. They come from an
 * input, a part of one or a constant; those that are read are checked before a run. No gradient flows to the row `paddingIdx`.
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
