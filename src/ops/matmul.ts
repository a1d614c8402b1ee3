import { ShapeError } from "../errors.ts";
import { Operand } from "../graph/operand.ts";
import { panelWidth } from "../runtime/backend.ts";
import { call } from "../runtime/call.ts";
import { MOST_THREADS } from "../runtime/settings.ts";
import { matrixExtents, requireFloat } from "./check.ts";
import { view } from "./shape.ts";

// What the kernels ask for in floats: assembly/matmul.ts says it.
const WIDEST_PANEL = 16;
const TILES = 96 * MOST_THREADS;

/** Products of so few rows, or so small, are not worth packing: measured in bench/. */
const DIRECT_ROWS = 4;
const DIRECT_PRODUCTS = 2048;
const SCATTERED_PRODUCTS = 300;

/** Which operands are read with rows and columns swapped. */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/** a [M, K] times b [K, N] gives [M, N]; an operand named in `transposed` is given as [K, M] or [N, K]. */
export function matmul(a: Operand, b: Operand, transposed: Transposed = {}): Operand {
  requireFloat("matmul", "a", a);
  requireFloat("matmul", "b", b);
  const [aRows, aColumns] = matrixExtents("matmul", a);
  const [bRows, bColumns] = matrixExtents("matmul", b);
  const [M, K] = transposed.a ? [aColumns, aRows] : [aRows, aColumns];
  const [bInner, N] = transposed.b ? [bColumns, bRows] : [bRows, bColumns];
  if (K !== bInner) {
    throw new ShapeError(`matmul: inner sizes must agree; got ${K} from ${a} and ${bInner} from ${b}`);
  }
  const [aRow, aColumn] = transposed.a ? [1, aColumns] : [aColumns, 1];
  const [bRow, bColumn] = transposed.b ? [1, bColumns] : [bColumns, 1];
  // Where neither operand has neighbours along K or N, reading them as they lie is slow but for the smallest.
  const scattered = aColumn !== 1 && bColumn !== 1;
  const packs = scattered ? M * N * K > SCATTERED_PRODUCTS : M > DIRECT_ROWS && M * N * K > DIRECT_PRODUCTS;
  const panels = packs ? packed(b, bRow, bColumn, K, N) : undefined;
  const rows = aColumn === 1 ? 0 : M * K;
  return new Operand("matmul", [M, N], panels ? [a, b, panels] : [a, b], {
    calls: (out, { workspace }) => {
      if (!panels) return [call("matmulDirect", a, aRow, aColumn, b, bRow, bColumn, out, M, N, K)];
      const dense = aColumn === 1 ? a : view("workspace", workspace, [rows], TILES, () => null);
      return [
        ...(aColumn === 1 ? [] : [call("transpose", a, dense, K, M)]),
        call("matmulPanels", dense, K, panels, out, M, N, K, workspace, panelWidth()),
      ];
    },
    workspace: packs ? TILES + rows : 0,
    gradient: (dOut) => [
      transposed.a ? matmul(b, dOut, { a: transposed.b ?? false, b: true }) : matmul(dOut, b, { b: !transposed.b }),
      transposed.b ? matmul(dOut, a, { a: true, b: transposed.a ?? false }) : matmul(a, dOut, { a: !transposed.a }),
    ],
    flops: 2 * M * N * K,
  });
}

/** b [K, N] in panels: an operand of its own, so that weights which stay as they are stay packed. */
function packed(b: Operand, bRow: number, bColumn: number, K: number, N: number): Operand {
  return new Operand("packPanels", [WIDEST_PANEL * Math.ceil(N / WIDEST_PANEL) * K], [b], {
    calls: (out) => [call("packPanels", b, bRow, bColumn, out, K, N, panelWidth())],
    flops: 0,
    // Wide enough for any panels: narrow ones leave the end as it was.
    opaque: true,
  });
}
