import { ShapeError } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import { type Shape, printShape, sizeOf } from "../tensor.ts";

export function requireFloat(where: string, name: string, x: Operand): void {
  if (x.dtype === "float32") return;
  throw new TypeError(`${where}: ${name} must be float32; got int32 ${x}`);
}

export function requireInteger(where: string, name: string, x: Operand): void {
  if (x.dtype === "int32") return;
  throw new TypeError(`${where}: ${name} must be int32, as tensor(values, shape, "int32") gives; got float32 ${x}`);
}

/** The extents of a matrix. */
export function matrixExtents(where: string, x: Operand): readonly [number, number] {
  const [rows, columns] = x.shape;
  if (rows === undefined || columns === undefined || x.shape.length > 2) {
    throw new ShapeError(`${where}: the operand must have two axes; got ${x}`);
  }
  return [rows, columns];
}

/** The extents of x read as a matrix whose columns are its last axis. */
export function rowsAndColumns(where: string, x: Operand): readonly [number, number] {
  const columns = x.shape.at(-1);
  if (columns === undefined) throw new ShapeError(`${where}: the operand must have an axis; got ${x}`);
  return [columns === 0 ? 0 : x.size / columns, columns];
}

/** An axis counted from the front; -1 is the last. */
export function frontAxis(where: string, x: Operand, axis: number): number {
  const front = axis < 0 ? axis + x.shape.length : axis;
  if (Number.isInteger(front) && front >= 0 && front < x.shape.length) return front;
  throw new RangeError(`${where}: axis must be from ${-x.shape.length} to ${x.shape.length - 1}; got ${axis} for ${x}`);
}

/** Different axes, counted from the front. */
export function frontAxes(where: string, x: Operand, axes: readonly number[]): number[] {
  const fronts = axes.map((axis) => frontAxis(where, x, axis));
  if (new Set(fronts).size === fronts.length && fronts.length > 0) return fronts;
  throw new RangeError(`${where}: axes must be different ones, and one at least; got ${printShape(axes)} for ${x}`);
}

/** Elements that 4 GB hold, all that kernels reach. */
const MOST_ELEMENTS = 2 ** 30;

/** Refuses a result that no memory holds, before anything as large is made for it. */
export function requireRoom(where: string, shape: Shape): void {
  if (sizeOf(shape) <= MOST_ELEMENTS) return;
  throw new RangeError(
    `${where}: the result must have at most 2^30 elements, the 4 GB that kernels reach; got ${printShape(shape)}`,
  );
}
