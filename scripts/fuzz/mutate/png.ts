import { unzlibSync, zlibSync } from "fflate";
import type { Draw } from "../draw.ts";
import { mutateBytes, spliced, writeInteger } from "./bytes.ts";

const SIGNATURE = 8; // bytes
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value;
});

/** A PNG file with a change of its bytes, or of a chunk, whose length and CRC-32 are right then, or of its inflated rows. */
export function mutatePng(draw: Draw, file: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (draw.chance(0.3)) return mutateBytes(draw, file, others);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const places: number[] = [];
  for (let at = SIGNATURE; at + 12 <= file.length; at += 12 + view.getUint32(at)) places.push(at);
  const at = draw.pick(places) ?? SIGNATURE;
  const length = view.getUint32(at);
  const body = file.slice(at + 8, at + 8 + length);
  const isData = String.fromCharCode(...file.subarray(at + 4, at + 8)) === "IDAT";
  const bytes =
    isData && draw.chance(0.7) ? zlibSync(mutateBytes(draw, unzlibSync(body), [])) : mutateBytes(draw, body, []);
  const chunk = new Uint8Array(12 + bytes.length);
  writeInteger(chunk, 0, 4, bytes.length, false);
  chunk.set(file.subarray(at + 4, at + 8), 4);
  chunk.set(bytes, 8);
  writeInteger(chunk, 8 + bytes.length, 4, crc32(chunk.subarray(4, 8 + bytes.length)), false);
  return spliced(file, at, 12 + length, chunk);
}

function crc32(bytes: Uint8Array): number {
  let value = 0xff_ff_ff_ff;
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 255] ?? 0);
  return ~value >>> 0;
}
