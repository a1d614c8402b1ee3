import { crc32 } from "../../files/crc32.ts";
import { toBase64 } from "../base64.ts";

/** Channels, 1 or 3, height and width. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** Pixels of a side that are kept, at most. */
const MOST = 256;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GRAY = 0;
const RGB = 2;
const STORED = 0xffff; // bytes of a block that is not compressed, at most
const ADLER = 65521;

/**
 * An image as PNG, base64. Numbers from 0 to 1 are black to white; an image with others is scaled from its lowest to its highest. Every
 * n-th pixel is kept of an image of more than 256 pixels a side.
 * @param numbers [channels, height, width]
 */
export function pngOf(numbers: ArrayLike<number>, [channels, height, width]: ImageShape): string {
  const every = Math.ceil(Math.max(height, width) / MOST);
  const [rows, columns] = [Math.ceil(height / every), Math.ceil(width / every)];
  const grayOf = scaleOf(numbers);
  const rowBytes = 1 + columns * channels; // a row begins with its filter, 0
  const pixels = new Uint8Array(rows * rowBytes);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const from = (channel * height + row * every) * width + column * every;
        pixels[row * rowBytes + 1 + column * channels + channel] = grayOf(numbers[from] ?? 0);
      }
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns);
  view.setUint32(4, rows);
  header.set([8, channels === 1 ? GRAY : RGB], 8);
  const chunks = [chunk("IHDR", header), chunk("IDAT", stored(pixels)), chunk("IEND", new Uint8Array())];
  return toBase64(Uint8Array.from([...SIGNATURE, ...chunks.flatMap((each) => [...each])]));
}

/** The function from numbers of an image to bytes; what is not finite is black. */
function scaleOf(numbers: ArrayLike<number>): (value: number) => number {
  let [low, high] = [0, 1];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return (value) => (Number.isFinite(value) ? Math.round(((value - low) / (high - low)) * 255) : 0);
}

function chunk(type: string, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 12);
  const view = new DataView(result.buffer);
  view.setUint32(0, bytes.length);
  result.set(new TextEncoder().encode(type), 4);
  result.set(bytes, 8);
  view.setUint32(bytes.length + 8, crc32(result.subarray(4, bytes.length + 8)));
  return result;
}

/** Bytes in the form of zlib (RFC 1950), in blocks that are not compressed. */
function stored(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(Math.ceil(bytes.length / STORED), 1);
  const result = new Uint8Array(2 + blocks * 5 + bytes.length + 4);
  const view = new DataView(result.buffer);
  result.set([0x78, 0x01]);
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * STORED, (block + 1) * STORED);
    view.setUint8(at, Number(block === blocks - 1));
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    result.set(part, at + 5);
    at += 5 + part.length;
  }
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % ADLER;
    b = (b + a) % ADLER;
  }
  view.setUint16(at, b);
  view.setUint16(at + 2, a);
  return result;
}
