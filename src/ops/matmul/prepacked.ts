import type { Operand } from "../../graph/operand.ts";
import { panelWidth } from "../../runtime/backend.ts";
import { type Call, call } from "../../graph/call.ts";
import { TILES, isWorthPacking, matricesOf, packed, roomForDirect } from "./matrices.ts";

/** The products of many operands [M, K] with one b, which is packed at most once. */
export interface PrepackedMatmul {
  /** b as the calls read it: an input of whoever makes them, where there is one. */
  readonly panels: Operand | undefined;
  /** Floats of room that a call needs. */
  readonly workspace: number;
  /** a [M, K] times b into out [M, N], both dense. */
  into(a: Operand, out: Operand, workspace: Operand): Call;
}

/** PrepackedMatmul of operands of M rows with b [K, N], or [N, K] where it is `transposed`. */
export function prepackedMatmul(M: number, b: Operand, transposed: boolean): PrepackedMatmul {
  const right = matricesOf(b, transposed);
  const { rows: K, columns: N, rowStride, columnStride } = right;
  const panels = isWorthPacking(M, N, K) ? packed(right, 1) : undefined;
  return {
    panels,
    workspace: panels ? TILES : roomForDirect(K),
    into: (a, out, workspace) =>
      panels
        ? call("matmulPanels", a, K, panels, out, M, N, K, workspace, panelWidth())
        : call("matmulDirect", a, K, 1, b, rowStride, columnStride, out, M, N, K, workspace),
  };
}
