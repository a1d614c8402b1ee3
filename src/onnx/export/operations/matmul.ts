import type { Operand } from "../../../graph/operand.ts";
import { unshaped } from "../../../ops/shape/view.ts";
import { inputOf, isSet } from "../attributes.ts";
import type { Graph, Value } from "../graph.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import type { Translations } from "./translation.ts";

/** The product of two matrices, plus a row if there is one. */
function gemm(product: Operand, row: Value | undefined, graph: Graph): Value {
  const inputs = [graph.input(product), graph.input(product, 1), ...(row ? [row] : [])];
  return graph.node("Gemm", inputs, {
    ...(isSet(product, "transposeA") && { transA: 1 }),
    ...(isSet(product, "transposeB") && { transB: 1 }),
  });
}

/** A product of matrices; Gemm if one of them is transposed. */
function matmul(out: Operand, graph: Graph): Value {
  const isTransposed = isSet(out, "transposeA") || isSet(out, "transposeB");
  if (out.shape.length === 2 && isTransposed) return gemm(out, undefined, graph);
  const factor = (i: number, name: string): Value => {
    const x = inputOf(out, i);
    if (!isSet(out, name)) return graph.of(x);
    const axes = x.shape.map((_, axis) => axis);
    return graph.node("Transpose", [graph.of(x)], { perm: [...axes.slice(0, -2), ...axes.slice(-2).toReversed()] });
  };
  return graph.node("MatMul", [factor(0, "transposeA"), factor(1, "transposeB")]);
}

/** A sum; one Gemm if it adds a row to a product of matrices. The product alone is dropped if nobody else reads it. */
function add(out: Operand, graph: Graph): Value | undefined {
  const [sum, row] = [inputOf(out, 0), inputOf(out, 1)];
  const product = unshaped(sum);
  const [, columns] = product.shape;
  const isRow = row.shape.length === 1 && row.size === columns && sum.shape.at(-1) === columns;
  const isProduct = product.operation === "matmul" && product.shape.length === 2;
  if (!isRow || !isProduct) return ELEMENTWISE["add"]?.(out, graph);
  graph.set(out, gemm(product, graph.of(row), graph), product.shape);
  return undefined;
}

export const MATMUL: Translations = { add, matmul };
