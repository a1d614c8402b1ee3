import { requireWhole } from "../errors.ts";
import { Operand, requireRange } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { matrixExtents, requireFloat, requireInteger } from "./check.ts";

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
        calls: (dTable) => [call("scatterRows", dOut, ids, dTable, ids.size, entries, columns, paddingIdx ?? -1)],
        flops: dOut.size,
      }),
    ],
    flops: 0,
  });
}
