import { Operand } from "../../graph/operand.ts";
import { panelWidth } from "../../runtime/backend.ts";
import { call } from "../../graph/call.ts";
import { matrixExtents } from "../check.ts";
import { Kept } from "../dropout/block-selection.ts";
import { type Matrices, TILES, WIDEST_PANEL, packed } from "./matrices.ts";
import { view } from "../shape.ts";
import { roomForTotals } from "../totals.ts";

const NARROW_PANEL = 8;

/** a b, where `a` may be kept columns alone, and of the product kept columns alone may be wanted. */
export function matmulKept(a: Operand, aKept: Kept | undefined, b: Matrices, kept?: Kept): Operand {
  const [K, N] = [b.rows, b.columns];
  const [M, depth] = matrixExtents("matmul", a);
  const columns = kept?.columns ?? N;
  const group = groupOf(aKept, kept, M);
  const panel = panelFor(kept);
  const panels = packed(b, 1, panel);
  const lists = listsOf(aKept, kept);
  return new Operand("matmulKept", [M, columns], [a, b.operand, panels, ...lists], {
    calls: (out, { workspace }) => [
      call("matmulKept", a, ...sideOf(aKept), panels, out, ...sideOf(kept), M, N, K, group, workspace, panel()),
    ],
    workspace: TILES,
    onColumns: (wanted) =>
      !kept && wanted instanceof Kept && wanted.width === N && wanted.options.group === group
        ? matmulKept(a, aKept, b, wanted)
        : undefined,
    gradient: (dOut) => [
      matmulKept(dOut, kept, swapped(b), aKept),
      b.columnStride === 1 ? outerKept(a, aKept, dOut, kept) : outerKept(dOut, kept, a, aKept),
      null,
      ...lists.map(() => null),
    ],
    flops: 2 * M * columns * depth,
    skipped: 2 * M * (N * K - columns * depth),
  });
}

/** xᵀ y of [rows, I] and [rows, J], of which kept columns alone may be given: the gradient of a weight. */
function outerKept(x: Operand, xKept: Kept | undefined, y: Operand, yKept: Kept | undefined): Operand {
  const [M, xColumns] = matrixExtents("matmul", x);
  const [, yColumns] = matrixExtents("matmul", y);
  const [I, J] = [xKept?.width ?? xColumns, yKept?.width ?? yColumns];
  const [xSide, ySide, group, panel] = [sideOf(xKept), sideOf(yKept), groupOf(xKept, yKept, M), panelFor(yKept)];
  const room = roomForTotals(M, I * J);
  return new Operand("outerKept", [I, J], [x, y, ...listsOf(xKept, yKept)], {
    calls: (out, { workspace }) => {
      const totals = view("workspace", workspace, [room], TILES, () => null);
      return [call("matmulKeptGradient", x, ...xSide, y, ...ySide, out, I, J, M, group, workspace, totals, panel())];
    },
    workspace: TILES + room,
    flops: 2 * M * xColumns * yColumns,
    skipped: 2 * M * (I * J - xColumns * yColumns),
  });
}

function swapped(b: Matrices): Matrices {
  return { ...b, rows: b.columns, columns: b.rows, rowStride: b.columnStride, columnStride: b.rowStride };
}

function sideOf(kept: Kept | undefined): readonly [Operand | number, number, number, number] {
  return kept?.side ?? [0, 0, 0, 0];
}

function listsOf(...sides: readonly (Kept | undefined)[]): Operand[] {
  return sides.flatMap((kept) => (kept ? [kept.list] : []));
}

function groupOf(one: Kept | undefined, other: Kept | undefined, rows: number): number {
  return (one ?? other)?.options.group ?? rows;
}

/** Columns of a panel: those of a kept block are whole panels. */
function panelFor(kept: Kept | undefined): () => number {
  return kept && kept.options.block % WIDEST_PANEL !== 0 ? () => NARROW_PANEL : panelWidth;
}
