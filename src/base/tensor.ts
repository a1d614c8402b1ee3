import { ShapeError, requireOneOf, shown } from "./errors.ts";
import { type DimsTensor, hasDims, partsOf } from "./dims-tensor.ts";
import { INSPECT } from "./inspect.ts";
import { KIND, Kind } from "./kind.ts";
import { type Shape, isExtent, knownShape, ownShape, printShape, sameShape, sizeOf } from "./shape.ts";
import { type Dtype, type Numbers, arrayKind, jsonOf, numbersFrom, ownNumbers } from "./numbers.ts";

export type { DimsTensor, Dtype, Numbers };
export { type Shape, ownShape, printShape, sameShape, sizeOf };

export type Nested = number | readonly Nested[];
type FloatArray = Float32Array | Float64Array;
type WholeArray = Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array;
type NumberArray = FloatArray | WholeArray;

/** A tensor as `JSON.stringify` writes it; numbers that JSON lacks are text: `"NaN"`, `"-Infinity"`, `"-0"`. */
export interface TensorJson {
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly data: readonly (number | string)[];
}

/**
 * A tensor of any origin: this or another copy of the library, `structuredClone`, `postMessage`, JSON, transformers.js,
 * onnxruntime.
 */
export type TensorLike = TensorJson | Pick<Tensor, "shape" | "dtype" | "data"> | DimsTensor;

const KIND_OF_TENSORS = new Kind("a tensor");
const PRINTED = 8; // numbers that `console.log` shows

/** Numbers in ordinary JavaScript memory: a shape over a typed array, row-major. */
export class Tensor<D extends Dtype = Dtype> {
  /** A frozen copy of the given shape. */
  readonly shape: Shape;
  readonly dtype: D;
  /** The given array, not copied; an array of another realm is viewed by one of this realm. */
  readonly data: Numbers[D];
  /** The number of elements. */
  readonly size: number;

  /**
   * @throws ShapeError when extents are not whole numbers of at least 0, or `data` does not hold exactly the elements of
   * `shape`
   * @throws RangeError when dtype is neither float32 nor int32
   * @throws TypeError when `data` is no Float32Array for float32, no Int32Array for int32
   */
  constructor(shape: Shape, dtype: D, data: Numbers[D]) {
    if (dtype !== "float32" && dtype !== "int32") requireOneOf("tensor", "dtype", dtype, ["float32", "int32"]);
    const numbers = ownNumbers(dtype, data);
    if (!numbers) {
      const kind = dtype === "float32" ? "a Float32Array" : "an Int32Array";
      throw new TypeError(`tensor: data of ${dtype} must be ${kind}; got ${shown(data)}`);
    }
    const own = knownShape("tensor", shape);
    this.shape = own.shape;
    this.dtype = dtype;
    this.data = numbers;
    this.size = own.size;
    if (numbers.length === this.size) return;
    throw new ShapeError(
      `tensor: shape ${printShape(this.shape)} must hold as many numbers as given, but it holds ${this.size}; got ${numbers.length}`,
    );
  }

  /**
   * The only element, as a number.
   * @throws ShapeError when there is not exactly one
   */
  item(): number {
    const [value] = asTensor("item", "it", this).data;
    if (value === undefined || this.size !== 1) {
      throw new ShapeError(`item: the tensor must hold one number; got shape ${printShape(this.shape)}`);
    }
    return value;
  }

  /** Nested arrays, one level for each axis; a plain number for shape []. */
  toArray(): Nested {
    asTensor("toArray", "it", this);
    const nest = (axis: number, start: number, size: number): Nested => {
      const extent = this.shape[axis];
      if (extent === undefined) return this.data[start] ?? NaN;
      const inner = size / extent;
      return Array.from({ length: extent }, (_, i) => nest(axis + 1, start + i * inner, inner));
    };
    return nest(0, 0, this.size);
  }

