/** Moves of elements, of known numbers when the graph is traced and of operands by operations. */
import { FormatError, ShapeError } from "../../base/errors.ts";
import { type Shape, Tensor, printShape, sameShape, sizeOf } from "../../base/tensor.ts";
import { constant } from "../../ops/constant.ts";
import { indexSelect } from "../../ops/gather.ts";
import { broadcast, filled } from "../../ops/reduction/reduction.ts";
import { permute } from "../../ops/shape/permute.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import { reshape } from "../../ops/shape/view.ts";
import { MOST_FOLDED, type NumberType, Value, roomFor } from "./value.ts";

/** Elements of a result, at most: 1 GiB of float32. */
const MOST_ELEMENTS = 2 ** 28;

/** Indices in a list, at most. */
const MOST_INDICES = 2 ** 22;

/** The same elements in another shape. @throws ShapeError when their number differs */
export function reshaped(where: string, x: Value, shape: Shape): Value {
  requireSize(where, shape);
  if (sizeOf(shape) !== x.size) {
    throw new ShapeError(`${where}: the size must stay; got ${printShape(x.shape)} and ${printShape(shape)}`);
  }
  return x.numbers ? Value.known(x.type, shape, x.numbers) : Value.of(reshape(x.operand, shape), x.type);
}

/** Axis i of the result is axis axes[i] of x. */
export function permuted(x: Value, axes: readonly number[]): Value {
  const strides = stridesOf(x.shape);
  if (!folds(x)) return Value.of(permute(x.operand, axes), x.type);
  const shape = axes.map((axis) => x.shape[axis] ?? 1);
  return moved(
    x,
    shape,
    axes.map((axis) => strides[axis] ?? 0),
  );
}

/** x repeated to a shape. @throws ShapeError when shapes do not fit */
export function broadcasted(where: string, x: Value, shape: Shape): Value {
  requireSize(where, shape);
  if (sameShape(x.shape, shape)) return x;
  if (!folds(x) || sizeOf(shape) > MOST_FOLDED) return Value.of(broadcast(x.operand, shape), x.type);
  const front = shape.length - x.shape.length;
  if (front < 0 || x.shape.some((extent, axis) => extent !== 1 && extent !== shape[axis + front])) {
    throw new ShapeError(`${where}: ${printShape(x.shape)} must broadcast to the shape; got ${printShape(shape)}`);
  }
  const strides = stridesOf(x.shape);
  return moved(
    x,
    shape,
    shape.map((_, axis) => (x.shape[axis - front] === 1 ? 0 : (strides[axis - front] ?? 0))),
  );
}

/** Slices of x along an axis, by indices from 0. */
export function taken(where: string, x: Value, axis: number, indices: readonly number[]): Value {
  const extent = x.shape[axis] ?? 1;
  const shape = x.shape.with(axis, indices.length);
  requireSize(where, shape);
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= extent);
  if (wrong !== undefined) throw new ShapeError(`${where}: indices must be from 0 to ${extent - 1}; got ${wrong}`);
  if (folds(x) && sizeOf(shape) <= MOST_FOLDED) {
    const inner = sizeOf(x.shape.slice(axis + 1));
    const numbers = roomFor(x.type, sizeOf(shape));
    for (let i = 0; i < numbers.length; i++) {
      const row = Math.floor(i / inner);
      const index = indices[row % indices.length] ?? 0;
      numbers[i] = x.numbers?.[(Math.floor(row / indices.length) * extent + index) * inner + (i % inner)] ?? 0;
    }
    return Value.known(x.type, shape, numbers);
  }
  const [first = 0] = indices;
  if (indices.every((index, i) => index === first + i)) {
    if (indices.length === extent) return x;
    return Value.of(slice(x.operand, axis, first, first + indices.length), x.type);
  }
  const ids = constant(new Tensor([indices.length], "int32", Int32Array.from(indices)));
  return Value.of(indexSelect(x.operand, ids, axis), x.type);
}

/** The slices of x along an axis from `start` to below `end`. */
export function sliced(where: string, x: Value, axis: number, start: number, end: number): Value {
  if (start === 0 && end === x.shape[axis]) return x;
  if (!folds(x)) return Value.of(slice(x.operand, axis, start, end), x.type);
  return taken(
    where,
    x,
    axis,
    upTo(end - start).map((i) => start + i),
  );
}

/** Values of one type joined along an axis. @throws ShapeError when shapes do not fit */
export function joined(where: string, values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (!first) throw new FormatError(`${where}: there must be something to join; got nothing`);
  const fits = values.every(({ shape }) => sameShape(shape.toSpliced(axis, 1), first.shape.toSpliced(axis, 1)));
  if (!fits || values.some(({ shape, type }) => shape.length !== first.shape.length || type !== first.type)) {
    throw new ShapeError(`${where}: values must agree except along axis ${axis}; got ${values.map(String).join(", ")}`);
  }
  const shape = first.shape.with(
    axis,
    values.reduce((sum, each) => sum + (each.shape[axis] ?? 0), 0),
  );
  requireSize(where, shape);
  if (!values.every(folds) || sizeOf(shape) > MOST_FOLDED) {
    if (values.length === 1) return first;
    return Value.of(
      concatenate(
        values.map(({ operand }) => operand),
        axis,
      ),
      first.type,
    );
  }
  const numbers = roomFor(first.type, sizeOf(shape));
  const columns = sizeOf(shape.slice(axis));
  let start = 0;
  for (const each of values) {
    const width = sizeOf(each.shape.slice(axis));
    each.numbers?.forEach((number, i) => {
      numbers[Math.floor(i / width) * columns + start + (i % width)] = number;
    });
    start += width;
  }
  return Value.known(first.type, shape, numbers);
}

/** A value of equal numbers. */
export function uniform(where: string, type: NumberType, shape: Shape, number: number): Value {
  requireSize(where, shape);
  if (sizeOf(shape) <= MOST_FOLDED || type === "integer") {
    if (sizeOf(shape) > MOST_ELEMENTS / 16)
      throw new ShapeError(`${where}: too many integers; got ${printShape(shape)}`);
    return Value.known(type, shape, roomFor(type, sizeOf(shape)).fill(number));
  }
  return Value.of(filled(shape, number), type);
}

/** The numbers from 0 to below `count`. @throws ShapeError when they are too many for a list */
export function upTo(count: number): number[] {
  if (count > MOST_INDICES) throw new ShapeError(`onnx: an axis must have at most 2^22 indices here; got ${count}`);
  return Array.from({ length: count }, (_, i) => i);
}

/** @throws ShapeError when a result would have more elements than any model needs, or would if no extent were 0 */
export function requireSize(where: string, shape: Shape): void {
  if (sizeOf(shape.filter((extent) => extent !== 0)) <= MOST_ELEMENTS) return;
  throw new ShapeError(`${where}: the result must have at most 2^28 elements; got ${printShape(shape)}`);
}

function folds(x: Value): boolean {
  return x.numbers !== undefined && x.size <= MOST_FOLDED;
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Known numbers in another order: element [i, j] is that at i * strides[0] + j * strides[1]. */
function moved(x: Value, shape: Shape, strides: readonly number[]): Value {
  const numbers = roomFor(x.type, sizeOf(shape));
  const own = stridesOf(shape);
  for (let i = 0; i < numbers.length; i++) {
    const at = own.reduce((sum, stride, axis) => {
      return sum + (Math.floor(i / stride) % (shape[axis] ?? 1)) * (strides[axis] ?? 0);
    }, 0);
    numbers[i] = x.numbers?.[at] ?? 0;
  }
  return Value.known(x.type, shape, numbers);
}
