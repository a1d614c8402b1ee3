import type { Dtype } from "../../base/numbers.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";
import { fromBfloat16, fromFloat16 } from "./half.ts";

/** The first value that the dtype here cannot hold, and its index in the piece. */
export interface Misfit {
  readonly index: number;
  readonly value: number | bigint;
}

/** How a dtype of the format becomes one of this library. */
export interface Decoder {
  readonly dtype: Dtype;
  /** Bytes of an element in the file. */
  readonly bytes: number;
  /** What a value must be, for messages. */
  readonly range: string;
  /**
   * Writes the first numbers of `piece` to `out`, as many as it has elements; undefined for dtypes whose bytes are taken as
   * they are.
   */
  readonly decode: ((piece: ArrayBuffer, out: Out) => Misfit | undefined) | undefined;
}

/** The same memory as floats, as integers and as bits. */
export interface Out {
  readonly floats: Float32Array;
  readonly integers: Int32Array;
  readonly bits: Uint32Array;
}

const ANY = "any value";
const IN_INT32 = "an integer from -2147483648 to 2147483647, to become int32";

/** Bytes are little-endian in the file; hosts whose typed arrays are not are not supported. */
const decoders: ReadonlyMap<string, Decoder> = new Map([
  ["F32", { dtype: "float32", bytes: 4, range: ANY, decode: undefined }],
  ["F64", { dtype: "float32", bytes: 8, range: "finite as float32", decode: fromFloat64 }],
  ["F16", { dtype: "float32", bytes: 2, range: ANY, decode: halves(fromFloat16) }],
  ["BF16", { dtype: "float32", bytes: 2, range: ANY, decode: halves(fromBfloat16) }],
  ["I32", { dtype: "int32", bytes: 4, range: ANY, decode: undefined }],
  ["I64", { dtype: "int32", bytes: 8, range: IN_INT32, decode: fromInt64 }],
  ["U64", { dtype: "int32", bytes: 8, range: IN_INT32, decode: fromUint64 }],
  ["U32", { dtype: "int32", bytes: 4, range: IN_INT32, decode: fromUint32 }],
  ["I16", { dtype: "int32", bytes: 2, range: ANY, decode: small(Int16Array) }],
  ["U16", { dtype: "int32", bytes: 2, range: ANY, decode: small(Uint16Array) }],
  ["I8", { dtype: "int32", bytes: 1, range: ANY, decode: small(Int8Array) }],
  ["U8", { dtype: "int32", bytes: 1, range: ANY, decode: small(Uint8Array) }],
  ["BOOL", { dtype: "int32", bytes: 1, range: "0 or 1", decode: fromBool }],
]);

/** The dtypes that can be read. */
export const READABLE: readonly string[] = [...decoders.keys()];

export function decoderOf(dtype: string): Decoder | undefined {
  return decoders.get(dtype);
}

/** `length` elements from `start` on in memory that a decoder writes to. Default: all. */
export function outOf(buffer: ArrayBuffer, start = 0, length = buffer.byteLength / 4): Out {
  return {
    floats: new Float32Array(buffer, start * 4, length),
    integers: new Int32Array(buffer, start * 4, length),
    bits: new Uint32Array(buffer, start * 4, length),
  };
}

/** The tensor of numbers in memory, which are not copied. @param start bytes before the first. Default: 0. */
export function tensorIn(dtype: Dtype, shape: Shape, buffer: ArrayBufferLike, start = 0): Tensor {
  const size = sizeOf(shape);
  return dtype === "float32"
    ? new Tensor(shape, dtype, new Float32Array(buffer, start, size))
    : new Tensor(shape, dtype, new Int32Array(buffer, start, size));
}

function fromFloat64(piece: ArrayBuffer, { floats }: Out): Misfit | undefined {
  const values = new Float64Array(piece, 0, floats.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    const rounded = Math.fround(value);
    if (!Number.isFinite(rounded) && Number.isFinite(value)) return { index, value };
    floats[index] = rounded;
  }
  return undefined;
}

function halves(convert: (halves: Uint16Array, out: Uint32Array) => void): Decoder["decode"] {
  return (piece, { bits }) => {
    convert(new Uint16Array(piece, 0, bits.length), bits);
    return undefined;
  };
}

function small(kind: new (piece: ArrayBuffer, start: number, length: number) => ArrayLike<number>): Decoder["decode"] {
  return (piece, { integers }) => {
    integers.set(new kind(piece, 0, integers.length));
    return undefined;
  };
}

function fromInt64(piece: ArrayBuffer, { integers }: Out): Misfit | undefined {
  const words = new Int32Array(piece, 0, 2 * integers.length);
  for (let index = 0; index < words.length / 2; index++) {
    const low = words[2 * index] ?? 0;
    if (words[2 * index + 1] !== low >> 31) return { index, value: new BigInt64Array(piece)[index] ?? 0n };
    integers[index] = low;
  }
  return undefined;
}

function fromUint64(piece: ArrayBuffer, { integers }: Out): Misfit | undefined {
  const words = new Int32Array(piece, 0, 2 * integers.length);
  for (let index = 0; index < words.length / 2; index++) {
    const low = words[2 * index] ?? 0;
    if (words[2 * index + 1] !== 0 || low < 0) return { index, value: new BigUint64Array(piece)[index] ?? 0n };
    integers[index] = low;
  }
  return undefined;
}

function fromUint32(piece: ArrayBuffer, { integers }: Out): Misfit | undefined {
  const values = new Uint32Array(piece, 0, integers.length);
  const index = values.findIndex((value) => value > 0x7fff_ffff);
  if (index >= 0) return { index, value: values[index] ?? 0 };
  integers.set(values);
  return undefined;
}

function fromBool(piece: ArrayBuffer, { integers }: Out): Misfit | undefined {
  const values = new Uint8Array(piece, 0, integers.length);
  const index = values.findIndex((value) => value > 1);
  if (index >= 0) return { index, value: values[index] ?? 0 };
  integers.set(values);
  return undefined;
}
