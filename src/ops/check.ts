import { ShapeError, shown } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import type { Range } from "../graph/range.ts";
import { type Shape, Tensor, printShape, sizeOf } from "../base/tensor.ts";

/** The probabilities that binary cross-entropy takes, as PyTorch: it is NaN for others. */
export function probabilities(where: string): Range {
  return { where, what: "predictions", low: 0, high: 1, advice: "add a sigmoid, or use bceWithLogitsLoss" };
}

/** Refuses what is no operand. */
export function requireOperand(where: string, name: string, x: unknown): void {
  if (x instanceof Operand) return;
  if (x instanceof Tensor) {
    throw new TypeError(`${where}: ${name} must be an operand, as ops.constant(tensor) gives; got a tensor ${x}`);
  }
  throw new TypeError(`${where}: ${name} must be an operand; got ${shownKind(x)}`);
}

export function requireFloat(where: string, name: string, x: Operand): void {
  requireOperand(where, name, x);
  if (x.dtype === "float32") return;
  throw new TypeError(`${where}: ${name} must be float32; got int32 ${x}`);
}

export function requireInteger(where: string, name: string, x: Operand): void {
  requireOperand(where, name, x);
  if (x.dtype === "int32") return;
  throw new TypeError(`${where}: ${name} must be int32, as tensor(values, shape, "int32") gives; got float32 ${x}`);
}

/** Refuses what is not a number, and NaN; infinities are numbers. */
export function requireNumber(where: string, name: string, value: unknown): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw new TypeError(`${where}: ${name} must be a number; got ${shownKind(value)}`);
}

/** Refuses options that are not an object. */
export function requireOptions(where: string, options: unknown): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`${where}: options must be an object; got ${shown(options)}`);
}

/** Refuses what is not an array of whole numbers of at least `low`. */
export function requireShape(where: string, name: string, shape: unknown, low = 0): asserts shape is Shape {
  const isShape = Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= low);
  if (isShape) return;
  throw new TypeError(
    `${where}: ${name} must be an array of whole numbers of at least ${low}; got ${shownKind(shape)}`,
  );
}

/** A value of a wrong kind, as an error names it. */
export function shownKind(value: unknown): string {
  return value instanceof Tensor ? `a tensor ${value}` : shown(value);
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
  requireOperand(where, "x", x);
  const isWhole = Number.isInteger(axis);
  const front = isWhole && axis < 0 ? axis + x.shape.length : axis;
  if (isWhole && front >= 0 && front < x.shape.length) return front;
  throw new RangeError(
    `${where}: axis must be from ${-x.shape.length} to ${x.shape.length - 1}; got ${shownKind(axis)} for ${x}`,
  );
}

/** Different axes, counted from the front. */
export function frontAxes(where: string, x: Operand, axes: readonly number[]): number[] {
  requireOperand(where, "x", x);
  if (!Array.isArray(axes)) throw new TypeError(`${where}: axes must be an array; got ${shownKind(axes)}`);
  const fronts = axes.map((axis) => frontAxis(where, x, axis));
  if (new Set(fronts).size === fronts.length && fronts.length > 0) return fronts;
  throw new RangeError(`${where}: axes must be different ones, and one at least; got ${printShape(axes)} for ${x}`);
}

/** The shape of x without the axes that are gone, or with extent 1 in their place by `keepDims`. */
export function reducedShape(x: Operand, gone: readonly number[], keepDims = false): Shape {
  return x.shape
    .map((extent, axis) => (gone.includes(axis) ? 1 : extent))
    .filter((_, axis) => keepDims || !gone.includes(axis));
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
