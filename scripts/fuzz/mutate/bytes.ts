import type { Draw } from "../draw.ts";

/** Whole numbers at which formats and machines have borders. */
export const BORDERS: readonly [number, ...number[]] = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  9,
  16,
  63,
  64,
  65,
  100,
  127,
  128,
  255,
  256,
  1023,
  1024,
  4096,
  32_767,
  32_768,
  65_534,
  65_535,
  65_536,
  99_999_999,
  100_000_000,
  100_000_001,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 2,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 62,
  2 ** 63,
  2 ** 64 - 1,
];

const LONGEST = 2 ** 16; // bytes: copies of copies grow

type Change = (draw: Draw, bytes: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

const changes: readonly [Change, ...Change[]] = [
  (draw, bytes) => withByte(draw, bytes, (byte) => byte ^ (1 << draw.below(8))),
  (draw, bytes) => withByte(draw, bytes, () => draw.below(256)),
  (draw, bytes) => withByte(draw, bytes, (byte) => byte + draw.pick([-1, 1])),
  (draw, bytes) => withInteger(draw, bytes, draw.below(bytes.length)),
  (draw, bytes) => withInteger(draw, bytes, draw.below(Math.min(16, bytes.length))),
  (draw, bytes) => bytes.slice(0, draw.below(bytes.length)),
  (draw, bytes) => bytes.slice(0, bytes.length - 1 - draw.below(Math.min(16, bytes.length))),
  (draw, bytes) => bytes.slice(draw.below(Math.min(16, bytes.length))),
  (draw, bytes) => spliced(bytes, draw.below(bytes.length), 0, draw.bytes(1 + draw.below(8))),
  (draw, bytes) => spliced(bytes, draw.below(bytes.length), 1 + draw.below(16), new Uint8Array()),
  (draw, bytes) => spliced(bytes, draw.below(bytes.length), 0, partOf(draw, bytes)),
  (draw, bytes) => overwritten(bytes, draw.below(bytes.length), partOf(draw, bytes)),
  (draw, bytes, others) => spliced(bytes, draw.below(bytes.length), 0, partOf(draw, draw.pick(others) ?? bytes)),
  (draw, bytes, others) => overwritten(bytes, draw.below(bytes.length), partOf(draw, draw.pick(others) ?? bytes)),
  (draw, bytes, others) => {
    const other = draw.pick(others) ?? bytes;
    return spliced(bytes, draw.below(bytes.length), bytes.length, other.subarray(draw.below(other.length)));
  },
];

/** A copy with one to four changes that know nothing of the format. */
export function mutateBytes(draw: Draw, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let changed = bytes;
  for (let left = 1 + draw.below(4) * draw.below(2); left > 0; left--) {
    changed = draw.pick(changes)(draw, changed, others).slice(0, LONGEST);
  }
  return changed;
}

/** A whole number that is near a border. */
export function border(draw: Draw): number {
  return draw.pick(BORDERS) + (draw.chance(0.2) ? draw.below(3) - 1 : 0);
}

/** Bytes with `taken` of them, from `at` on, replaced by others. */
export function spliced(bytes: Uint8Array, at: number, taken: number, inserted: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(at + taken, bytes.length));
  const out = new Uint8Array(at + inserted.length + rest.length);
  out.set(bytes.subarray(0, at));
  out.set(inserted, at);
  out.set(rest, at + inserted.length);
  return out;
}

function overwritten(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const out = bytes.slice();
  out.set(part.subarray(0, out.length - at), at);
  return out;
}

function partOf(draw: Draw, bytes: Uint8Array): Uint8Array {
  const start = draw.below(bytes.length);
  return bytes.subarray(start, start + 1 + draw.below(draw.pick([4, 16, 64, 1024])));
}

function withByte(draw: Draw, bytes: Uint8Array, change: (byte: number) => number): Uint8Array {
  const out = bytes.slice();
  const at = draw.below(bytes.length);
  out.set([change(out[at] ?? 0) & 255].slice(0, out.length), 0 + (out.length > 0 ? at : 0));
  return out;
}

/** Writes a whole number of 1 to 8 bytes. */
function withInteger(draw: Draw, bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice();
  const width = draw.pick([1, 2, 4, 8]);
  if (at + width > out.length) return out;
  writeInteger(out, at, width, draw.chance(0.2) ? -border(draw) : border(draw), draw.chance(0.8));
  return out;
}

/** Writes the lowest bits of a whole number. */
export function writeInteger(bytes: Uint8Array, at: number, width: number, value: number, isLittle = true): void {
  const bits = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < width; i++) {
    const place = isLittle ? i : width - 1 - i;
    bytes[at + place] = Number((bits >> BigInt(8 * i)) & 255n);
  }
}
