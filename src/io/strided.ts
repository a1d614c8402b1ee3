import { FormatError, shown } from "../base/errors.ts";
import { type Shape, isExtent, printShape, sizeOf } from "../base/shape.ts";

/** Elements of a storage, by a shape and strides. */
export interface Strided {
  readonly shape: Shape;
  /** Elements from one index of an axis to the next. */
  readonly stride: readonly number[];
  /** The first element. */
  readonly offset: number;
}

/** Strides of row-major order. */
export function rowMajor(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/**
 * Requires extents, strides and an offset whose elements all are among `length`.
 * @throws FormatError when they are not
 */
export function requireInside(where: string, what: string, { shape, stride, offset }: Strided, length: number): void {
  if (!shape.every(isExtent) || !Number.isSafeInteger(sizeOf(shape))) {
    throw new FormatError(
      `${where}: the shape of ${what} must be of whole numbers with a product below 2^53; got ${shown(shape)}`,
    );
  }
  if (stride.length !== shape.length || ![offset, ...stride].every(isExtent)) {
    throw new FormatError(
      `${where}: the strides of ${what} must be a whole number for each axis of ${printShape(shape)}; got ${shown(stride)} from ${shown(offset)}`,
    );
  }
  const reach = shape.map((extent, axis) => (extent - 1) * (stride[axis] ?? 0)).reduce((sum, each) => sum + each, 0);
  const end = sizeOf(shape) === 0 ? 0 : offset + reach + 1;
  if (end <= length) return;
  throw new FormatError(
    `${where}: ${what} must be within its storage of ${length} numbers; got one that ends at ${end}`,
  );
}

/**
 * The bytes of a strided view in row-major order: a part of `bytes` if it is contiguous, else a copy.
 * @param width bytes of one element
 */
export function contiguous(bytes: Uint8Array, width: number, { shape, stride, offset }: Strided): Uint8Array {
  const size = sizeOf(shape);
  const inOrder = rowMajor(shape);
  if (size === 0) return bytes.subarray(0, 0);
  if (shape.every((extent, axis) => extent === 1 || stride[axis] === inOrder[axis])) {
    return bytes.subarray(offset * width, (offset + size) * width);
  }
  const out = new Uint8Array(size * width);
  // Axes of one index would take as long as others.
  const extents = shape.filter((extent) => extent > 1);
  const steps = stride.filter((_, axis) => shape[axis] !== 1);
  const index = extents.map(() => 0);
  let from = offset;
  for (let i = 0; i < size; i++) {
    for (let byte = 0; byte < width; byte++) out[i * width + byte] = bytes[from * width + byte] ?? 0;
    from = advance(index, from, extents, steps);
  }
  return out;
}

/** Moves `index` to the next element in row-major order, and `at`, where it is, with it. */
function advance(index: number[], at: number, shape: Shape, stride: readonly number[]): number {
  let from = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [i, extent, step] = [index[axis] ?? 0, shape[axis] ?? 1, stride[axis] ?? 0];
    if (i + 1 < extent) {
      index[axis] = i + 1;
      return from + step;
    }
    index[axis] = 0;
    from -= i * step;
  }
  return from;
}
