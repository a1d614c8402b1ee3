import type { Operand } from "../../../graph/operand.ts";
import { abs, add, affine, exp, log, multiply, sqrt, square, subtract } from "../../../ops/elementwise/arithmetic.ts";
import { cast } from "../../../ops/elementwise/rounding.ts";
import { matmul } from "../../../ops/matmul/matmul.ts";
import { argMax, argMin, max, min } from "../../../ops/reduction/extremes.ts";
import { filled, mean, sum } from "../../../ops/reduction/reduction.ts";
import { moveAxis } from "../../../ops/shape/permute.ts";
import { concatenate, slice } from "../../../ops/shape/slice.ts";
import { constant } from "../../../ops/constant.ts";
import { Tensor } from "../../../base/tensor.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { taken, upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";

type Reduction = (x: Operand, axes: readonly number[]) => Operand;

/** Axes are an attribute, and since `inputSince` an input. `apply` keeps reduced axes, with extent 1. */
function reduction(apply: Reduction, inputSince = 18, fold?: (a: number, b: number) => number): Operator {
  return (node) => {
    const x = node.input(0);
    const rank = x.shape.length;
    const keeps = keepsAxes(node);
    const given = (node.opset < inputSince ? node.optionalInts("axes") : node.optionalNumbers(1)) ?? [];
    if (given.length === 0 && node.int("noop_with_empty_axes", 0) !== 0) return x;
    const axes = node.axes(given.length === 0 ? upTo(rank) : given, rank);
    const shape = x.shape.flatMap((extent, axis) => (axes.includes(axis) ? (keeps ? [1] : []) : [extent]));
    if (x.numbers && fold && axes.length === rank && x.numbers.length > 0) {
      return Value.known(x.type, shape, x.numbers.slice(0, 1).fill(Array.from(x.numbers).reduce((a, b) => fold(a, b))));
    }
    return Value.of(reshape(axes.length === 0 ? node.float(x) : apply(node.float(x), axes), shape));
  };
}

function keepsAxes(node: Node): boolean {
  return node.int("keepdims", 1) !== 0;
}

const keepDims = true;
const sumOf: Reduction = (x, axes) => sum(x, axes, { keepDims });

function logSumExp(x: Operand, axes: readonly number[]): Operand {
  const most = max(x, axes, { keepDims });
  return add(most, log(sumOf(exp(subtract(x, most)), axes)));
}

/** The product along axes, by halves. */
function product(x: Operand, axes: readonly number[]): Operand {
  return axes.reduce((part, axis) => {
    let rest = part;
    for (let extent = rest.shape[axis] ?? 1; extent > 1; extent = rest.shape[axis] ?? 1) {
      const half = Math.ceil(extent / 2);
      const second = slice(rest, axis, half, extent);
      const ones = filled(rest.shape.with(axis, 2 * half - extent), 1);
      rest = multiply(slice(rest, axis, 0, half), extent % 2 === 0 ? second : concatenate([second, ones], axis));
    }
    return rest;
  }, x);
}

/** The index along one axis; of the last of equal ones, that in the reversed order is subtracted. */
function indexOf(apply: typeof argMax): Operator {
  return (node) => {
    const x = node.input(0);
    const axis = node.axis(node.int("axis", 0), x.shape.length);
    const options = { keepDims: keepsAxes(node) };
    if (node.int("select_last_index", 0) === 0) return Value.of(apply(node.float(x), axis, options));
    const extent = x.shape[axis] ?? 1;
    const backwards = taken(node.where, x, axis, upTo(extent).toReversed());
    const index = apply(node.float(backwards), axis, options);
    return Value.of(cast(affine(cast(index, "float32"), -1, extent - 1), "int32"));
  };
}

/** Sums of all elements up to each one, as a product with a triangle of ones. */
const cumulativeSum: Operator = (node) => {
  const x = node.input(0);
  const axis = node.axis(node.number(1, 0), x.shape.length);
  const extent = x.shape[axis] ?? 1;
  if (extent > 4096) return node.shapeError("the axis must have at most 4096 elements", x.shape);
  const [isReverse, isExclusive] = [node.int("reverse", 0) !== 0, node.int("exclusive", 0) !== 0];
  const isCounted = (from: number, to: number): boolean =>
    (isReverse ? from > to : from < to) || (from === to && !isExclusive);
  const ones = new Float32Array(extent * extent);
  for (let i = 0; i < ones.length; i++) ones[i] = Number(isCounted(Math.floor(i / extent), i % extent));
  const last = x.shape.length - 1;
  const rows = moveAxis(node.float(x), axis, last);
  const matrix = reshape(rows, [rows.size / Math.max(1, extent), extent]);
  const sums = matmul(matrix, constant(new Tensor([extent, extent], "float32", ones)));
  return Value.of(moveAxis(reshape(sums, rows.shape), last, axis));
};

export const reductionOperators: Operators = {
  ReduceSum: reduction(sumOf, 13, (a, b) => a + b),
  ReduceMean: reduction((x, axes) => mean(x, axes, { keepDims })),
  ReduceMax: reduction((x, axes) => max(x, axes, { keepDims }), 18, Math.max),
  ReduceMin: reduction((x, axes) => min(x, axes, { keepDims }), 18, Math.min),
  ReduceProd: reduction(product, 18, (a, b) => a * b),
  ReduceL1: reduction((x, axes) => sumOf(abs(x), axes)),
  ReduceL2: reduction((x, axes) => sqrt(sumOf(square(x), axes))),
  ReduceSumSquare: reduction((x, axes) => sumOf(square(x), axes)),
  ReduceLogSum: reduction((x, axes) => log(sumOf(x, axes))),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMax: indexOf(argMax),
  ArgMin: indexOf(argMin),
  CumSum: cumulativeSum,
};