  /** The value for `JSON.stringify`. `tensor.fromJSON` and `loadStateDict` read it, with the same bits except for NaN. */
  toJSON(): TensorJson {
    const { shape, dtype, data } = asTensor("toJSON", "it", this);
    return { shape, dtype, data: Array.from(data, jsonOf) };
  }

  /** `float32 [32, 128]` */
  toString(): string {
    return `${this.dtype} ${printShape(this.shape)}`;
  }

  /** `float32 [2, 2]: 1, 0.5, 0, -3` */
  [INSPECT](): string {
    const first = Array.from(this.data.subarray(0, PRINTED), (value) => String(Number(value.toPrecision(6))));
    if (this.data.length > PRINTED) first.push("...");
    return first.length === 0 ? String(this) : `${this}: ${first.join(", ")}`;
  }

  get [KIND](): Kind {
    return KIND_OF_TENSORS;
  }
}

/**
 * A value as a tensor: a tensor itself, or a shape, dtype and numbers of any origin. A Float32Array or Int32Array is not
 * copied.
 * @throws TypeError when the value is neither, or its buffer was transferred or resized
 */
export function asTensor(where: string, what: string, value: unknown): Tensor {
  const taken = tensorOf(value);
  if (typeof taken !== "string") return taken;
  throw new TypeError(`${where}: ${what} must be a tensor; got ${taken}`);
}

/** A value as a tensor; for any other value a description of it, in a few words. */
export function tensorOf(value: unknown): Tensor | string {
  if (value instanceof Tensor && value.data.length === value.size) return value;
  if (typeof value !== "object" || value === null) return shown(value);
  if (Array.isArray(value)) return "an array";
  if (ArrayBuffer.isView(value)) return `${shown(value)} (make one by tensor(values, shape))`;
  if (hasDims(value)) return ofParts(value);
  const { shape, dtype, data } = value as Partial<Record<keyof TensorJson, unknown>>;
  if (shape === undefined && dtype === undefined && data === undefined) return shown(value);
  if (dtype !== "float32" && dtype !== "int32") return `one of dtype ${shown(dtype)}`;
  if (!Array.isArray(shape) || !shape.every(isExtent)) return `one of shape ${shown(shape)}`;
  const numbers = Array.isArray(data) ? numbersFrom(dtype, data) : ownNumbers(dtype, data);
  if (typeof numbers !== "object") return `${dtype} ${printShape(shape)} of ${numbers ?? shown(data)}`;
  if (numbers.length === sizeOf(shape)) return new Tensor(shape, dtype, numbers);
  const why = value instanceof Tensor ? ": its buffer was transferred or resized" : "";
  return `${dtype} ${printShape(shape)} of ${numbers.length} numbers${why}`;
}

function ofParts(value: DimsTensor): Tensor | string {
  const parts = partsOf(value);
  if (typeof parts === "string") return parts;
  const { shape, dtype, numbers } = parts;
  if (numbers.length === sizeOf(shape)) return new Tensor(shape, dtype, numbers);
  return `${dtype} ${printShape(shape)} of ${numbers.length} numbers`;
}

/**
 * A tensor from nested arrays or a typed array.
 *
 * Plain numbers become float32 by default; typed arrays of integers become int32, others float32. A Float32Array or
 * Int32Array of that dtype is not copied.
 *
 * @param shape Default: the shape of the nesting; [length] for a typed array.
 * @throws ShapeError when rows differ in length or the shape does not fit
 * @throws RangeError when dtype is neither, or when it is int32 and a number is not a whole one of 32 bits
 * @throws TypeError when the values are not numbers, or are in a typed array of another kind
 */
