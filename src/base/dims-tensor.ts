/** Tensors as transformers.js and onnxruntime have them: dims, type and a typed array. */
import { type Dtype, type Numbers, arrayKind, ownNumbers } from "./numbers.ts";
import { type Shape, isExtent } from "./shape.ts";
import { shown } from "./shown.ts";

/** A tensor of transformers.js or onnxruntime: `dims` and a typed array of numbers or big integers. */
export interface DimsTensor {
  readonly dims: Shape;
  /** Integers of any width count as int32, all others as float32. */
  readonly data: ArrayLike<unknown>;
  /** `float32`, `int64`, ... Default: that of the typed array. */
  readonly type?: string;
}

/** What a tensor is made of. */
interface Parts {
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly numbers: Numbers[Dtype];
}

/** The kind of typed array of each type that is accepted. */
const ARRAYS: ReadonlyMap<unknown, string> = new Map([
  ["float32", "Float32Array"],
  ["float64", "Float64Array"],
  ["int8", "Int8Array"],
  ["uint8", "Uint8Array"],
  ["bool", "Uint8Array"],
  ["int16", "Int16Array"],
  ["uint16", "Uint16Array"],
  ["int32", "Int32Array"],
  ["uint32", "Uint32Array"],
  ["int64", "BigInt64Array"],
  ["uint64", "BigUint64Array"],
]);
const KINDS = new Set([...ARRAYS.values(), "Uint8ClampedArray"]);

/** Whether a value is meant as such a tensor where one is expected: it has dims, data, and no dtype. */
export function hasDims(value: unknown): value is DimsTensor {
  return typeof value === "object" && value !== null && "dims" in value && "data" in value && !("dtype" in value);
}

/** Whether a value is such a tensor, and no object of arrays by name that has one called dims. */
export function isDimsTensor(value: unknown): value is DimsTensor {
  if (!hasDims(value) || !Array.isArray(value.dims)) return false;
  return "location" in value || arrayKind(value.data) !== undefined;
}

/**
 * Shape, dtype and numbers of such a tensor; of one that is refused a description, in a few words. A Float32Array or
 * Int32Array is not copied.
 */
export function partsOf(value: DimsTensor): Parts | string {
  const { dims, type } = value;
  const { location = "cpu" } = value as { readonly location?: unknown };
  if (!Array.isArray(dims) || !dims.every(isExtent)) return `one of dims ${shown(dims)}`;
  if (typeof location !== "string" || !location.startsWith("cpu")) {
    return `one at ${shown(location)} (await its getData() first)`; // `data` would throw
  }
  const kind = ARRAYS.get(type);
  if (type !== undefined && kind === undefined) return `one of type ${shown(type)} (convert it to float32 or int32)`;
  const { data } = value;
  const found = arrayKind(data);
  if (found === undefined || !KINDS.has(found)) return `one with data ${shown(data)}`;
  if (kind !== undefined && kind !== found) return `one of type ${shown(type)} with data ${shown(data)}`;
  if (found.startsWith("Float")) return { shape: dims, dtype: "float32", numbers: floatsOf(data as Float64Array) };
  const numbers = ownNumbers("int32", data) ?? integersOf(data as BigInt64Array);
  return typeof numbers === "string" ? numbers : { shape: dims, dtype: "int32", numbers };
}

function floatsOf(data: Float32Array | Float64Array): Float32Array {
  return ownNumbers("float32", data) ?? Float32Array.from(data);
}

/** Integers of any width as int32; a description of the first that does not fit. */
function integersOf(data: ArrayLike<number | bigint>): Int32Array | string {
  const numbers = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (value !== (value | 0)) return `${shown(data[i])} at index ${i}, which is outside int32`;
    numbers[i] = value;
  }
  return numbers;
}
