import { ShapeError } from "../errors.ts";
import { Operand } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { matrixExtents, requireFloat } from "./check.ts";
import { view } from "./shape.ts";

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
  const aStrides = transposed.a ? ([1, aColumns] as const) : ([aColumns, 1] as const);
  const bStrides = transposed.b ? ([1, bColumns] as const) : ([bColumns, 1] as const);
  return new Operand("matmul", [M, N], [a, b], {
    calls: (out, { workspace }) => [call("matmulReference", a, ...aStrides, b, ...bStrides, out, M, N, K)],
    gradient: (dOut) => [
      transposed.a ? matmul(b, dOut, { a: transposed.b ?? false, b: true }) : matmul(dOut, b, { b: !transposed.b }),
      transposed.b ? matmul(dOut, a, { a: true, b: transposed.a ?? false }) : matmul(a, dOut, { a: !transposed.a }),
    ],
    flops: 2 * M * N * K,
  });
}
