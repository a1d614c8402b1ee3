import { ShapeError, requireOneOf, shown } from "../../base/errors.ts";
import { type Shape, isExtent } from "../../base/shape.ts";
import { type DimsTensor, hasDims } from "../../base/dims-tensor.ts";
import { type Dtype, asTensor } from "../../base/tensor.ts";
import { inOrderOf, requireCount } from "../../base/tensors.ts";

/** The shape and dtype of an input; a tensor has both. */
export interface InputKind {
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** One input: a shape, or an object with a shape and a dtype, such as a tensor. */
type InputSpec = Shape | { readonly shape: Shape; readonly dtype?: Dtype } | DimsTensor;

/** Shapes and dtypes of inputs: of the only input, or of several in order or by name. */
export type InputSpecs = InputSpec | readonly InputSpec[] | Readonly<Record<string, InputSpec>>;

/**
 * The inputs in the order of the inputs of `forward`.
 * @param dtype of inputs without one
 * @param names the order of inputs given by name: the module's `inputNames`
 * @throws TypeError when there are no inputs, their number is wrong, or names are missing, unknown or without an order
 * @throws ShapeError when a shape is not an array of whole numbers of at least 0
 * @throws RangeError when a dtype is unknown
 */
export function inputKinds(
  where: string,
  given: InputSpecs,
  dtype: Dtype,
  names: readonly string[] | undefined,
): readonly InputKind[] {
  if (typeof given !== "object" || given === null || ArrayBuffer.isView(given)) {
    throw new TypeError(`${where}: inputs must be a shape, an array or an object by name; got ${shown(given)}`);
  }
  const specs = isOne(given) ? [given] : inOrderOf(where, "inputs", given, names);
  const kinds = specs.map((spec) => inputKind(where, spec, dtype));
  requireCount(where, "inputs", kinds.length, names);
  return kinds;
}

function isOne(given: InputSpecs): given is InputSpec {
  if (Array.isArray(given)) return given.every((extent) => typeof extent === "number");
  return "shape" in given || hasDims(given);
}

function inputKind(where: string, spec: InputSpec, dtype: Dtype): InputKind {
  if (hasDims(spec)) return asTensor(where, "the input", spec);
  const kind = "shape" in Object(spec) ? (spec as { shape: Shape; dtype?: Dtype }) : { shape: spec as Shape };
  const { shape, dtype: own = dtype } = kind;
  if (!Array.isArray(shape) || !shape.every(isExtent)) {
    throw new ShapeError(`${where}: shapes must be arrays of whole numbers of at least 0; got ${shown(shape)}`);
  }
  requireOneOf(where, "dtype", own, ["float32", "int32"]);
  return { shape: [...shape], dtype: own };
}
