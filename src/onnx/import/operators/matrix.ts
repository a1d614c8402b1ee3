import { ShapeError } from "../../../base/errors.ts";
import { add, affine } from "../../../ops/elementwise/arithmetic.ts";
import { matmul } from "../../../ops/matmul/matmul.ts";
import { reshape } from "../../../ops/shape/view.ts";
import type { Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";

/** alpha A B + beta C. */
const gemm: Operator = (node) => {
  const [a, b, c] = [node.operand(0), node.operand(1), node.optionalOperand(2)];
  const [alpha, beta] = [node.real("alpha", 1), node.real("beta", 1)];
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw new ShapeError(`${node.where}: both inputs must be matrices; got ${a} and ${b}`);
  }
  const product = matmul(a, b, { a: node.int("transA", 0) !== 0, b: node.int("transB", 0) !== 0 });
  const scaled = alpha === 1 ? product : affine(product, alpha, 0);
  if (!c || beta === 0) return Value.of(scaled);
  const sum = add(scaled, beta === 1 ? c : affine(c, beta, 0));
  if (sum.size === scaled.size) return Value.of(sum);
  throw new ShapeError(`${node.where}: input 2 must broadcast to ${scaled}; got ${c}`);
};

/** The product of matrices; a vector is a row on the left and a column on the right. */
const product: Operator = (node) => {
  const [a, b] = [node.operand(0), node.operand(1)];
  const [isRow, isColumn] = [a.shape.length === 1, b.shape.length === 1];
  const left = isRow ? reshape(a, [1, a.size]) : a;
  const right = isColumn ? reshape(b, [b.size, 1]) : b;
  const out = matmul(left, right);
  const shape = out.shape.toSpliced(isRow ? -2 : out.shape.length, isRow ? 1 : 0);
  return Value.of(reshape(out, isColumn ? shape.slice(0, -1) : shape));
};

export const matrixOperators: Operators = { Gemm: gemm, MatMul: product };
