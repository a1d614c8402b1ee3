/** The numbers of tensors as typed arrays of any realm: recognized by their tag, not by their constructor. */
import { shown } from "./shown.ts";

export type Dtype = "float32" | "int32";

/** The typed array that holds numbers of a dtype. */
export interface Numbers {
  float32: Float32Array;
  int32: Int32Array;
}

const tag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

/** The name of a typed array's kind, of any realm: `Float32Array`; undefined for other values. */
export function arrayKind(value: unknown): string | undefined {
  return tag?.get?.call(value) as string | undefined;
}

/** A typed array of the dtype, as a view where it is of another realm; undefined for other values. */
export function ownNumbers<D extends Dtype>(dtype: D, data: unknown): Numbers[D] | undefined;
export function ownNumbers(dtype: Dtype, data: unknown): Numbers[Dtype] | undefined {
  if (dtype === "float32") {
    if (data instanceof Float32Array && ArrayBuffer.isView(data)) return data;
    return arrayKind(data) === "Float32Array" ? viewOf(Float32Array, data as Float32Array) : undefined;
  }
  if (data instanceof Int32Array && ArrayBuffer.isView(data)) return data;
  return arrayKind(data) === "Int32Array" ? viewOf(Int32Array, data as Int32Array) : undefined;
}

function viewOf<T>(
  kind: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T,
  { buffer, byteOffset, length }: Numbers[Dtype],
): T {
  return new kind(buffer, byteOffset, length);
}

const WORDS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
]);

/** A number for JSON: text for numbers that JSON lacks. */
export function jsonOf(value: number): number | string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

/** Numbers from a plain array, as `jsonOf` writes them; a description of the first value that is not of the dtype. */
export function numbersFrom<D extends Dtype>(dtype: D, values: readonly unknown[]): Numbers[D] | string;
export function numbersFrom(dtype: Dtype, values: readonly unknown[]): Numbers[Dtype] | string {
  const numbers = values.map((value) => (dtype === "float32" ? (WORDS.get(value) ?? value) : value));
  const wrong = numbers.findIndex((value) => typeof value !== "number" || (dtype === "int32" && value !== (value | 0)));
  if (wrong >= 0) return `${shown(values[wrong])} at index ${wrong}`;
  return (dtype === "float32" ? Float32Array : Int32Array).from(numbers as number[]);
}

/** The whole numbers from `first`, as many as `length`. Default of `first`: 0. */
export function inOrder(length: number, first = 0): Int32Array {
  const order = new Int32Array(length);
  for (let i = 0; i < length; i++) order[i] = first + i;
  return order;
}
