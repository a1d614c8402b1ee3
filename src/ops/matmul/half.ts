import { Half, PRODUCT_RUN, WIDE_PANEL, halfPanelFloats } from "#kernels/contract";
import { call } from "../../graph/call.ts";
import { Operand } from "../../graph/operand.ts";
import { MOST_THREADS } from "../../base/threads.ts";
import { type HalfFormat, halfSize, narrowed } from "../half.ts";
import { type Matrices, directWorkspace, isWorthPacking } from "./matrices.ts";
import { view } from "../shape/view.ts";
import type { PackedWeight } from "./packed-weight.ts";

/**
 * A weight [K, N] in 16 bits. Products have the bits of those with the rounded weight as float32, because a product of M rows
 * sums in the order of the kernel that float32 uses for as many.
 */
export function halfWeight(M: number, weight: Matrices, format: HalfFormat): PackedWeight {
  const { rows: K, columns: N, rowStride, columnStride } = weight;
  const halves = narrowed(weight.operand, format);
  if (isWorthPacking(M, N, K)) {
    const panels = packedHalves(halves, weight, format);
    return {
      packed: panels,
      workspace: MOST_THREADS * halfPanelFloats(Math.min(K, PRODUCT_RUN)),
      into: (a, out, { workspace, panelWidth }) => [
        call("matmulHalfPanels", a, panels, out, M, N, K, Half[format], workspace, panelWidth),
      ],
    };
  }
  if (rowStride === 1 && columnStride === K) {
    return {
      packed: halves,
      workspace: 0,
      into: (a, out) => [call("matmulHalf", a, halves, out, M, N, K, Half[format])],
    };
  }
  const size = K * N;
  return {
    packed: halves,
    workspace: size + directWorkspace(K),
    into: (a, out, { workspace }) => {
      const room = view("workspace", workspace, [directWorkspace(K)], size, () => null);
      return [
        call("widenHalf", halves, workspace, size, Half[format]),
        call("matmulDirect", a, K, 1, workspace, rowStride, columnStride, out, M, N, K, room),
      ];
    },
  };
}

/** Halves of a weight [K, N], packed into panels. */
function packedHalves(
  halves: Operand,
  { rows: K, columns: N, rowStride, columnStride }: Matrices,
  format: HalfFormat,
): Operand {
  return new Operand("packHalfPanels", [halfSize(WIDE_PANEL * Math.ceil(N / WIDE_PANEL) * K)], [halves], {
    calls: (out, { panelWidth }) => [call("packHalfPanels", halves, rowStride, columnStride, out, K, N, panelWidth)],
    flops: 0,
    holds: format,
    opaque: true,
  });
}
