import { Tensor, sizeOf } from "../../../base/tensor.ts";
import type { Operand } from "../../../graph/operand.ts";
import { affine } from "../../../ops/elementwise/arithmetic.ts";
import { equal, logicalOr } from "../../../ops/elementwise/comparison.ts";
import { cast } from "../../../ops/elementwise/rounding.ts";
import { where } from "../../../ops/elementwise/where.ts";
import { gather as gatherOf, indexSelect } from "../../../ops/gather.ts";
import { constant } from "../../../ops/constant.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { reshaped, taken, upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";

/** Slices of x; known indices may count from the end. */
const gather: Operator = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const axis = node.axis(node.int("axis", 0), x.shape.length);
  const extent = x.shape[axis] ?? 1;
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  if (indices.numbers) {
    const flat = Array.from(indices.numbers, (each) => (each < 0 ? each + extent : each));
    return reshaped(node.where, taken(node.where, x, axis, flat), shape);
  }
  const rows = indexSelect(x.operand, reshape(indexOperand(node, indices), [indices.size]), axis);
  return Value.of(reshape(rows, shape), x.type);
};

function indexOperand(node: Node, indices: Value): Operand {
  return indices.type === "integer" ? indices.operand : node.refuse("indices must be integers", indices.type);
}

const gatherElements: Operator = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const axis = node.axis(node.int("axis", 0), x.shape.length);
  const extent = x.shape[axis] ?? 1;
  const front = indices.numbers?.map((each) => (each < 0 ? each + extent : each));
  const ids = front ? Value.known("integer", indices.shape, front) : indices;
  return Value.of(gatherOf(x.operand, indexOperand(node, ids), axis), x.type);
};

/** Along a new axis, the second of `values` at the index and the first elsewhere. */
const oneHot: Operator = (node) => {
  const indices = node.input(0);
  const depth = node.number(1, 0);
  if (!Number.isInteger(depth) || depth < 1 || depth > 2 ** 24)
    return node.refuse("depth must be a whole number of at least 1", depth);
  const values = node.input(2);
  const rank = indices.shape.length + 1;
  const axis = node.axis(node.int("axis", -1), rank);
  const [off = 0, on = 1] = node.numbers(2);
  const column = indices.shape.toSpliced(axis, 0, 1);
  const classes = upTo(rank).map((each) => (each === axis ? depth : 1));
  const table = reshape(indices.type === "integer" ? indices.operand : cast(indices.operand, "int32"), column);
  const hotAt = (ids: Int32Array): Operand => equal(table, constant(new Tensor(classes, "int32", ids)));
  const ids = Int32Array.from(upTo(depth));
  // An index below 0 counts from the end.
  const isHot = logicalOr(hotAt(ids), hotAt(ids.map((id) => id - depth)));
  return Value.of(cast(affine(isHot, on - off, off), values.type === "integer" ? "int32" : "float32"), values.type);
};

/** x above or below a diagonal, 0 elsewhere. */
const triangle: Operator = (node) => {
  const x = node.input(0);
  const k = node.number(1, 0);
  const isUpper = node.int("upper", 1) !== 0;
  const [rows = 0, columns = 0] = x.shape.slice(-2);
  if (x.shape.length < 2 || rows * columns > 2 ** 24) return node.shapeError("x must be matrices", x.shape);
  const isKept = (i: number, j: number): boolean => (isUpper ? j - i >= k : j - i <= k);
  const mask = new Float32Array(rows * columns);
  for (let i = 0; i < mask.length; i++) mask[i] = Number(isKept(Math.floor(i / columns), i % columns));
  if (x.numbers) {
    const kept = x.numbers.map((each, i) => (mask[i % mask.length] === 1 ? each : 0));
    return Value.known(x.type, x.shape, kept);
  }
  const condition = constant(new Tensor([rows, columns], "float32", mask));
  return Value.of(where(condition, x.operand, 0), x.type);
};

/** Slices by tuples of indices along the last axis: as one gather over the axes that they name. */
const gatherND: Operator = (node) => {
  const x = node.input(0);
  const indices = node.input(1);
  const depth = indices.shape.at(-1) ?? 0;
  const batch = node.int("batch_dims", 0);
  const numbers = node.numbers(1);
  if (batch < 0 || depth < 1 || batch + depth > x.shape.length || indices.shape.length <= batch) {
    return node.refuse(`the last axis and batch_dims must name axes of ${String(x)}`, [depth, batch]);
  }
  const named = x.shape.slice(batch, batch + depth);
  const perBatch = sizeOf(indices.shape.slice(batch, -1));
  const flat = upTo(indices.size / depth).map((row) =>
    named.reduce(
      (sum, extent, axis) => {
        const index = numbers[row * depth + axis] ?? 0;
        return sum * extent + (index < 0 ? index + extent : index);
      },
      Math.floor(row / perBatch),
    ),
  );
  const rest = x.shape.slice(batch + depth);
  const table = reshaped(node.where, x, [sizeOf(x.shape.slice(0, batch + depth)), ...rest]);
  return reshaped(node.where, taken(node.where, table, 0, flat), [...indices.shape.slice(0, -1), ...rest]);
};

export const gatherOperators: Operators = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  OneHot: oneHot,
  Trilu: triangle,
};
