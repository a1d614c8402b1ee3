import { HALF_WORKERS, Half, PRODUCT_RUN, halfPanelFloats } from "#kernels/contract";
import { call } from "../../graph/call.ts";
import { type HalfFormat, narrowed } from "../half.ts";
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
  const strides = [rowStride, columnStride] as const;
  if (isWorthPacking(M, N, K)) {
    return {
      packed: halves,
      workspace: HALF_WORKERS * halfPanelFloats(Math.min(K, PRODUCT_RUN)),
      into: (a, out, { workspace, panelWidth }) => [
        call("matmulHalfPanels", a, halves, ...strides, out, M, N, K, Half[format], workspace, panelWidth),
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
        call("matmulDirect", a, K, 1, workspace, ...strides, out, M, N, K, room),
      ];
    },
  };
}
