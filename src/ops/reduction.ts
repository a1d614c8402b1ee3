import { Operand } from "../graph/operand.ts";
import { call } from "../runtime/call.ts";
import { type Shape, sizeOf } from "../tensor.ts";
import { frontAxis, matrixExtents, requireFloat } from "./check.ts";
import { reshape } from "./shape.ts";

/** The sum of all elements, or along the first or the last axis, which then is gone. */
export function sum(x: Operand, axis?: number): Operand {
  return reduce("sum", x, axis, () => 1);
}

/** The mean of all elements, or along the first or the last axis, which then is gone. */
export function mean(x: Operand, axis?: number): Operand {
  return reduce("mean", x, axis, (count) => 1 / count);
}

/** x [rows, columns] summed over its rows gives [columns]. */
export function sumRows(x: Operand, factor = 1): Operand {
  requireFloat("sumRows", "x", x);
  const [rows, columns] = matrixExtents("sumRows", x);
  return new Operand("sumRows", [columns], [x], {
    calls: (out) => [call("sumRows", x, out, factor, rows, columns)],
    gradient: (dOut) => [expandRows(dOut, rows, factor)],
    flops: x.size,
  });
}

/** x [rows, columns] summed over its columns gives [rows]. */
export function sumColumns(x: Operand, factor = 1): Operand {
  requireFloat("sumColumns", "x", x);
  const [rows, columns] = matrixExtents("sumColumns", x);
  return new Operand("sumColumns", [rows], [x], {
    calls: (out) => [call("sumColumns", x, out, factor, rows, columns)],
    gradient: (dOut) => [expandColumns(dOut, columns, factor)],
    flops: x.size,
  });
}

/** A shape full of one number that is known beforehand. */
export function filled(shape: Shape, value: number): Operand {
  return new Operand("fill", shape, [], { calls: (out) => [call("fill", out, value, out.size)], flops: 0 });
}

function reduce(
  name: "sum" | "mean",
  x: Operand,
  axis: number | undefined,
  factorFor: (count: number) => number,
): Operand {
  requireFloat(name, "x", x);
  if (axis === undefined) return sumAll(name, x, factorFor(x.size));
  const front = frontAxis(name, x, axis);
  const extent = x.shape[front] ?? 1;
  const rest = x.shape.filter((_, each) => each !== front);
  if (front === 0) return reshape(sumRows(reshape(x, [extent, sizeOf(rest)]), factorFor(extent)), rest);
  if (front === x.shape.length - 1)
    return reshape(sumColumns(reshape(x, [sizeOf(rest), extent]), factorFor(extent)), rest);
  throw new RangeError(`${name}: axis must be the first or the last; got ${axis} for ${x}`);
}

function sumAll(name: string, x: Operand, factor: number): Operand {
  return new Operand(name, [], [x], {
    calls: (out) => [call("sum", x, out, factor, x.size)],
    gradient: (dOut) => [expand(dOut, x.shape, factor)],
    flops: x.size,
  });
}

/** A shape full of factor times the one number in `scalar`. */
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
