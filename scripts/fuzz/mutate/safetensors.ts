import type { Draw } from "../draw.ts";
import { mutateBytes, writeInteger } from "./bytes.ts";
import { mutateJson, printJson } from "./json.ts";

const WORDS = [
  "BOOL",
  "U8",
  "I8",
  "F16",
  "BF16",
  "I32",
  "U32",
  "F32",
  "F64",
  "I64",
  "U64",
  "F4",
  "F6_E2M3",
  "C64",
  "__metadata__",
  "data_offsets",
  "shape",
  "dtype",
  { dtype: "F32", shape: [0], data_offsets: [0, 0] },
  { dtype: "U8", shape: [1], data_offsets: [0, 1] },
];

/** A safetensors file in two parts. */
export interface Parts {
  readonly header: unknown;
  readonly numbers: Uint8Array;
}

/** The parts of a whole file. */
export function partsOf(bytes: Uint8Array): Parts {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  return { header, numbers: bytes.subarray(8 + length) };
}

/** A file of a header and what is behind it. */
export function joinedParts(header: string | Uint8Array, numbers: Uint8Array): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + numbers.length);
  writeInteger(bytes, 0, 8, text.length);
  bytes.set(text, 8);
  bytes.set(numbers, 8 + text.length);
  return bytes;
}

/** A safetensors file with a change: of its bytes, its header, or its numbers. */
export function mutateSafetensors(draw: Draw, file: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const kind = draw.below(4);
  if (kind === 0) return mutateBytes(draw, file, others);
  const { header, numbers } = partsOf(file);
  if (kind === 1) {
    const text = mutateBytes(draw, new TextEncoder().encode(JSON.stringify(header)), others);
    return joinedParts(text, numbers);
  }
  if (kind === 2) return joinedParts(JSON.stringify(header), mutateBytes(draw, numbers, others));
  return joinedParts(printJson(draw, mutateJson(draw, header, WORDS)), numbers);
}

/**
 * A safetensors file in whose metadata a JSON text is changed.
 * @param words values that mean something to the reader of the text
 */
export function mutateMetadata(draw: Draw, file: Uint8Array, key: string, words: readonly unknown[]): Uint8Array {
  const { header, numbers } = partsOf(file);
  const metadata: unknown = Reflect.get(Object(header), "__metadata__");
  const text: unknown = Reflect.get(Object(metadata), key);
  if (typeof text !== "string") return file;
  const changed = draw.chance(0.1)
    ? new TextDecoder().decode(mutateBytes(draw, new TextEncoder().encode(text), []))
    : printJson(draw, mutateJson(draw, JSON.parse(text), words));
  Reflect.set(Object(metadata), key, changed);
  return joinedParts(JSON.stringify(header), numbers);
}
