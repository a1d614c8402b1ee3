import { ShapeError, shown } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import type { Range } from "../graph/range.ts";
import { type Shape, Tensor, printShape, sizeOf } from "../base/tensor.ts";

/** The range of predictions that binary cross-entropy accepts; outside it the loss is NaN, as in PyTorch. */
export function probabilities(where: string): Range {
  return { where, what: "predictions", low: 0, high: 1, advice: "add a sigmoid, or use bceWithLogitsLoss" };
}

/** @throws TypeError when x is not an operand */
export function requireOperand(where: string, name: string, x: unknown): void {
  if (x instanceof Operand) return;
  if (x instanceof Tensor) {
    throw new TypeError(`${where}: ${name} must be an operand, as ops.constant(tensor) gives; got a tensor ${x}`);
  }
  throw new TypeError(`${where}: ${name} must be an operand; got ${shownKind(x)}`);
}

/** @throws TypeError when x is not a float32 operand */
export function requireFloat(where: string, name: string, x: Operand): void {
  requireOperand(where, name, x);
  if (x.dtype === "float32") return;
  throw new TypeError(`${where}: ${name} must be float32; got int32 ${x}`);
}

/** @throws TypeError when x is not an int32 operand */
export function requireInteger(where: string, name: string, x: Operand): void {
  requireOperand(where, name, x);
  if (x.dtype === "int32") return;
  throw new TypeError(
    `${where}: ${name} must be int32, as tensor(values, shape, "int32") or an input { shape, dtype: "int32" } gives; got float32 ${x}`,
  );
}

/** @throws TypeError when `value` is not a number or is NaN; infinities pass */
export function requireNumber(where: string, name: string, value: unknown): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw new TypeError(`${where}: ${name} must be a number; got ${shownKind(value)}`);
}

/** @throws TypeError when `shape` is not an array of whole numbers of at least `low` */
export function requireShape(where: string, name: string, shape: unknown, low = 0): asserts shape is Shape {
  const isShape = Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= low);
  if (isShape) return;
  throw new TypeError(
    `${where}: ${name} must be an array of whole numbers of at least ${low}; got ${shownKind(shape)}`,
  );
}

/** A value of the wrong type, printed for an error. */
export function shownKind(value: unknown): string {
  return value instanceof Tensor ? `a tensor ${value}` : shown(value);
}

/**
 * The extents of a matrix.
 * @throws ShapeError when x has not two axes
 */
export function matrixExtents(where: string, x: Operand): readonly [number, number] {
  const [rows, columns] = x.shape;
  if (rows === undefined || columns === undefined || x.shape.length > 2) {
    throw new ShapeError(`${where}: the operand must have two axes; got ${x}`);
  }
  return [rows, columns];
}

/**
 * The extents of x read as a matrix whose columns are its last axis.
 * @throws ShapeError when x has no axis
 */
export function rowsAndColumns(where: string, x: Operand): readonly [number, number] {
  const columns = x.shape.at(-1);
  if (columns === undefined) throw new ShapeError(`${where}: the operand must have an axis; got ${x}`);
  return [columns === 0 ? 0 : x.size / columns, columns];
}

/**
 * An axis of x, counted from the front; -1 is the last.
 * @throws RangeError when x has no such axis
 */
export function frontAxis(where: string, x: Operand, axis: number): number {
  requireOperand(where, "x", x);
  const isWhole = Number.isInteger(axis);
  const front = isWhole && axis < 0 ? axis + x.shape.length : axis;
  if (isWhole && front >= 0 && front < x.shape.length) return front;
  throw new RangeError(
    `${where}: axis must be from ${-x.shape.length} to ${x.shape.length - 1}; got ${shownKind(axis)} for ${x}`,
  );
}

/**
 * Axes of x, counted from the front; -1 is the last.
 * @throws RangeError when x has no such axis, an axis is named twice, or none is named
 */
export function frontAxes(where: string, x: Operand, axes: readonly number[]): number[] {
  requireOperand(where, "x", x);
  if (!Array.isArray(axes)) throw new TypeError(`${where}: axes must be an array; got ${shownKind(axes)}`);
  const fronts = axes.map((axis) => frontAxis(where, x, axis));
  if (new Set(fronts).size === fronts.length && fronts.length > 0) return fronts;
  throw new RangeError(`${where}: axes must be different ones, and one at least; got ${printShape(axes)} for ${x}`);
}

/** The shape of x after a reduction over `reducedAxes`: without them, or, by `keepDims`, with extent 1 for each. */
export function reducedShape(x: Operand, reducedAxes: readonly number[], keepDims = false): Shape {
  return x.shape
    .map((extent, axis) => (reducedAxes.includes(axis) ? 1 : extent))
    .filter((_, axis) => keepDims || !reducedAxes.includes(axis));
}

/** Elements in 4 GB, the address space of kernels. */
const MOST_ELEMENTS = 2 ** 30;

/**
 * Called before anything of the size of the result is allocated.
 * @throws RangeError when a result of this shape exceeds the address space of kernels
 */
export function requireAddressable(where: string, shape: Shape): void {
  if (sizeOf(shape) <= MOST_ELEMENTS) return;
  throw new RangeError(
    `${where}: the result must have at most 2^30 elements, the 4 GB that kernels reach; got ${printShape(shape)}`,
  );
}
