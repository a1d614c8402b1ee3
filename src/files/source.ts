import { type UrlLike, isUrl } from "../base/url.ts";
import { FormatError } from "../base/errors.ts";
import { arrayKind } from "../base/numbers.ts";
import { shown } from "../base/shown.ts";
import { located, onHost, requireKind, roomFor } from "./host.ts";

/** A file to read: a path or file: URL where the host has files, a Blob, or bytes in memory. */
export type FileLike = string | UrlLike | BlobLike | ArrayBuffer | Uint8Array;

/** What is read of a Blob or File. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): BlobLike;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes that are read in any order. */
export interface ByteSource {
  /** The path, or what holds the bytes, for messages. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * The bytes in [start, end), in a buffer of their own.
   * @throws FormatError when the source ends before `end`
   * @throws FileError when the host cannot read them
   */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Fills `into` with the bytes from `start` on; after an error it has any contents.
   * @throws FormatError or FileError as `read`
   */
  readInto(into: Uint8Array<ArrayBuffer>, start: number): Promise<void>;
  close(): Promise<void>;
}

const PIECE = 2 ** 30; // bytes that are read of a Blob at once

/**
 * Opens a file, Blob or array for reading. Nothing is read yet; bytes in memory are copied when they are read.
 * @throws TypeError when `file` is nothing of the kind, or a path where the host has no files
 * @throws FileError when the host cannot open the path
 */
export async function openSource(where: string, file: FileLike): Promise<ByteSource> {
  const given: unknown = file;
  if (typeof given === "string" || isUrl(given)) return openFile(where, given);
  if (arrayKind(given) === "Uint8Array") return bytesSource(where, file as Uint8Array);
  if (isBuffer(given)) return bytesSource(where, new Uint8Array(given));
  if (isBlob(given)) return blobSource(where, given);
  const got = shown(given);
  const advice = isResponse(given) ? " (give `await response.blob()`)" : "";
  throw new TypeError(
    `${where}: the file must be a path, a URL, a Blob, an ArrayBuffer or a Uint8Array; got ${got}${advice}`,
  );
}

/** What `use` gives for an open file, which is closed after it. */
export async function withSource<T>(
  where: string,
  file: FileLike,
  use: (source: ByteSource) => Promise<T>,
): Promise<T> {
  const source = await openSource(where, file);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

async function openFile(where: string, file: string | UrlLike): Promise<ByteSource> {
  const { files, path } = located(where, file);
  const must = "readable";
  // Before it is opened: opening a pipe waits for a writer.
  requireKind(where, path, await onHost(where, path, must, () => files.status(path)), "file");
  const open = await onHost(where, path, must, () => files.open(path));
  try {
    const { size } = await onHost(where, path, must, () => open.status());
    const readSome: Access["readSome"] = (into, start) => onHost(where, path, must, () => open.read(into, start));
    const close = (): Promise<void> => onHost(where, path, "closed", () => open.close());
    // Contents of the host's memory never show: either all bytes are read or the read throws.
    return sourceOf(where, path, size, { readSome, close, room: (length) => files.room(length) });
  } catch (error) {
    await open.close();
    throw error;
  }
}

function bytesSource(where: string, bytes: Uint8Array): ByteSource {
  const readSome: Access["readSome"] = async (into, start) => {
    const part = bytes.subarray(start, start + into.length);
    into.set(part);
    return part.length;
  };
  return sourceOf(where, "the given bytes", bytes.length, { readSome });
}

function blobSource(where: string, blob: BlobLike): ByteSource {
  const given: unknown = Reflect.get(blob, "name");
  const name = typeof given === "string" ? given : "the given Blob";
  const readSome: Access["readSome"] = async (into, start) => {
    const end = start + Math.min(into.length, PIECE);
    const part = await onHost(where, name, "readable", () => blob.slice(start, end).arrayBuffer());
    const bytes = new Uint8Array(part, 0, Math.min(part.byteLength, into.length));
    into.set(bytes);
    return bytes.length;
  };
  return sourceOf(where, name, blob.size, { readSome });
}

interface Access {
  /** Puts bytes from `start` on into the beginning of `into`, and returns how many: 0 at the end, else at least 1. */
  readonly readSome: (into: Uint8Array<ArrayBuffer>, start: number) => Promise<number>;
  readonly close?: () => Promise<void>;
  /** Makes the array that is filled. Default: an array of zeros. */
  readonly room?: (length: number) => Uint8Array<ArrayBuffer>;
}

function sourceOf(where: string, name: string, size: number, access: Access): ByteSource {
  const { readSome, close = async () => {}, room = (length: number) => new Uint8Array(length) } = access;
  const short = (end: number, got: number): never => {
    throw new FormatError(`${where}: ${JSON.stringify(name)} must have at least ${end} bytes; got ${got}`);
  };
  const readInto = async (into: Uint8Array<ArrayBuffer>, start: number): Promise<void> => {
    if (start + into.length > size) short(start + into.length, size);
    for (let at = 0; at < into.length;) {
      const count = await readSome(into.subarray(at), start + at);
      if (count === 0) short(start + into.length, start + at);
      at += count;
    }
  };
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    if (end > size) short(end, size);
    const bytes = roomFor(where, name, end - start, room);
    await readInto(bytes, start);
    return bytes;
  };
  let closed: Promise<void> | undefined;
  return { name, size, read, readInto, close: () => (closed ??= close()) };
}

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength");

/** ArrayBuffers of any realm. */
function isBuffer(value: unknown): value is ArrayBuffer {
  try {
    return typeof byteLength?.get?.call(value) === "number";
  } catch {
    return false;
  }
}

function isBlob(value: unknown): value is BlobLike {
  if (typeof value !== "object" || value === null) return false;
  const { size, slice, arrayBuffer } = value as Partial<Record<keyof BlobLike, unknown>>;
  return typeof size === "number" && typeof slice === "function" && typeof arrayBuffer === "function";
}

function isResponse(value: unknown): boolean {
  return typeof value === "object" && value !== null && "blob" in value && "arrayBuffer" in value;
}
