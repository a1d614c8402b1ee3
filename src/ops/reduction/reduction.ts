import { roomForTotals } from "#kernels/contract";
import { ShapeError } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { Operand } from "../../graph/operand.ts";
import { call } from "../../graph/call.ts";
import { type Shape, printShape, sameShape, sizeOf } from "../../base/tensor.ts";
import {
  frontAxes,
  matrixExtents,
  reducedShape,
  requireFloat,
  requireNumber,
  requireOperand,
  requireShape,
} from "../check.ts";
import { reshape } from "../shape/view.ts";
import { broadcastStrides, copyCalls, offsetsOf } from "../shape/strided.ts";

export interface ReductionOptions {
  /** Whether reduced axes remain, with extent 1. Default: false. */
  readonly keepDims?: boolean;
}

/**
 * The sum of all elements, or along one or more axes.
 * @param axes from -rank to rank - 1; -1 is the last. Default: all.
 * @throws RangeError when an axis is not one of x
 */
export function sum(x: Operand, axes?: number | readonly number[], options: ReductionOptions = {}): Operand {
  return reduce("sum", x, axes, options, () => 1);
}

/**
 * The mean of all elements, or along one or more axes.
 * @param axes from -rank to rank - 1; -1 is the last. Default: all.
 * @throws RangeError when an axis is not one of x
 */
export function mean(x: Operand, axes?: number | readonly number[], options: ReductionOptions = {}): Operand {
  return reduce("mean", x, axes, options, (count) => 1 / count);
}

/**
 * x repeated along its axes of extent 1, and along new axes in front, to `shape`.
 * @throws ShapeError when an extent of x is neither 1 nor that of `shape`
 */
export function broadcast(x: Operand, shape: Shape): Operand {
  requireOperand("broadcast", "x", x);
  requireShape("broadcast", "the shape", shape);
  if (sameShape(x.shape, shape)) return x;
  const front = shape.length - x.shape.length;
  if (front < 0 || x.shape.some((extent, axis) => extent !== 1 && extent !== shape[axis + front])) {
    throw new ShapeError(`broadcast: extents must be 1 or those of ${printShape(shape)} from the last on; got ${x}`);
  }
  if (x.size === sizeOf(shape)) return reshape(x, shape);
  return new Operand(
    "broadcast",
    shape,
    [x],
    {
      calls: (out) => copyCalls(x, out, shape, broadcastStrides(x.shape, shape)),
      gradient: (dOut) => [sumTo(dOut, x.shape)],
      origins: (elements) => [[x, offsetsOf(shape, broadcastStrides(x.shape, shape), elements)]],
      flops: 0,
    },
    x.dtype,
  );
}

/** x summed to `shape`: the gradient of `broadcast`. @internal */
export function sumTo(x: Operand, shape: Shape): Operand {
  requireFloat("sumTo", "x", x);
  requireShape("sumTo", "the shape", shape);
  const front = x.shape.length - shape.length;
  const repeated = x.shape.map((_, axis) => axis).filter((axis) => x.shape[axis] !== (shape[axis - front] ?? 1));
  return reshape(repeated.length === 0 ? x : sum(x, repeated), shape);
}

/** x [rows, columns] summed over its rows gives [columns]. @internal */
export function sumRows(x: Operand, factor = 1): Operand {
  requireFloat("sumRows", "x", x);
  const [rows, columns] = matrixExtents("sumRows", x);
  return new Operand("sumRows", [columns], [x], {
    calls: (out, { workspace }) => [call("sumRows", x, out, workspace, factor, rows, columns)],
    workspace: roomForTotals(rows, columns),
    gradient: (dOut) => [expandRows(dOut, rows, factor)],
    flops: x.size,
    attributes: { factor },
  });
}

/** x [rows, columns] summed over its columns gives [rows]. @internal */
export function sumColumns(x: Operand, factor = 1): Operand {
  requireFloat("sumColumns", "x", x);
  const [rows, columns] = matrixExtents("sumColumns", x);
  return new Operand("sumColumns", [rows], [x], {
    calls: (out) => [call("sumColumns", x, out, factor, rows, columns)],
    gradient: (dOut) => [expandColumns(dOut, columns, factor)],
    flops: x.size,
    attributes: { factor },
  });
}

