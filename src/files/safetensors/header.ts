import { FormatError } from "../../base/errors.ts";
import { type Shape, printShape } from "../../base/shape.ts";
import { shown } from "../../base/shown.ts";
import { JsonReader, type Refuse, jsonText } from "../json-reader.ts";
import type { ByteSource } from "../source.ts";
import { bitsOf } from "./dtypes.ts";

/** The most bytes of a header, as in the reference implementation. */
export const LONGEST_HEADER = 100_000_000;

/** The name in a header under which the metadata stands. */
export const METADATA = "__metadata__";

const LENGTH = 8; // bytes before the header: its length
const BRACE = 0x7b;

/** What a safetensors file says of itself. */
export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface TensorEntry {
  /** The name of the format: `F32`. */
  readonly dtype: string;
  readonly shape: Shape;
  /** Where its bytes lie in the file: [start, end). */
  readonly start: number;
  readonly end: number;
}

/** An entry under its name, with offsets that are counted from the end of the header. */
interface NamedEntry extends TensorEntry {
  readonly name: string;
}

/**
 * Reads and checks the header of a safetensors file, and no more of it. Required are:
 * - a length of at most 100,000,000 bytes that lie in the file, and JSON in UTF-8 that begins with "{";
 * - no repeated name, in the header, the metadata and the entries;
 * - metadata that is text by text;
 * - entries with dtype, shape and offsets; for dtypes of the reference implementation, bytes as many as dtype and shape need.
 *   Other members of an entry are ignored;
 * - tensors that cover the rest of the file without holes and overlaps.
 *
 * Source: https://github.com/huggingface/safetensors, README.md and safetensors/src/tensor.rs
 * @throws FormatError when one of these does not hold
 * @throws FileError when the host cannot read the file
 */
export async function readHeader(where: string, source: ByteSource): Promise<SafetensorsHeader> {
  const refuse: Refuse = (must, got) => {
    throw new FormatError(`${where}: in ${JSON.stringify(source.name)}, ${must}; got ${got}`);
  };
  if (source.size < LENGTH) refuse("the length of the header must be 8 bytes", `a file of ${source.size} bytes`);
  const first = await source.read(0, LENGTH);
  const length = lengthOf(first);
  if (length > LONGEST_HEADER) {
    const begin = shown(new TextDecoder("latin1").decode(first));
    const which = begin.startsWith('"PK')
      ? "a zip archive, as those of PyTorch and NumPy"
      : `a file that begins with ${begin}`;
    refuse(
      `the header must have at most ${LONGEST_HEADER} bytes`,
      `${length}: is it a safetensors file? It is ${which}`,
    );
  }
  const start = LENGTH + Number(length);
  if (start > source.size) refuse(`the header must lie in the file of ${source.size} bytes`, `${length} bytes`);
  const text = textOf(await source.read(LENGTH, start), refuse);
  const { entries, metadata } = parse(text, refuse);
  requireCover(entries, source.size - start, refuse);
  const tensors = new Map(
    entries.map(({ name, ...entry }) => [name, { ...entry, start: start + entry.start, end: start + entry.end }]),
  );
  return { tensors, metadata };
}

function lengthOf({ buffer }: Uint8Array<ArrayBuffer>): bigint {
  return new DataView(buffer).getBigUint64(0, true);
}

function textOf(bytes: Uint8Array, refuse: Refuse): string {
  const [first] = bytes;
  if (first !== BRACE) refuse('the header must begin with "{"', first === undefined ? "nothing" : `byte ${first}`);
  return jsonText("the header", bytes, refuse);
}

function parse(text: string, refuse: Refuse): { entries: NamedEntry[]; metadata: Map<string, string> } {
  const json = new JsonReader(text, refuse);
  const entries: NamedEntry[] = [];
  const metadata = new Map<string, string>();
  json.object("the header", (name) => {
    if (name === METADATA) {
      json.object(METADATA, (key) => void metadata.set(key, json.string(`a value in ${METADATA}`)));
    } else {
      entries.push(entryOf(json, name, refuse));
    }
  });
  json.end("the header");
  return { entries, metadata };
}

function entryOf(json: JsonReader, name: string, refuse: Refuse): NamedEntry {
  const what = `tensor ${shown(name)}`;
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  const wholes = (part: string): number[] => {
    const values: number[] = [];
    json.array(`${part} of ${what}`, () => void values.push(json.whole(`a number in ${part} of ${what}`)));
    return values;
  };
  json.object(what, (member) => {
    if (member === "dtype") dtype = json.string(`dtype of ${what}`);
    else if (member === "shape") shape = wholes("shape");
    else if (member === "data_offsets") offsets = wholes("data_offsets");
    else json.skip(`a member of ${what}`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const found = [dtype && "dtype", shape && "shape", offsets && "data_offsets"].filter((part) => part !== undefined);
    return refuse(`${what} must have dtype, shape and data_offsets`, found.join(", ") || "none of them");
  }
  const [start, end, ...more] = offsets;
  if (start === undefined || end === undefined || more.length > 0 || end < start) {
    return refuse(`data_offsets of ${what} must be a start and an end`, shown(offsets));
  }
  requireSize(what, dtype, shape, end - start, refuse);
  return { name, dtype, shape, start, end };
}

function requireSize(what: string, dtype: string, shape: Shape, bytes: number, refuse: Refuse): void {
  const bits = bitsOf(dtype);
  if (bits === undefined) return;
  let needed = bits;
  for (const extent of shape) {
    needed *= extent;
    if (needed > Number.MAX_SAFE_INTEGER) {
      refuse(`${what} must have fewer than 2^53 bits`, `${dtype} ${shown(shape)}`);
    }
  }
  if (needed !== bytes * 8) {
    const size = needed % 8 === 0 ? `${needed / 8} bytes` : `${needed} bits, which are no whole bytes,`;
    refuse(`${what} must have the ${size} of ${dtype} ${printed(shape)}`, `${bytes} bytes`);
  }
}

/** Sorts entries by their bytes and requires that they cover `size` bytes. */
function requireCover(entries: NamedEntry[], size: number, refuse: Refuse): void {
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.start !== end) {
      refuse(`tensor ${shown(entry.name)} must begin where the one before ends, at ${end}`, `${entry.start}`);
    }
    ({ end } = entry);
  }
  if (end !== size) refuse(`tensors must fill the ${size} bytes after the header`, `${end} bytes of tensors`);
}

/** A shape for a message: strangers may write long ones. */
function printed(shape: Shape): string {
  return shape.length <= 8 ? printShape(shape) : shown(shape);
}
