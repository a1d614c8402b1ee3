import { PRODUCT_RUN, ROWS_GROUP } from "#kernels/contract";
import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";
import { isSteady } from "../weights.ts";
import { type Matrices, isWorthPacking } from "./matrices.ts";
import type { PackedWeight } from "./packed-weight.ts";

/** Fewest floats of a weight that is worth another layout: more than a cache of the first level holds. */
const LEAST = 2 ** 14;

/**
 * A float32 weight [K, N] for products of a few rows, laid out so that a product reads one stream: 0.8 times the time where the
 * weight is beyond the second-level cache. undefined where it is better read as it is.
 */
export function rowsWeight(
  M: number,
  { operand, rows: K, columns: N, rowStride, columnStride }: Matrices,
): PackedWeight | undefined {
  const isWorthIt = rowStride === 1 && K <= PRODUCT_RUN && K * N >= LEAST && !isWorthPacking(M, N, K);
  if (!isWorthIt || !isSteady(operand)) return undefined;
  const packed = new Operand("packRows", [Math.ceil(N / ROWS_GROUP) * ROWS_GROUP * K], [operand], {
    calls: (out) => [call("packRows", operand, columnStride, out, K, N)],
    flops: 0,
    opaque: true,
  });
  return { packed, workspace: 0, into: (a, out) => [call("matmulRows", a, packed, out, M, N, K)] };
}
