/** Entries of zip archives (PKWARE's APPNOTE 6.3), stored or deflated. */
import { inflateSync } from "fflate";
import { FormatError, shown } from "../base/errors.ts";
import { crc32 } from "../files/crc32.ts";

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** Bytes when inflated. */
  readonly size: number;
  /** The bytes as they lie in the archive. */
  readonly packed: Uint8Array;
}

/** What the directory says of an entry. */
interface Listed {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where its local header is. */
  readonly at: number;
}

const LOCAL = 0x04_03_4b_50;
const LISTED = 0x02_01_4b_50;
const END = 0x06_05_4b_50;
const [LOCAL_BYTES, LISTED_BYTES, END_BYTES] = [30, 46, 22];
const [STORED, DEFLATED] = [0, 8];
const ENCRYPTED = 0x20_41; // encryption, strong encryption, an encrypted directory
const LONGEST_COMMENT = 0xff_ff; // bytes
const MOST_EXPANSION = 1032; // DEFLATE gives at most 258 bytes for 2 bits

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= END_BYTES && [LOCAL, END].includes(viewOf(bytes).getUint32(0, true));
}

/**
 * All entries by name, in the order of the directory; nothing is inflated.
 * @throws FormatError when the archive is damaged, encrypted, larger than 4 GiB, has a name twice, or entries overlap
 */
export function zipEntries(where: string, bytes: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const { listed, start } = directory(where, bytes);
  const entries = new Map<string, ZipEntry>();
  const ends = new Map(endsOf(listed, start));
  for (const each of listed) {
    if (entries.has(each.name))
      throw new FormatError(`${where}: zip entries must have distinct names; got ${shown(each.name)} twice`);
    entries.set(each.name, entryOf(where, bytes, each, ends.get(each) ?? 0));
  }
  return entries;
}

/**
 * The bytes of an entry, checked by its CRC-32; a view of the archive if it is stored.
 * @throws FormatError when they do not inflate to the stated size, or have another CRC-32
 */
export function entryBytes(where: string, entry: ZipEntry): Uint8Array {
  const bytes = entry.isDeflated ? inflated(where, entry) : entry.packed;
  if (crc32(bytes) === entry.crc) return bytes;
  throw new FormatError(`${where}: zip entry ${shown(entry.name)} must match its CRC-32; got damaged bytes`);
}

function inflated(where: string, { name, size, packed }: ZipEntry): Uint8Array {
  const must = `${where}: zip entry ${shown(name)} must inflate to ${size} bytes`;
  try {
    // One byte more than stated: data that goes on fills it.
    const bytes = inflateSync(packed, { out: new Uint8Array(size + 1) });
    if (bytes.length === size) return bytes;
    throw new FormatError(`${must}; got ${bytes.length > size ? "more" : bytes.length}`);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(`${must}; got damaged bytes`, { cause: error });
  }
}

/** The entries that the directory lists, and where it starts. */
function directory(where: string, bytes: Uint8Array): { readonly listed: readonly Listed[]; readonly start: number } {
  const view = viewOf(bytes);
  const end = endOf(where, view);
  const [disk, startDisk, onDisk] = [4, 6, 8].map((at) => view.getUint16(end + at, true));
  const count = view.getUint16(end + 10, true);
  const [size, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  if (count === 0xff_ff || size === 0xff_ff_ff_ff || start === 0xff_ff_ff_ff) {
    throw new FormatError(`${where}: a zip archive must have less than 4 GiB and 65535 entries; got a zip64 archive`);
  }
  if (disk !== 0 || startDisk !== 0 || onDisk !== count || start + size > end) {
    throw new FormatError(`${where}: the zip directory must be within the file; got ${size} bytes at ${start}`);
  }
  const listed: Listed[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const entry = listedAt(where, bytes, view, at, start + size);
    listed.push(entry.listed);
    at = entry.end;
  }
  if (at !== start + size)
    throw new FormatError(`${where}: the zip directory must have ${size} bytes; got ${at - start}`);
  return { listed, start };
}

/** Where the last record starts: the one whose comment ends with the file. */
function endOf(where: string, view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw new FormatError(
    `${where}: a zip archive must end with its directory; got a file that was cut off or is no archive`,
  );
}

function listedAt(
  where: string,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  limit: number,
): { readonly listed: Listed; readonly end: number } {
  if (at + LISTED_BYTES > limit || view.getUint32(at, true) !== LISTED) {
    throw new FormatError(`${where}: the zip directory must list its entries; got other bytes at ${at}`);
  }
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((each) => view.getUint16(at + each, true));
  const nameEnd = at + LISTED_BYTES + (nameLength ?? 0);
  const end = nameEnd + (extraLength ?? 0) + (commentLength ?? 0);
  if (end > limit)
    throw new FormatError(`${where}: the zip directory must hold its names; got one that ends at ${end}`);
  const nameBytes = bytes.subarray(at + LISTED_BYTES, nameEnd);
  const listed: Listed = {
    name: nameOf(where, nameBytes),
    nameBytes,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packedSize: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    at: view.getUint32(at + 42, true),
  };
  requireReadable(where, listed, view.getUint16(at + 8, true));
  return { listed, end };
}

function nameOf(where: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(`${where}: names of zip entries must be UTF-8; got other bytes`);
  }
}

function requireReadable(where: string, { name, method, packedSize, size, at }: Listed, flags: number): void {
  const entry = `${where}: zip entry ${shown(name)}`;
  if (flags & ENCRYPTED) throw new FormatError(`${entry} must not be encrypted; got flags ${flags}`);
  if (method !== STORED && method !== DEFLATED) {
    throw new FormatError(`${entry} must be stored or deflated; got method ${method}`);
  }
  if ([packedSize, size, at].includes(0xff_ff_ff_ff)) {
    throw new FormatError(`${entry} must have less than 4 GiB; got a zip64 entry`);
  }
  const isPossible = method === STORED ? size === packedSize : size <= packedSize * MOST_EXPANSION;
  if (!isPossible) throw new FormatError(`${entry} must have a possible size; got ${size} bytes from ${packedSize}`);
}

/** Where each entry must have ended: at the next one, or at the directory. */
function endsOf(listed: readonly Listed[], directoryStart: number): (readonly [Listed, number])[] {
  const inOrder = listed.toSorted((a, b) => a.at - b.at);
  return inOrder.map((each, i) => [each, Math.min(inOrder[i + 1]?.at ?? directoryStart, directoryStart)]);
}

function entryOf(where: string, bytes: Uint8Array, listed: Listed, limit: number): ZipEntry {
  const { name, nameBytes, method, crc, packedSize, size, at } = listed;
  const entry = `${where}: zip entry ${shown(name)}`;
  const view = viewOf(bytes);
  if (at + LOCAL_BYTES > limit || view.getUint32(at, true) !== LOCAL) {
    throw new FormatError(`${entry} must have a header of its own; got other bytes at ${at}`);
  }
  const nameEnd = at + LOCAL_BYTES + view.getUint16(at + 26, true);
  const start = nameEnd + view.getUint16(at + 28, true);
  if (start + packedSize > limit) throw new FormatError(`${entry} must end before ${limit}; got ${start + packedSize}`);
  const ownName = bytes.subarray(at + LOCAL_BYTES, nameEnd);
  const isSame = ownName.length === nameBytes.length && ownName.every((byte, i) => byte === nameBytes[i]);
  if (!isSame || view.getUint16(at + 8, true) !== method) {
    throw new FormatError(`${entry} must be what the directory lists; got a header of another entry`);
  }
  return { name, isDeflated: method === DEFLATED, crc, size, packed: bytes.subarray(start, start + packedSize) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
