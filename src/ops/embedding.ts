import { SCATTER_RUN, roomForScatter } from "#kernels/contract";
import { requireWhole } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { requireRange } from "../graph/require-range.ts";
import { call } from "../graph/call.ts";
import { MOST_THREADS } from "../base/threads.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";

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
        workspace: workspaceFor(ids.size, entries, columns),
        flops: dOut.size,
      }),
    ],
    flops: 0,
  });
}

/** Floats that the gradient of `entries` rows by `count` ids needs. */
function workspaceFor(count: number, entries: number, columns: number): number {
  if (count <= SCATTER_RUN) return 0;
  return roomForScatter(entries, columns, Math.floor(count / SCATTER_RUN), MOST_THREADS);
}
