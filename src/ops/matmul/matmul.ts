import { ShapeError } from "../../base/errors.ts";
import { Operand, type Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { sameShape, sizeOf } from "../../base/tensor.ts";
import { requireFloat } from "../check.ts";
import { BlockSparse, BlockSelection } from "../dropout/block-selection.ts";
import { matmulBlockSparse } from "./block-sparse.ts";
import { type Matrices, TILES, isWorthPacking, matricesOf, packed, roomForDirect } from "./matrices.ts";
import { transpose } from "../permute.ts";
import { broadcast } from "../reduction.ts";
import { reshape, view } from "../shape.ts";
import { commonShape } from "../strided.ts";

/** PrepackedMatmul so small are not worth packing where neither operand has neighbours along K or N: measured in bench/. */
const SCATTERED_PRODUCTS = 300;

/** Which operands are read with rows and columns swapped. */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/**
 * a [..., M, K] times b [..., K, N] gives [..., M, N]; an operand named in `transposed` is given as [..., K, M] or
 * [..., N, K]. Leading axes are matched from the last on; one that an operand lacks, or has with extent 1, is repeated.
 * @throws ShapeError when K or leading axes do not match
 */
export function matmul(a: Operand, b: Operand, transposed: Transposed = {}): Operand {
  requireFloat("matmul", "a", a);
  requireFloat("matmul", "b", b);
  const left = matricesOf(a, transposed.a ?? false);
  const right = matricesOf(b, transposed.b ?? false);
  if (left.columns !== right.rows) {
    throw new ShapeError(`matmul: inner sizes must agree; got ${left.columns} from ${a} and ${right.rows} from ${b}`);
  }
  if (sameShape(left.leading, right.leading)) return product(left, right, transposed);
  if (right.leading.length === 0) {
    // One b for all: the rows of every a are rows of one matrix.
    const rows = reshape(transposed.a ? transpose(a) : a, [sizeOf(left.leading) * left.rows, left.columns]);
    return reshape(matmul(rows, b, { b: transposed.b ?? false }), [...left.leading, left.rows, right.columns]);
  }
  const leading = commonShape("matmul", a, b, left.leading, right.leading);
  const repeated = (x: Operand): Operand => broadcast(x, [...leading, ...x.shape.slice(-2)]);
  return matmul(repeated(a), repeated(b), transposed);
}

/** The product of operands whose leading axes are the same. */
function product(left: Matrices, right: Matrices, transposed: Transposed): Operand {
  const [a, b] = [left.operand, right.operand];
  if (a instanceof BlockSparse && a.kept.isWhole && !transposed.a && right.leading.length === 0) {
    return matmulBlockSparse(a.compact, a.kept, right);
  }
  const [M, N, K, batch] = [left.rows, right.columns, left.columns, sizeOf(left.leading)];
  // Where neither operand has neighbours along K or N, reading them as they lie is slow but for the smallest.
  const scattered = left.columnStride !== 1 && right.columnStride !== 1;
  const packs = scattered ? M * N * K > SCATTERED_PRODUCTS : isWorthPacking(M, N, K);
  const panels = packs ? packed(right, batch) : undefined;
  const isDense = left.columnStride === 1;
  return new Operand("matmul", [...left.leading, M, N], panels ? [a, b, panels] : [a, b], {
    calls: (out, placement) => {
      const { workspace } = placement;
      if (!panels) return [directCall(left, right, out, workspace, batch)];
      if (isDense) return [panelsCall(a, panels, out, placement, [M, N, K, batch])];
      const dense = view("workspace", workspace, [a.size], TILES, () => null);
      return [transposeCall(a, dense, K, M, batch), panelsCall(dense, panels, out, placement, [M, N, K, batch])];
    },
    workspace: packs ? TILES + (isDense ? 0 : a.size) : roomForDirect(K),
    onColumns: (columns) =>
      columns instanceof BlockSelection && isDense && left.leading.length === 0 && columns.width === N
        ? matmulBlockSparse(a, undefined, right, columns)
        : undefined,
    gradient: (dOut) => [
      transposed.a ? matmul(b, dOut, { a: transposed.b ?? false, b: true }) : matmul(dOut, b, { b: !transposed.b }),
      transposed.b ? matmul(dOut, a, { a: true, b: transposed.a ?? false }) : matmul(a, dOut, { a: !transposed.a }),
    ],
    flops: 2 * batch * M * N * K,
  });
}

function directCall(left: Matrices, right: Matrices, out: Operand, workspace: Operand, batch: number): Call {
  const [M, N, K] = [left.rows, right.columns, left.columns];
  const a = [left.operand, left.rowStride, left.columnStride] as const;
  const b = [right.operand, right.rowStride, right.columnStride] as const;
  if (batch === 1) return call("matmulDirect", ...a, ...b, out, M, N, K, workspace);
  return call("matmulDirectBatch", ...a, M * K, ...b, K * N, out, batch, M, N, K, workspace);
}

function panelsCall(
  a: Operand,
  panels: Operand,
  out: Operand,
  { workspace, panelWidth }: Placement,
  [M, N, K, batch]: readonly [number, number, number, number],
): Call {
  if (batch === 1) return call("matmulPanels", a, K, panels, out, M, N, K, workspace, panelWidth);
  return call("matmulPanelsBatch", a, K, M * K, panels, out, batch, M, N, K, workspace, panelWidth);
}

/** Every matrix [rows, columns] of x becomes [columns, rows]. */
function transposeCall(x: Operand, out: Operand, rows: number, columns: number, batch: number): Call {
  if (batch === 1) return call("transpose", x, out, rows, columns);
  const size = rows * columns;
  return call("copyStrided", x, out, 1, batch, columns, rows, 0, size, 1, columns, 0, size, rows, 1);
}