/** A float32 operand whose elements are all `value`. */
export function filled(shape: Shape, value: number): Operand {
  requireShape("filled", "the shape", shape);
  requireNumber("filled", "value", value);
  return new Operand("fill", shape, [], {
    calls: (out) => [call("fill", out, value, out.size)],
    flops: 0,
    attributes: { value },
  });
}

function reduce(
  name: "sum" | "mean",
  x: Operand,
  axes: number | readonly number[] | undefined,
  options: ReductionOptions,
  factorFor: (count: number) => number,
): Operand {
  requireFloat(name, "x", x);
  const { keepDims } = withDefaults(name, options, { keepDims: false });
  const every = x.shape.map((_, axis) => axis);
  const reduced = axes === undefined ? every : frontAxes(name, x, typeof axes === "number" ? [axes] : axes);
  const shape = reducedShape(x, reduced, keepDims);
  const factor = factorFor(reduced.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1));
  return reshape(sumOver(name, x, reduced, factor), shape);
}

/** factor * the sum along `axes`; its elements are in order, its shape is any. */
function sumOver(name: string, x: Operand, axes: readonly number[], factor: number): Operand {
  // Neighbouring axes that are all reduced, or all not, are merged.
  const groups: { extent: number; isReduced: boolean }[] = [];
  x.shape.forEach((extent, axis) => {
    const [isReduced, last] = [axes.includes(axis), groups.at(-1)];
    if (extent === 1) return;
    if (last?.isReduced === isReduced) last.extent *= extent;
    else groups.push({ extent, isReduced });
  });
  const first = groups.findIndex(({ isReduced }) => isReduced);
  let result = x;
  let inner = 1;
  for (let i = groups.length - 1; i >= 0; i--) {
    const { extent, isReduced } = groups[i] ?? { extent: 1, isReduced: false };
    const outer = groups.slice(0, i).reduce((product, group) => product * group.extent, 1);
    if (isReduced) result = sumMiddle(name, reshape(result, [outer, extent, inner]), i === first ? factor : 1);
    else inner *= extent;
  }
  return result;
}

/** factor * x [outer, rows, columns] summed over its rows: [outer, columns], or, with one of these 1, as many elements. */
function sumMiddle(name: string, x: Operand, factor: number): Operand {
  const [outer = 1, rows = 1, columns = 1] = x.shape;
  if (outer === 1 && columns === 1) return sumAll(name, x, factor);
  if (outer === 1) return sumRows(reshape(x, [rows, columns]), factor);
  if (columns === 1) return sumColumns(reshape(x, [outer, rows]), factor);
  return new Operand("sumMiddle", [outer, columns], [x], {
    calls: (out, { workspace }) => [call("sumMiddle", x, out, workspace, factor, outer, rows, columns)],
    workspace: roomForTotals(rows, outer * columns),
    gradient: (dOut) => [broadcast(reshape(factor === 1 ? dOut : scaled(dOut, factor), [outer, 1, columns]), x.shape)],
    flops: x.size,
    attributes: { factor },
  });
}

/** x * factor as one row. */
function scaled(x: Operand, factor: number): Operand {
  return expandRows(reshape(x, [x.size]), 1, factor);
}

function sumAll(name: string, x: Operand, factor: number): Operand {
  return new Operand(name, [], [x], {
    calls: (out) => [call("sum", x, out, factor, x.size)],
    gradient: (dOut) => [expand(dOut, x.shape, factor)],
    flops: x.size,
    attributes: { factor },
  });
}

/** factor * `scalar`, which has one element, broadcast to `shape`. */
function expand(scalar: Operand, shape: Shape, factor: number): Operand {
  return new Operand("expand", shape, [scalar], {
    calls: (out) => [call("expand", scalar, out, factor, out.size)],
    gradient: (dOut) => [reshape(sumAll("sum", dOut, factor), scalar.shape)],
  });
}

function expandRows(row: Operand, rows: number, factor: number): Operand {
  return new Operand("expandRows", [rows, row.size], [row], {
    calls: (out) => [call("expandRows", row, out, factor, rows, row.size)],
    gradient: (dOut) => [sumRows(dOut, factor)],
  });
}

function expandColumns(column: Operand, columns: number, factor: number): Operand {
  return new Operand("expandColumns", [column.size, columns], [column], {
    calls: (out) => [call("expandColumns", column, out, factor, column.size, columns)],
    gradient: (dOut) => [sumColumns(dOut, factor)],
  });
}
