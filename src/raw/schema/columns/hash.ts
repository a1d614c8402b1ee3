const encoder = new TextEncoder();

/** MurmurHash3 of the UTF-8 bytes of a text, 32 bits with sign, seed 0. Source: https://github.com/aappleby/smhasher */
export function hash(text: string): number {
  const bytes = encoder.encode(text);
  const whole = bytes.length & ~3;
  let h = 0;
  for (let i = 0; i < whole; i += 4) {
    h ^= scrambled(
      byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24),
    );
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | byte(bytes, i);
  if (whole < bytes.length) h ^= scrambled(rest);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** One of `slots` for a text, from 0. */
export function slotOf(text: string, slots: number): number {
  return Math.abs(hash(text)) % slots;
}

function scrambled(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function byte(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}
