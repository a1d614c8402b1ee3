import { type NARROW_PANEL, PRODUCT_RUN, TILE_FLOATS, WIDE_PANEL } from "#kernels/contract";
import { ShapeError } from "../../base/errors.ts";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { MOST_THREADS } from "../../base/threads.ts";
import type { Shape } from "../../base/tensor.ts";

/** Floats of workspace for tiles of all workers. */
export const TILES = TILE_FLOATS * MOST_THREADS;

/** Most rows, and most multiplications M N K, for which packing does not pay off: measured in bench/. */
const DIRECT_ROWS = 4;
const DIRECT_PRODUCTS = 2048;

/** Whether packing b [K, N] makes the product with a [M, K] faster. */
export function isWorthPacking(M: number, N: number, K: number): boolean {
  return M > DIRECT_ROWS && M * N * K > DIRECT_PRODUCTS;
}

/** Floats of workspace for a product over K of operands that are not packed. */
export function directWorkspace(K: number): number {
  return K > PRODUCT_RUN ? TILES : 0;
}

/** An operand read as matrices; strides are in floats. */
export interface Matrices {
  readonly operand: Operand;
  readonly leading: Shape;
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/**
 * An operand read as matrices, which `transposed` transposes.
 * @throws ShapeError when it has less than two axes
 */
export function matricesOf(operand: Operand, transposed: boolean): Matrices {
  const [rows, columns] = operand.shape.slice(-2);
  if (rows === undefined || columns === undefined) {
    throw new ShapeError(`matmul: the operands must have two axes or more; got ${operand}`);
  }
  const leading = operand.shape.slice(0, -2);
  return transposed
    ? { operand, leading, rows: columns, columns: rows, rowStride: 1, columnStride: columns }
    : { operand, leading, rows, columns, rowStride: columns, columnStride: 1 };
}

/** Columns in the widest panel that a product may use; the machine may need a narrower one. */
export type Panel = typeof NARROW_PANEL | typeof WIDE_PANEL;

/** Matrices b [K, N] packed into panels. A separate operand, so that packed weights are cached until the weights are written. */
export function packed(matrices: Matrices, batch: number, widest: Panel = WIDE_PANEL): Operand {
  const { operand: b, rows: K, columns: N, rowStride, columnStride } = matrices;
  return new Operand("packPanels", [batch * WIDE_PANEL * Math.ceil(N / WIDE_PANEL) * K], [b], {
    calls: (out, { panelWidth }) => [
      batch === 1
        ? call("packPanels", b, rowStride, columnStride, out, K, N, Math.min(widest, panelWidth))
        : call("packPanelsBatch", b, rowStride, columnStride, K * N, out, batch, K, N, Math.min(widest, panelWidth)),
    ],
    flops: 0,
    // The size fits the widest panels: narrower ones do not write the end.
    opaque: true,
  });
}
