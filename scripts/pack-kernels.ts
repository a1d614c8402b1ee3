import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

const LEAST = 16; // bytes that are worth copying: fewer would make the patch smaller, and slower to apply

/**
 * Both builds of the kernels as JSON: `text` is base64 of raw DEFLATE data of the relaxed build, which most
 * programs run, followed by a patch that makes the strict build of it; lengths are in bytes. A patch repeats: how many bytes are new, these, how far the copy
 * starts from where the last one ended, how many bytes it has. Numbers are LEB128; the distance, which may be negative, is
 * doubled, with its sign in the lowest bit.
 */
export function packKernels(): string {
  const [strict, relaxed] = ["strict", "relaxed"].map((build) => readFileSync(`build/kernels/${build}.wasm`));
  if (!strict || !relaxed) throw new Error("kernels: both builds must be there; got one");
  const patch = patchBetween(relaxed, strict);
  const text = deflateRawSync(Buffer.concat([relaxed, patch]), { level: 9 }).toString("base64");
  return JSON.stringify({ relaxed: relaxed.length, patch: patch.length, strict: strict.length, text });
}

function patchBetween(from: Buffer, to: Buffer): Buffer {
  const places = placesOf(from);
  const patch: number[] = [];
  let added: number[] = [];
  let source = 0; // where the last copy ended
  const copy = (start: number, length: number): void => {
    const distance = start - source;
    patch.push(...leb128(added.length), ...added);
    patch.push(...leb128(distance < 0 ? -2 * distance + 1 : 2 * distance), ...leb128(length));
    added = [];
    source = start + length;
  };
  for (let at = 0; at < to.length;) {
    const { start, length } = longest(from, to, at, [source, ...(places.get(wordAt(to, at)) ?? [])]);
    if (length >= LEAST) copy(start, length);
    else added.push(to[at] ?? 0);
    at += length >= LEAST ? length : 1;
  }
  copy(source, 0);
  return Buffer.from(patch);
}

/** Where the same bytes follow as in `to` from `at` on, for longest; the first of several. */
function longest(
  from: Buffer,
  to: Buffer,
  at: number,
  starts: readonly number[],
): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (const start of starts) {
    let length = 0;
    while (at + length < to.length && from[start + length] === to[at + length]) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** By what LEAST bytes they begin. */
function placesOf(bytes: Buffer): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (let i = 0; i + LEAST <= bytes.length; i++) {
    const word = wordAt(bytes, i);
    const known = places.get(word);
    if (known) known.push(i);
    else places.set(word, [i]);
  }
  return places;
}

function wordAt(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", at, at + LEAST);
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb128(Math.floor(value / 128))];
}
