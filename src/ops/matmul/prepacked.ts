import type { Operand, Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { TILES, directWorkspace, isWorthPacking, matricesOf, packed } from "./matrices.ts";
import { smallWeight } from "./small-weight.ts";

/** Products of many operands [M, K] with one b, which is packed at most once. */
export interface PrepackedMatmul {
  /** b packed, an input of every operation that multiplies by it; undefined where packing does not pay off. */
  readonly packed: Operand | undefined;
  /** Floats of scratch memory that a call needs. */
  readonly workspace: number;
  /** The calls for out [M, N] = a [M, K] b, both dense. */
  into(a: Operand, out: Operand, placement: Pick<Placement, "workspace" | "panelWidth">): readonly Call[];
}

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
