/** .npz: a zip archive of .npy files. */
import { zipSync } from "fflate";
import { FormatError, shown } from "../../base/errors.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import { type Choice, chosenOf } from "../chosen.ts";
import { joined } from "../joined.ts";
import { recordOf } from "../rename.ts";
import { entryBytes, zipEntries } from "../zip.ts";
import { decodeNpy } from "./decode.ts";
import { npyParts } from "./encode.ts";

const SUFFIX = ".npy";
const LONGEST_NAME = 65_535; // bytes
const MOST_ENTRIES = 65_534; // of an archive without zip64
const MOST_BYTES = 2 ** 32 - 2;
const ENTRY_BYTES = 30 + 46; // of headers, beside the name
const END_BYTES = 22; // of the record at the end

/** Which arrays are read, by which names. */
export interface NpzChoice extends Choice {
  /** The most bytes that deflated entries may inflate to, all together. */
  readonly maxBytes: number;
}

/**
 * The arrays of a .npz file.
 * @throws FormatError when the bytes are no such file
 */
export function decodeNpz(
  where: string,
  bytes: Uint8Array,
  { maxBytes, ...choice }: NpzChoice,
): Record<string, Tensor> {
  const entries = [...zipEntries(where, bytes).values()].map((entry) => [arrayName(where, entry.name), entry] as const);
  const chosen = chosenOf(where, recordOf(entries), choice);
  const inflatedBytes = Object.values(chosen).reduce((sum, { isDeflated, size }) => sum + (isDeflated ? size : 0), 0);
  if (inflatedBytes > maxBytes) {
    const must = `deflated arrays must inflate to at most ${maxBytes} bytes (maxBytes)`;
    throw new FormatError(`${where}: ${must}; got ${inflatedBytes}`);
  }
  return recordOf(
    Object.entries(chosen).map(([name, entry]) => [name, decodeNpy(where, shown(name), entryBytes(where, entry))]),
  );
}

function arrayName(where: string, entry: string): string {
  if (entry.endsWith(SUFFIX)) return entry.slice(0, -SUFFIX.length);
  throw new FormatError(`${where}: entries of .npz must be .npy files; got ${shown(entry)}`);
}

/** A record of tensors as the bytes of a .npz file; the same record always gives the same bytes. */
export function encodeNpz(where: string, record: Readonly<Record<string, TensorLike>>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(record).map(([name, tensor]) => {
    const file = `${name}${SUFFIX}`;
    const nameBytes = new TextEncoder().encode(file).length;
    if (nameBytes > LONGEST_NAME)
      throw new RangeError(`${where}: names must have at most 65531 bytes; got ${nameBytes - 4}`);
    const [header, numbers] = npyParts(where, tensor);
    return { file, nameBytes, parts: [header, numbers], bytes: header.length + numbers.length };
  });
  const size = entries.reduce((sum, { nameBytes, bytes }) => sum + ENTRY_BYTES + 2 * nameBytes + bytes, END_BYTES);
  if (size > MOST_BYTES || entries.length > MOST_ENTRIES) {
    const got = `${size} bytes in ${entries.length} arrays`;
    throw new RangeError(`${where}: a .npz file must have less than 4 GiB and 65535 arrays; got ${got}`);
  }
  const files = Object.fromEntries(entries.map(({ file, parts, bytes }) => [file, joined(parts, bytes)]));
  // The earliest date that zip has: no clock in the bytes.
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}
