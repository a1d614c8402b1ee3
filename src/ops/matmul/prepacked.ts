import type { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { TILES, directWorkspace, isWorthPacking, matricesOf, packed } from "./matrices.ts";
import type { PrepackedMatmul } from "./packed-weight.ts";
import { smallWeight } from "./small-weight.ts";

/** Products of operands [M, K] with b [K, N], or [N, K] if `transposed`. */
export function prepackedMatmul(M: number, b: Operand, transposed: boolean): PrepackedMatmul {
  const right = matricesOf(b, transposed);
  const small = smallWeight(M, right);
  if (small) return small;
  const { rows: K, columns: N, rowStride, columnStride } = right;
  const panels = isWorthPacking(M, N, K) ? packed(right, 1) : undefined;
  return {
    packed: panels,
    workspace: panels ? TILES : directWorkspace(K),
    into: (a, out, { workspace, panelWidth }) => [
      panels
        ? call("matmulPanels", a, K, panels, out, M, N, K, workspace, panelWidth)
        : call("matmulDirect", a, K, 1, b, rowStride, columnStride, out, M, N, K, workspace),
    ],
  };
}
