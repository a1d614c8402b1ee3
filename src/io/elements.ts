/** Numbers of other programs' dtypes as float32 or int32. */
import { FormatError } from "../base/errors.ts";
import type { Dtype } from "../base/tensor.ts";

/** How one number lies in bytes. */
export interface ElementType {
  /** As NumPy and PyTorch call it: `float64`. */
  readonly name: string;
  readonly bytes: number;
  /** The dtype that it is read into. */
  readonly dtype: Dtype;
  /** The number at a byte; NaN for an integer that does not fit in int32. */
  read(view: DataView, at: number, little: boolean): number;
  /** The number that `read` did not fit, for messages. */
  print?(view: DataView, at: number, little: boolean): string;
}

const HIGH = 2 ** 32;

export const ELEMENTS = {
  float64: { name: "float64", bytes: 8, dtype: "float32", read: (view, at, little) => view.getFloat64(at, little) },
  float32: { name: "float32", bytes: 4, dtype: "float32", read: (view, at, little) => view.getFloat32(at, little) },
  float16: {
    name: "float16",
    bytes: 2,
    dtype: "float32",
    read: (view, at, little) => fromHalf(view.getUint16(at, little)),
  },
  bfloat16: {
    name: "bfloat16",
    bytes: 2,
    dtype: "float32",
    read: (view, at, little) => fromBfloat(view.getUint16(at, little)),
  },
  int64: { name: "int64", bytes: 8, dtype: "int32", read: fromInt64, print: (...at) => String(bigInt64(...at)) },
  int32: { name: "int32", bytes: 4, dtype: "int32", read: (view, at, little) => view.getInt32(at, little) },
  int16: { name: "int16", bytes: 2, dtype: "int32", read: (view, at, little) => view.getInt16(at, little) },
  int8: { name: "int8", bytes: 1, dtype: "int32", read: (view, at) => view.getInt8(at) },
  uint64: {
    name: "uint64",
    bytes: 8,
    dtype: "int32",
    read: fromUint64,
    print: (...at) => String(BigInt.asUintN(64, bigInt64(...at))),
  },
  uint32: {
    name: "uint32",
    bytes: 4,
    dtype: "int32",
    read: (view, at, little) => fitting(view.getUint32(at, little)),
    print: (view, at, little) => String(view.getUint32(at, little)),
  },
  uint16: { name: "uint16", bytes: 2, dtype: "int32", read: (view, at, little) => view.getUint16(at, little) },
  uint8: { name: "uint8", bytes: 1, dtype: "int32", read: (view, at) => view.getUint8(at) },
  bool: {
    name: "bool",
    bytes: 1,
    dtype: "int32",
    read: (view, at) => (view.getUint8(at) <= 1 ? view.getUint8(at) : NaN),
    print: (view, at) => `byte ${view.getUint8(at)}`,
  },
} as const satisfies Readonly<Record<string, ElementType>>;

/**
 * The numbers of `bytes` in order.
 * @param what the tensor, for messages
 * @throws FormatError when a finite number is infinite as float32, an integer does not fit in int32, or a bool is neither 0 nor 1
 */
export function numbersOf(
  where: string,
  what: string,
  type: ElementType,
  bytes: Uint8Array,
  little = true,
): Float32Array | Int32Array {
  const length = bytes.length / type.bytes;
  if (little && (type.name === "float32" || type.name === "int32")) {
    const numbers = type.dtype === "float32" ? new Float32Array(length) : new Int32Array(length);
    new Uint8Array(numbers.buffer).set(bytes);
    return numbers;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return type.dtype === "float32"
    ? floatsOf(where, what, type, view, little)
    : wholesOf(where, what, type, view, little);
}

function floatsOf(where: string, what: string, type: ElementType, view: DataView, little: boolean): Float32Array {
  const numbers = new Float32Array(view.byteLength / type.bytes);
  for (let i = 0; i < numbers.length; i++) {
    const value = type.read(view, i * type.bytes, little);
    numbers[i] = value;
    if (Number.isFinite(value) && !Number.isFinite(numbers[i])) {
      throw new FormatError(`${where}: ${what} must be finite as float32; got ${value} at index ${i}`);
    }
  }
  return numbers;
}

function wholesOf(where: string, what: string, type: ElementType, view: DataView, little: boolean): Int32Array {
  const numbers = new Int32Array(view.byteLength / type.bytes);
  for (let i = 0; i < numbers.length; i++) {
    const value = type.read(view, i * type.bytes, little);
    if (Number.isNaN(value)) {
      const must = type.name === "bool" ? "hold true and false" : "fit in int32";
      const got = type.print?.(view, i * type.bytes, little) ?? "another number";
      throw new FormatError(`${where}: ${what} must ${must}; got ${got} at index ${i}`);
    }
    numbers[i] = value;
  }
  return numbers;
}

/** IEEE 754 binary16: 1 sign bit, 5 bits of exponent, 10 of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** The upper half of a float32. */
function fromBfloat(bits: number): number {
  word[0] = bits << 16;
  return single[0] ?? NaN;
}

function fitting(value: number): number {
  return value === (value | 0) ? value : NaN;
}

function fromInt64(view: DataView, at: number, little: boolean): number {
  const low = view.getInt32(little ? at : at + 4, little);
  const high = view.getInt32(little ? at + 4 : at, little);
  return high === low >> 31 ? low : NaN;
}

function fromUint64(view: DataView, at: number, little: boolean): number {
  const low = view.getUint32(little ? at : at + 4, little);
  const high = view.getUint32(little ? at + 4 : at, little);
  return fitting(high * HIGH + low);
}

function bigInt64(view: DataView, at: number, little: boolean): bigint {
  return view.getBigInt64(at, little);
}
