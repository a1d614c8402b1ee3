import { FormatError } from "../../base/errors.ts";
import { visible } from "../../base/shown.ts";
import { MOST_EXPANSION, inflatedStart } from "../../files/inflate.ts";
import { fastPng } from "../peers.ts";
import type { Pixels } from "./pixels.ts";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** The chunks that make the pixels; others, as texts and profiles, may expand to anything. */
const DECODED = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
const MOST_PIXELS = 2 ** 26;
const MOST_UNCHECKED = 2 ** 28; // bytes: less than this is inflated at once

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly isInterlaced: boolean;
  /** Bytes of all rows, at most. */
  readonly rows: number;
}

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * The pixels of a PNG file of any colour type and depth.
 * @throws FormatError when it is damaged, larger than 2^26 pixels, or interlaced with less than 8 bits
 */
export async function pngPixels(where: string, called: string, bytes: Uint8Array<ArrayBuffer>): Promise<Pixels> {
  const library = await fastPng(where);
  const chunks = chunksOf(called, bytes);
  const header = headerOf(called, chunks.get("IHDR")?.[0]);
  await requireExpansion(called, header, chunks.get("IDAT") ?? []);
  const parts = [bytes.subarray(0, SIGNATURE.length), ...[...chunks.values()].flat().map(({ whole }) => whole)];
  try {
    return pixelsOf(library, library.decode(await new Blob(parts).arrayBuffer()));
  } catch (cause) {
    const got = visible(cause instanceof Error ? cause.message : String(cause));
    throw new FormatError(`${called} must be a whole PNG image; got ${got}`, { cause });
  }
}

interface Chunk {
  /** With its length, type and checksum. */
  readonly whole: Uint8Array<ArrayBuffer>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The chunks that are decoded, by their types, in the order of the file. */
function chunksOf(called: string, bytes: Uint8Array<ArrayBuffer>): ReadonlyMap<string, readonly Chunk[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Chunk[]>();
  for (let at = SIGNATURE.length; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length) break;
    const chunk = { whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, end - 4) };
    if (!chunks.has(type) && DECODED.has(type)) chunks.set(type, []);
    chunks.get(type)?.push(chunk);
    if (type === "IEND") return chunks;
    at = end;
  }
  throw new FormatError(`${called} must be a whole PNG image; got one that ends within a chunk`);
}

function headerOf(called: string, chunk: Chunk | undefined): Header {
  if (chunk?.body.length !== 13) throw new FormatError(`${called} must be a PNG image with a header; got none`);
  const view = new DataView(chunk.body.buffer, chunk.body.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, isInterlaced] = [view.getUint8(8), view.getUint8(12) !== 0];
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) {
    throw new FormatError(`${called} must have 1 to ${MOST_PIXELS} pixels; got ${width} by ${height}`);
  }
  // fast-png decodes such images to wrong pixels.
  if (isInterlaced && depth < 8) {
    throw new FormatError(`${called} must not be interlaced if it has less than 8 bits for each channel; got ${depth}`);
  }
  return { width, height, depth, isInterlaced, rows: height * (1 + Math.ceil((width * 4 * depth) / 8)) + 7 * height };
}

/** Requires that the data can expand to the pixels and, where it could fill memory, that it expands to no more. */
async function requireExpansion(
  called: string,
  { width, height, depth, rows }: Header,
  data: readonly Chunk[],
): Promise<void> {
  const packed = data.reduce((sum, { body }) => sum + body.length, 0);
  if (width * height * depth > 8 * packed * MOST_EXPANSION) {
    const got = `${packed} bytes for ${width} by ${height}`;
    throw new FormatError(`${called} must have data that can expand to its pixels; got ${got}`);
  }
  if (packed * MOST_EXPANSION <= MOST_UNCHECKED) return;
  const bytes = new Uint8Array(await new Blob(data.map(({ body }) => body)).arrayBuffer());
  const { length } = await inflatedStart(called, bytes, "deflate", Math.min(rows + 1, packed * MOST_EXPANSION));
  if (length > rows) throw new FormatError(`${called} must expand to its pixels, at most ${rows} bytes; got more`);
}

type Library = Awaited<ReturnType<typeof fastPng>>;

function pixelsOf(library: Library, decoded: ReturnType<Library["decode"]>): Pixels {
  const { width, height, depth, channels, data, palette, transparency } = decoded;
  if (palette && channels === 1 && depth <= 8) {
    const values = library.convertIndexedToRgb(decoded);
    return { width, height, channels: palette[0]?.length ?? 3, values, most: 255 };
  }
  const most = (1 << depth) - 1;
  const values = depth < 8 ? unpacked(data, width, height, depth) : Uint16Array.from(data);
  const opaque = { width, height, channels, values, most };
  return transparency && transparency.length === channels ? withAlpha(opaque, transparency) : opaque;
}

/** The values of a grey image with less than 8 bits: rows begin at bytes. */
function unpacked(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const values = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = data[y * rowBytes + Math.floor((x * depth) / 8)] ?? 0;
      values[y * width + x] = (byte >> (8 - depth - ((x * depth) % 8))) & ((1 << depth) - 1);
    }
  }
  return values;
}

/** Pixels of the one colour that is transparent get alpha 0. */
function withAlpha({ width, height, channels, values, most }: Pixels, transparent: Uint16Array): Pixels {
  const out = new Uint16Array(width * height * (channels + 1));
  for (let i = 0; i < width * height; i++) {
    const pixel = values.subarray(i * channels, (i + 1) * channels);
    out.set(pixel, i * (channels + 1));
    out[i * (channels + 1) + channels] = pixel.every((value, k) => value === transparent[k]) ? 0 : most;
  }
  return { width, height, channels: channels + 1, values: out, most };
}
