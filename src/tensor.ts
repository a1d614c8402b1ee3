import { ShapeError, requireOneOf } from "./errors.ts";

export type Dtype = "float32" | "int32";
export type Shape = readonly number[];

/** The typed array that holds numbers of a dtype. */
export interface Numbers {
  float32: Float32Array;
  int32: Int32Array;
}

export type Nested = number | readonly Nested[];
type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** How many elements a shape holds. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** `[32, 128]` */
export function printShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a === b || (a.length === b.length && a.every((extent, axis) => extent === b[axis]));
}

/** Numbers that a user holds: a shape over a typed array in ordinary JavaScript memory, row-major. */
export class Tensor<D extends Dtype = Dtype> {
  /** @throws ShapeError when `data` does not hold exactly the elements of `shape` */
  constructor(
    readonly shape: Shape,
    readonly dtype: D,
    readonly data: Numbers[D],
  ) {
    const wrong = shape.find((extent) => !Number.isSafeInteger(extent) || extent < 0);
    if (wrong !== undefined) {
      throw new ShapeError(`tensor: extents must be whole numbers of at least 0; got ${wrong} in ${printShape(shape)}`);
    }
    if (data.length !== sizeOf(shape)) {
      throw new ShapeError(
        `tensor: shape ${printShape(shape)} must hold as many numbers as given; it holds ${sizeOf(shape)}, got ${data.length}`,
      );
    }
  }

  /** How many elements there are. */
  get size(): number {
    return this.data.length;
  }

  /**
   * The only element, as a number.
   * @throws ShapeError when there is not exactly one
   */
  item(): number {
    const [value] = this.data;
    if (value === undefined || this.size !== 1) {
      throw new ShapeError(`item: the tensor must hold one number; got shape ${printShape(this.shape)}`);
    }
    return value;
  }

  /** Nested arrays as deep as the shape is long; a plain number where the shape is []. */
  toArray(): Nested {
    const nest = (axis: number, start: number, size: number): Nested => {
      const extent = this.shape[axis];
      if (extent === undefined) return this.data[start] ?? NaN;
      const inner = size / extent;
      return Array.from({ length: extent }, (_, i) => nest(axis + 1, start + i * inner, inner));
    };
    return nest(0, 0, this.size);
  }

  /** `float32 [32, 128]` */
  toString(): string {
    return `${this.dtype} ${printShape(this.shape)}`;
  }
}

/**
 * A tensor from nested arrays or a typed array.
 *
 * Plain numbers become float32 unless `dtype` says int32; typed arrays of whole numbers become int32, others float32.
 * A Float32Array or Int32Array that already has the dtype is taken as it is, not copied.
 *
 * @param shape the shape of the nesting where it is left out; [length] for a typed array
 * @throws ShapeError when rows differ in length or the shape does not fit
 * @throws RangeError when dtype is neither, or when it is int32 and a number is not a whole one of 32 bits
 * @throws TypeError when the values are not numbers, or are in a typed array of another kind
 */
export function tensor(values: Nested | NumberArray, shape?: Shape, dtype?: "float32"): Tensor<"float32">;
export function tensor(values: Nested | NumberArray, shape: Shape | undefined, dtype: "int32"): Tensor<"int32">;
export function tensor(values: Nested | NumberArray, shape?: Shape, dtype?: Dtype): Tensor;
export function tensor(values: Nested | NumberArray, shape?: Shape, dtype?: Dtype): Tensor {
  const flat = ArrayBuffer.isView(values) ? values : flatten(values);
  if (dtype !== undefined) requireOneOf("tensor", "dtype", dtype, ["float32", "int32"]);
  const natural = isWholeArray(flat) ? "int32" : "float32";
  const into = dtype ?? natural;
  const extents = shape ?? (ArrayBuffer.isView(values) ? [values.length] : nestingOf(values));
  if (into === "float32") {
    return new Tensor(extents, "float32", flat instanceof Float32Array ? flat : Float32Array.from(flat));
  }
  return new Tensor(extents, "int32", flat instanceof Int32Array ? flat : wholeNumbers(flat));
}

const FLOAT_ARRAYS = ["Float32Array", "Float64Array"];
const WHOLE_ARRAYS = ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32"].map(
  (kind) => `${kind}Array`,
);

function isWholeArray(values: readonly number[] | NumberArray): boolean {
  if (!ArrayBuffer.isView(values)) return false;
  const kind = Object.prototype.toString.call(values).slice("[object ".length, -1);
  if (WHOLE_ARRAYS.includes(kind)) return true;
  if (FLOAT_ARRAYS.includes(kind)) return false;
  throw new TypeError(`tensor: typed arrays must be ${[...FLOAT_ARRAYS, ...WHOLE_ARRAYS].join(", ")}; got ${kind}`);
}

function wholeNumbers(values: readonly number[] | NumberArray): Int32Array {
  const wrong = Array.prototype.find.call(values, (value: number) => value !== (value | 0)) as number | undefined;
  if (wrong !== undefined) throw new RangeError(`tensor: int32 must be whole numbers of 32 bits; got ${wrong}`);
  return Int32Array.from(values);
}

function nestingOf(values: Nested): number[] {
  return Array.isArray(values) ? [values.length, ...nestingOf((values[0] as Nested | undefined) ?? 0)] : [];
}

function flatten(values: Nested): number[] {
  const flat: number[] = [];
  const shape = nestingOf(values);
  const visit = (part: Nested, axis: number): void => {
    if (isNumber(part)) {
      if (axis === shape.length) return void flat.push(part);
      throw new ShapeError(`tensor: every row must be nested alike; got a number where ${printShape(shape)} has a row`);
    }
    if (!Array.isArray(part))
      throw new TypeError(`tensor: values must be numbers or arrays of them; got ${typeof part}`);
    if (part.length !== shape[axis]) {
      throw new ShapeError(
        `tensor: rows must be of one length; got ${part.length} where the first has ${shape[axis] ?? "a number"}`,
      );
    }
    for (const inner of part as readonly Nested[]) visit(inner, axis + 1);
  };
  visit(values, 0);
  return flat;
}

function isNumber(values: Nested): values is number {
  return typeof values === "number";
}
