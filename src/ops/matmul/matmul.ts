import { ShapeError } from "../../base/errors.ts";
import { Operand, type Placement } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { sameShape, sizeOf } from "../../base/tensor.ts";
import { requireFloat } from "../check.ts";
import { BlockSparse, BlockSelection } from "../dropout/block-selection.ts";
import { matmulBlockSparse } from "./block-sparse.ts";
import { type Matrices, TILES, directWorkspace, isWorthPacking, matricesOf, packed } from "./matrices.ts";
import { smallProduct, smallWeight } from "./small-weight.ts";
import { transpose } from "../shape/permute.ts";
import { broadcast } from "../reduction/reduction.ts";
import { reshape, view } from "../shape/view.ts";
import { commonShape } from "../shape/strided.ts";

/** Most multiplications M N K for which packing does not pay off if neither operand is contiguous along K or N: measured in bench/. */
const SCATTERED_PRODUCTS = 300;

/** Which operands are transposed. */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/**
 * The matrix product of a and b.
 *
 * Shape: a [..., M, K] and b [..., K, N] give [..., M, N]; with `transposed.a` a is [..., K, M], with `transposed.b` b is
 * [..., N, K]. Leading axes are broadcast.
 * @throws ShapeError when K differs or leading axes do not broadcast
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
    // One b for all matrices of a: their rows become the rows of one matrix.
    const rows = reshape(transposed.a ? transpose(a) : a, [sizeOf(left.leading) * left.rows, left.columns]);
    return reshape(matmul(rows, b, { b: transposed.b ?? false }), [...left.leading, left.rows, right.columns]);
  }
  const leading = commonShape("matmul", a, b, left.leading, right.leading);
  const broadcastLeading = (x: Operand): Operand => broadcast(x, [...leading, ...x.shape.slice(-2)]);
  return matmul(broadcastLeading(a), broadcastLeading(b), transposed);
}

/** The matrix product of operands with equal leading axes. */
function product(left: Matrices, right: Matrices, transposed: Transposed): Operand {
  const [a, b] = [left.operand, right.operand];
  if (a instanceof BlockSparse && a.selection.isBlockSparse && !transposed.a && right.leading.length === 0) {
    return matmulBlockSparse(a.compact, a.selection, right);
  }
  const [M, N, K, batch] = [left.rows, right.columns, left.columns, sizeOf(left.leading)];
  const isDense = left.columnStride === 1;
  const small = isDense && right.leading.length === 0 ? smallWeight(M, right) : undefined;
  if (small) return smallProduct(a, [M, N, K], small);
  // If neither operand is contiguous along K or N, unpacked reads are slow except for the smallest products.
  const scattered = left.columnStride !== 1 && right.columnStride !== 1;
  const packs = scattered ? M * N * K > SCATTERED_PRODUCTS : isWorthPacking(M, N, K);
  const panels = packs ? packed(right, batch) : undefined;
  return new Operand("matmul", [...left.leading, M, N], panels ? [a, b, panels] : [a, b], {
    calls: (out, placement) => {
      const { workspace } = placement;
      if (!panels) return [directCall(left, right, out, workspace, batch)];
      if (isDense) return [panelsCall(a, panels, out, placement, [M, N, K, batch])];
      const dense = view("workspace", workspace, [a.size], TILES, () => null);
      return [transposeCall(a, dense, K, M, batch), panelsCall(dense, panels, out, placement, [M, N, K, batch])];
    },
    workspace: packs ? TILES + (isDense ? 0 : a.size) : directWorkspace(K),
    onColumns: (columns) =>
      columns instanceof BlockSelection && isDense && left.leading.length === 0 && columns.width === N
        ? matmulBlockSparse(a, undefined, right, columns)
        : undefined,
    gradient: (dOut) => [
      transposed.a ? matmul(b, dOut, { a: transposed.b ?? false, b: true }) : matmul(dOut, b, { b: !transposed.b }),
      transposed.b ? matmul(dOut, a, { a: true, b: transposed.a ?? false }) : matmul(a, dOut, { a: !transposed.a }),
    ],
    flops: 2 * batch * M * N * K,
    attributes: { transposeA: transposed.a ?? false, transposeB: transposed.b ?? false },
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

/** Transposes every matrix [rows, columns] of x. */
function transposeCall(x: Operand, out: Operand, rows: number, columns: number, batch: number): Call {
  if (batch === 1) return call("transpose", x, out, rows, columns);
  const size = rows * columns;
  return call("copyStrided", x, out, 1, batch, columns, rows, 0, size, 1, columns, 0, size, rows, 1);
}
