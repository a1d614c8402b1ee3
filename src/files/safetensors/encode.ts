import { requireOneOf, requireRecord, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { type Tensor, type TensorLike, asTensor } from "../../base/tensor.ts";
import { LONGEST_HEADER, METADATA } from "./header.ts";
import { toBfloat16, toFloat16 } from "./half.ts";

/** A dtype that float32 numbers are written as. */
export type WrittenFloat = "F32" | "F16" | "BF16";

/** A dtype that numbers are written as: integers as I32, I64 or I8. */
export type WrittenDtype = WrittenFloat | "I32" | "I64" | "I8";

export interface SafetensorsOptions {
  /** Text by text, for whoever reads the file. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * The dtype of all float32 tensors, or a function that gives the dtype of each tensor. F16 and BF16 are rounded to the nearest,
   * to even in the middle. Default, also where the function returns undefined: F32 for float32, I32 for int32.
   */
  readonly dtype?: WrittenFloat | ((name: string, tensor: Tensor) => WrittenDtype | undefined);
}

export const SAFETENSORS_DEFAULTS = { metadata: {}, dtype: undefined } as const;

/** A safetensors file in chunks, which can be gone through several times. */
export interface EncodedSafetensors extends Iterable<Uint8Array> {
  /** Bytes in all. */
  readonly size: number;
}

interface Entry {
  readonly name: string;
  readonly tensor: Tensor;
  readonly dtype: WrittenDtype;
  readonly bytes: number;
}

/** Bytes of an element, in the order in which tensors are written, so that all are aligned. */
const BYTES: ReadonlyMap<WrittenDtype, number> = new Map([
  ["I64", 8],
  ["F32", 4],
  ["I32", 4],
  ["BF16", 2],
  ["F16", 2],
  ["I8", 1],
]);
const ORDER = [...BYTES.keys()];

const PIECE = 2 ** 20; // elements that are converted at once
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * A safetensors file: its header, then the numbers, as views of the tensors where they are written as they are. The order is
 * that of the reference implementation: larger elements first, then by name.
 *
 * Source: https://github.com/huggingface/safetensors
 * @throws TypeError when a value is no tensor or metadata is no text
 * @throws RangeError when a dtype does not fit a tensor, names cannot be written, or, while chunks are taken, a finite number
 * would be infinite as F16 or BF16, or an integer has more than 8 bits as I8: the error names tensor, index and value
 */
export function encodeSafetensors(
  where: string,
  record: Readonly<Record<string, TensorLike>>,
  options: SafetensorsOptions = {},
): EncodedSafetensors {
  const { metadata, dtype } = withDefaults(where, options, SAFETENSORS_DEFAULTS);
  if (typeof dtype === "string") requireOneOf(where, "dtype", dtype, ["F32", "F16", "BF16"]);
  requireRecord(where, "the tensors", record, "names and values");
  const entries = Object.entries(record).map(([name, value]) => entryOf(where, name, value, dtype));
  entries.sort((a, b) => ORDER.indexOf(a.dtype) - ORDER.indexOf(b.dtype) || (a.name < b.name ? -1 : 1));
  const header = headerOf(where, entries, metadata);
  const size = entries.reduce((sum, { bytes }) => sum + bytes, header.length);
  return { size, [Symbol.iterator]: () => chunksOf(where, header, entries) };
}

function entryOf(where: string, name: string, value: TensorLike, option: SafetensorsOptions["dtype"]): Entry {
  requireText(where, "a tensor's name", name);
  if (name === METADATA) throw new RangeError(`${where}: a tensor must not be named ${METADATA}; got one`);
  const tensor = asTensor(where, shown(name), value);
  const dtype = dtypeOf(where, name, tensor, option);
  return { name, tensor, dtype, bytes: tensor.size * (BYTES.get(dtype) ?? 0) };
}

function dtypeOf(where: string, name: string, tensor: Tensor, option: SafetensorsOptions["dtype"]): WrittenDtype {
  const isFloat = tensor.dtype === "float32";
  const natural = isFloat ? "F32" : "I32";
  if (typeof option !== "function") return (isFloat ? option : undefined) ?? natural;
  const dtype = option(name, tensor) ?? natural;
  requireOneOf(
    where,
    `dtype of ${shown(name)}, ${tensor}`,
    dtype,
    isFloat ? ["F32", "F16", "BF16"] : ["I32", "I64", "I8"],
  );
  return dtype;
}

function headerOf(where: string, entries: readonly Entry[], metadata: Readonly<Record<string, string>>): Uint8Array {
  requireRecord(where, "metadata", metadata, "names and values");
  const texts = Object.entries(metadata).map(([key, text]) => {
    requireText(where, "a key of metadata", key);
    requireText(where, `metadata ${shown(key)}`, text);
    return `${JSON.stringify(key)}:${JSON.stringify(text)}`;
  });
  const members = texts.length > 0 ? [`"${METADATA}":{${texts.join(",")}}`] : [];
  let end = 0;
  for (const { name, dtype, tensor, bytes } of entries) {
    const start = end;
    end += bytes;
    const shape = tensor.shape.join(",");
    members.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${start},${end}]}`);
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > LONGEST_HEADER) {
    throw new RangeError(`${where}: names and metadata must need at most ${LONGEST_HEADER} bytes; got ${length}`);
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

function* chunksOf(where: string, header: Uint8Array, entries: readonly Entry[]): Generator<Uint8Array> {
  yield header;
  for (const entry of entries) {
    // Checked again: a buffer may have been transferred after the header was made.
    const { data } = asTensor(where, shown(entry.name), entry.tensor);
    if (entry.dtype === "F32" || entry.dtype === "I32") {
      if (data.length > 0) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      continue;
    }
    for (let start = 0; start < data.length; start += PIECE) yield converted(where, entry, data, start);
  }
}

/** The bytes of at most `PIECE` numbers. */
function converted(where: string, { name, dtype }: Entry, data: Tensor["data"], start: number): Uint8Array {
  const part = data.subarray(start, start + PIECE);
  if (part instanceof Int32Array && dtype === "I64") return new Uint8Array(BigInt64Array.from(part, BigInt).buffer);
  if (part instanceof Int32Array) {
    const wide = part.findIndex((value) => value !== (value << 24) >> 24);
    if (wide < 0) return new Uint8Array(Int8Array.from(part).buffer);
    const got = `${part[wide]} at index ${start + wide}`;
    throw new RangeError(`${where}: ${shown(name)} must be from -128 to 127 as I8; got ${got}`);
  }
  const bits = new Uint32Array(part.buffer, part.byteOffset, part.length);
  const halves = new Uint16Array(part.length);
  const misfit = dtype === "F16" ? toFloat16(bits, part, halves) : toBfloat16(bits, halves);
  if (misfit < 0) return new Uint8Array(halves.buffer);
  const got = `${part[misfit]} at index ${start + misfit}`;
  throw new RangeError(`${where}: ${shown(name)} must be finite as ${dtype}; got ${got}`);
}

function requireText(where: string, what: string, value: unknown): void {
  if (typeof value !== "string") throw new TypeError(`${where}: ${what} must be a string; got ${shown(value)}`);
  if (LONE_SURROGATE.test(value)) {
    throw new RangeError(`${where}: ${what} must be Unicode, without half a pair of surrogates; got ${shown(value)}`);
  }
}