export function tensor(values: Nested | FloatArray, shape?: Shape, dtype?: "float32"): Tensor<"float32">;
export function tensor(values: WholeArray, shape?: Shape, dtype?: undefined): Tensor<"int32">;
export function tensor(values: Nested | NumberArray, shape: Shape | undefined, dtype: "float32"): Tensor<"float32">;
export function tensor(values: Nested | NumberArray, shape: Shape | undefined, dtype: "int32"): Tensor<"int32">;
export function tensor(values: Nested | NumberArray, shape?: Shape, dtype?: Dtype): Tensor;
export function tensor(values: Nested | NumberArray, shape?: Shape, dtype?: Dtype): Tensor {
  const flat = ArrayBuffer.isView(values) ? values : flatten(values);
  if (dtype !== undefined) requireOneOf("tensor", "dtype", dtype, ["float32", "int32"]);
  const natural = isWholeArray(flat) ? "int32" : "float32";
  const into = dtype ?? natural;
  const extents = shape ?? (ArrayBuffer.isView(values) ? [values.length] : nestingOf(values));
  if (into === "float32") {
    return new Tensor(extents, "float32", ownNumbers("float32", flat) ?? Float32Array.from(flat));
  }
  return new Tensor(extents, "int32", ownNumbers("int32", flat) ?? wholeNumbers(flat));
}

/**
 * The tensor that `toJSON` wrote: `tensor.fromJSON(JSON.parse(text))`; also one of transformers.js or onnxruntime.
 * @throws TypeError when shape, dtype or numbers are missing, or the numbers do not fill the shape or do not fit in the dtype
 */
tensor.fromJSON = (json: TensorLike): Tensor => asTensor("fromJSON", "the value", json);

const FLOAT_ARRAYS = ["Float32Array", "Float64Array"];
const WHOLE_ARRAYS = ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32"].map(
  (kind) => `${kind}Array`,
);

function isWholeArray(values: readonly number[] | NumberArray): boolean {
  if (!ArrayBuffer.isView(values)) return false;
  const kind = arrayKind(values) ?? "DataView";
  if (WHOLE_ARRAYS.includes(kind)) return true;
  if (FLOAT_ARRAYS.includes(kind)) return false;
  throw new TypeError(`tensor: typed arrays must be ${[...FLOAT_ARRAYS, ...WHOLE_ARRAYS].join(", ")}; got ${kind}`);
}

function wholeNumbers(values: readonly number[] | NumberArray): Int32Array {
  const wrong = Array.prototype.findIndex.call(values, (value: number) => value !== (value | 0));
  if (wrong >= 0) {
    throw new RangeError(`tensor: int32 must be whole numbers of 32 bits; got ${values[wrong]} at index ${wrong}`);
  }
  return Int32Array.from(values);
}

function nestingOf(values: Nested): number[] {
  return Array.isArray(values) ? [values.length, ...nestingOf((values[0] as Nested | undefined) ?? 0)] : [];
}

function flatten(values: Nested): number[] {
  const flat: number[] = [];
  const shape = nestingOf(values);
  /** Index of the current part in each axis. */
  const path: number[] = [];
  const at = (axis: number): string => (axis === 0 ? "" : ` at ${printShape(path.slice(0, axis))}`);
  const visit = (part: Nested, axis: number): void => {
    if (isNumber(part)) {
      if (axis === shape.length) return void flat.push(part);
      throw new ShapeError(
        `tensor: every row must be nested alike; got a number${at(axis)} where ${printShape(shape)} has a row`,
      );
    }
    if (!Array.isArray(part)) {
      throw new TypeError(`tensor: values must be numbers or arrays of them; got ${shown(part)}${at(axis)}`);
    }
    if (part.length !== shape[axis]) {
      throw new ShapeError(
        `tensor: rows must be of one length; got ${part.length}${at(axis)} where the first has ${shape[axis] ?? "a number"}`,
      );
    }
    for (let i = 0; i < part.length; i++) {
      path[axis] = i;
      visit(part[i] as Nested, axis + 1);
    }
  };
  visit(values, 0);
  return flat;
}

function isNumber(values: Nested): values is number {
  return typeof values === "number";
}
