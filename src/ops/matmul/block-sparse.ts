import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { matrixExtents } from "../check.ts";
import { BlockSelection } from "../dropout/block-selection.ts";
import { type Matrices, type Panel, TILES, WIDEST_PANEL, packed } from "./matrices.ts";
import { view } from "../shape.ts";
import { roomForTotals } from "../totals.ts";

const NARROW_PANEL = 8;

/** a b, where `a` may be kept columns alone, and of the product kept columns alone may be wanted. */
export function matmulBlockSparse(
  a: Operand,
  aSelection: BlockSelection | undefined,
  b: Matrices,
  kept?: BlockSelection,
): Operand {
  const [K, N] = [b.rows, b.columns];
  const [M, depth] = matrixExtents("matmul", a);
  const columns = kept?.columns ?? N;
  const group = groupOf(aSelection, kept, M);
  const widest = widestPanel(kept);
  const panels = packed(b, 1, widest);
  const lists = listsOf(aSelection, kept);
  return new Operand("matmulKept", [M, columns], [a, b.operand, panels, ...lists], {
    calls: (out, { workspace, panelWidth }) => [
      call(
        "matmulKept",
        a,
        ...sideOf(aSelection),
        panels,
        out,
        ...sideOf(kept),
        M,
        N,
        K,
        group,
        workspace,
        Math.min(widest, panelWidth),
      ),
    ],
    workspace: TILES,
    onColumns: (wanted) =>
      !kept && wanted instanceof BlockSelection && wanted.width === N && wanted.options.group === group
        ? matmulBlockSparse(a, aSelection, b, wanted)
        : undefined,
    gradient: (dOut) => [
      matmulBlockSparse(dOut, kept, swapped(b), aSelection),
      b.columnStride === 1 ? outerBlockSparse(a, aSelection, dOut, kept) : outerBlockSparse(dOut, kept, a, aSelection),
      null,
      ...lists.map(() => null),
    ],
    flops: 2 * M * columns * depth,
    skipped: 2 * M * (N * K - columns * depth),
  });
}

/** xᵀ y of [rows, I] and [rows, J], of which kept columns alone may be given: the gradient of a weight. */
function outerBlockSparse(
  x: Operand,
  xSelection: BlockSelection | undefined,
  y: Operand,
  ySelection: BlockSelection | undefined,
): Operand {
  const [M, xColumns] = matrixExtents("matmul", x);
  const [, yColumns] = matrixExtents("matmul", y);
  const [I, J] = [xSelection?.width ?? xColumns, ySelection?.width ?? yColumns];
  const [xSide, ySide, widest] = [sideOf(xSelection), sideOf(ySelection), widestPanel(ySelection)];
  const group = groupOf(xSelection, ySelection, M);
  const room = roomForTotals(M, I * J);
  return new Operand("outerBlockSparse", [I, J], [x, y, ...listsOf(xSelection, ySelection)], {
    calls: (out, { workspace, panelWidth }) => {
      const panel = Math.min(widest, panelWidth);
      const totals = view("workspace", workspace, [room], TILES, () => null);
      return [call("matmulKeptGradient", x, ...xSide, y, ...ySide, out, I, J, M, group, workspace, totals, panel)];
    },
    workspace: TILES + room,
    flops: 2 * M * xColumns * yColumns,
    skipped: 2 * M * (I * J - xColumns * yColumns),
  });
}

function swapped(b: Matrices): Matrices {
  return { ...b, rows: b.columns, columns: b.rows, rowStride: b.columnStride, columnStride: b.rowStride };
}

function sideOf(kept: BlockSelection | undefined): readonly [Operand | number, number, number, number] {
  return kept?.side ?? [0, 0, 0, 0];
}

function listsOf(...sides: readonly (BlockSelection | undefined)[]): Operand[] {
  return sides.flatMap((kept) => (kept ? [kept.list] : []));
}

function groupOf(one: BlockSelection | undefined, other: BlockSelection | undefined, rows: number): number {
  return (one ?? other)?.options.group ?? rows;
}

/** The widest panel of which a selected block is a multiple. */
function widestPanel(selection: BlockSelection | undefined): Panel {
  return selection && selection.options.block % WIDEST_PANEL !== 0 ? NARROW_PANEL : WIDEST_PANEL;
}
