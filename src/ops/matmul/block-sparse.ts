import { NARROW_PANEL, WIDE_PANEL, roomForTotals } from "#kernels/contract";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { matrixExtents } from "../check.ts";
import { BlockSelection } from "../dropout/block-selection.ts";
import { type Matrices, type Panel, TILES, packed } from "./matrices.ts";
import { view } from "../shape/view.ts";

/**
 * The product of a and b, without the blocks that are not selected.
 * @param aSelection the columns of the full matrix that `a` holds. Default: all.
 * @param outSelection the columns of the product to compute. Default: all.
 */
export function matmulBlockSparse(
  a: Operand,
  aSelection: BlockSelection | undefined,
  b: Matrices,
  outSelection?: BlockSelection,
): Operand {
  const [K, N] = [b.rows, b.columns];
  const [M, depth] = matrixExtents("matmul", a);
  const columns = outSelection?.columns ?? N;
  const group = groupOf(aSelection, outSelection, M);
  const widest = widestPanel(outSelection);
  const panels = packed(b, 1, widest);
  const lists = listsOf(aSelection, outSelection);
  return new Operand("matmulBlockSparse", [M, columns], [a, b.operand, panels, ...lists], {
    calls: (out, { workspace, panelWidth }) => [
      call(
        "matmulBlockSparse",
        a,
        ...sideOf(aSelection),
        panels,
        out,
        ...sideOf(outSelection),
        M,
        N,
        K,
        group,
        workspace,
        Math.min(widest, panelWidth),
      ),
    ],
    workspace: TILES,
    onColumns: (selected) =>
      !outSelection && selected instanceof BlockSelection && selected.width === N && selected.options.group === group
        ? matmulBlockSparse(a, aSelection, b, selected)
        : undefined,
    gradient: (dOut) => [
      matmulBlockSparse(dOut, outSelection, transposed(b), aSelection),
      b.columnStride === 1
        ? outerBlockSparse(a, aSelection, dOut, outSelection)
        : outerBlockSparse(dOut, outSelection, a, aSelection),
      null,
      ...lists.map(() => null),
    ],
    flops: 2 * M * columns * depth,
    skipped: 2 * M * (N * K - columns * depth),
  });
}

/** xᵀ y [I, J] for x [rows, I] and y [rows, J], each dense or only its selected columns: the gradient of a weight. */
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
      return [
        call("matmulBlockSparseGradient", x, ...xSide, y, ...ySide, out, I, J, M, group, workspace, totals, panel),
      ];
    },
    workspace: TILES + room,
    flops: 2 * M * xColumns * yColumns,
    skipped: 2 * M * (I * J - xColumns * yColumns),
  });
}

function transposed(b: Matrices): Matrices {
  return { ...b, rows: b.columns, columns: b.rows, rowStride: b.columnStride, columnStride: b.rowStride };
}

function sideOf(selection: BlockSelection | undefined): readonly [Operand | number, number, number, number] {
  return selection?.side ?? [0, 0, 0, 0];
}

function listsOf(...selections: readonly (BlockSelection | undefined)[]): Operand[] {
  return selections.flatMap((selection) => (selection ? [selection.list] : []));
}

/** Rows that share one selection; both selections have the same groups. */
function groupOf(first: BlockSelection | undefined, second: BlockSelection | undefined, rows: number): number {
  return (first ?? second)?.options.group ?? rows;
}

/** The widest panel that divides a selected block. */
function widestPanel(selection: BlockSelection | undefined): Panel {
  return selection && selection.options.block % WIDE_PANEL !== 0 ? NARROW_PANEL : WIDE_PANEL;
}
