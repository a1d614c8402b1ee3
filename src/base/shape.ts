import { ShapeError, shown } from "./errors.ts";

/** The extents of axes, the outermost first. */
export type Shape = readonly number[];

/** The number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis] ?? 1;
  return size;
}

/** `[32, 128]` */
export function printShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

export function isExtent(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const KNOWN = 256; // shapes, a power of 2

/** A frozen shape and its number of elements. */
interface KnownShape {
  readonly shape: Shape;
  readonly size: number;
  /** A copy that is not frozen, whose elements are read faster. */
  readonly extents: Shape;
}

/** Recent shapes in a hash table: most tensors have the shape of an earlier one. */
const known: (KnownShape | undefined)[] = Array.from({ length: KNOWN });

/**
 * A frozen copy of a shape, usually the same array for equal shapes.
 * @throws ShapeError when it is no array of whole numbers of at least 0
 */
export function ownShape(where: string, shape: Shape): Shape {
  return knownShape(where, shape).shape;
}

/** The result of `ownShape` with its size. */
export function knownShape(where: string, shape: Shape): KnownShape {
  if (!Array.isArray(shape)) throw new ShapeError(`${where}: the shape must be an array; got ${shown(shape)}`);
  const place = placeOf(shape);
  const found = known[place];
  if (found && (found.shape === shape || sameShape(found.extents, shape))) return found;
  return (known[place] = newShape(where, shape));
}

/** The index of a shape in the table. */
function placeOf(shape: readonly unknown[]): number {
  let hash = shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis];
    if (typeof extent === "number") hash = Math.imul(hash, 31) + extent;
  }
  return hash & (KNOWN - 1);
}

function newShape(where: string, shape: Shape): KnownShape {
  const extents: Shape = [...shape];
  const wrong = extents.findIndex((extent) => !isExtent(extent));
  if (wrong < 0) return { shape: Object.freeze([...extents]), size: sizeOf(extents), extents };
  const got = `${shown(extents[wrong])} in ${shown(extents)}`;
  throw new ShapeError(`${where}: extents must be whole numbers of at least 0; got ${got}`);
}
