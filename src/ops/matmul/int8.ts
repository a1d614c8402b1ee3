import { INT8_LINE, INT8_LONGEST, INT8_PANEL, int8PanelFloats, int8RowFloats } from "#kernels/contract";
import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";
import { view } from "../shape/view.ts";
import type { Matrices } from "./matrices.ts";
import type { PackedWeight } from "./packed-weight.ts";

/**
 * A weight [K, N] in int8, one scale for each column, by which M rows are multiplied; undefined where integer sums over K
 * may exceed 32 bits. Each row is quantized to 7 bits before it is multiplied.
 */
export function int8Weight(
  M: number,
  { operand: b, rows: K, columns: N, ...strides }: Matrices,
): PackedWeight | undefined {
  if (K > INT8_LONGEST) return undefined;
  const { rowStride, columnStride } = strides;
  const lines = Math.ceil(K / INT8_LINE);
  const packed = new Operand("packInt8", [Math.ceil(N / INT8_PANEL) * int8PanelFloats(lines)], [b], {
    calls: (out) => [call("packInt8", b, K, rowStride, 0, columnStride, out, K, N)],
    flops: 0,
    opaque: true,
    holds: "int8",
  });
  const workspace = M * int8RowFloats(lines);
  return {
    packed,
    workspace,
    into: (a, out, placement) => {
      const rows = view("workspace", placement.workspace, [workspace], 0, () => null);
      return [call("quantizeRows", a, K, rows, M, K), call("matmulInt8", rows, packed, out, M, N, K)];
    },
  };
}
