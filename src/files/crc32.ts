import { platform } from "#platform";

/** Remainders of all bytes by the polynomial of zip. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xed_b8_83_20 : rest >>> 1;
  return rest;
});

/** The CRC-32 of zip (ISO 3309), from 0 to 2^32 - 1; by the host where it can. */
export function crc32(bytes: Uint8Array): number {
  return platform.crc32?.(bytes) ?? crc32ByTable(bytes);
}

/** The same without the host. */
export function crc32ByTable(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0);
  return ~crc >>> 0;
}
