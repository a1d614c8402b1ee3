import { ShapeError } from "../../base/errors.ts";
import { type Attributes, Operand } from "../../graph/operand.ts";
import { type Shape, printShape, sameShape, sizeOf } from "../../base/tensor.ts";
import { requireOperand, requireShape } from "../check.ts";

/**
 * x in another shape: a view, no copy. One extent may be -1; it is computed from the others.
 * @throws ShapeError when the shape has another number of elements
 */
export function reshape(x: Operand, shape: Shape): Operand {
  requireOperand("reshape", "x", x);
  requireShape("reshape", "the new shape", shape, -1);
  const extents = shape.includes(-1)
    ? shape.map((extent) => (extent === -1 ? -x.size / sizeOf(shape) : extent))
    : shape;
  if (sizeOf(extents) !== x.size || extents.some((extent) => !Number.isInteger(extent) || extent < 0)) {
    throw new ShapeError(`reshape: the new shape must hold ${x.size} elements; got ${printShape(shape)} for ${x}`);
  }
  if (sameShape(extents, x.shape)) return x;
  const source = unshaped(x);
  if (sameShape(extents, source.shape)) return source;
  return view("reshape", x, extents, 0, (dOut) => reshape(dOut, x.shape));
}

/** The operand that x is a reshape of, or x. */
export function unshaped(x: Operand): Operand {
  const [source] = x.inputs;
  return source && x.rule.viewOffset === 0 && source.size === x.size ? unshaped(source) : x;
}

/** A view: the memory of x from `offset` on, in floats, read as `shape`. */
export function view(
  operation: string,
  x: Operand,
  shape: Shape,
  offset: number,
  gradient: (dOut: Operand) => Operand | null,
  attributes: Attributes = {},
): Operand {
  return new Operand(
    operation,
    shape,
    [x],
    { calls: () => [], gradient: (dOut) => [gradient(dOut)], viewOffset: offset, flops: 0, attributes },
    x.dtype,
  );
}

/** A view of x from its float `start` on. */
export function from(x: Operand, start: number): Operand {
  return view("rest", x, [x.size - start], start, () => null);
}
