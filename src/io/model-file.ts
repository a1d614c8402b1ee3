/** How a model lies in a safetensors file: its state dict by name, and in the metadata what rebuilds it. */

/** The key of the metadata under which the configuration stands, as JSON `{ version, model }`. */
export const CONFIGURATION = "lanegrad";

/** The version of that JSON, which grows when an older release could not load a new file. */
export const VERSION = 1;

/** Before the names of a model's tensors in a checkpoint, which holds others too. */
export const IN_CHECKPOINT = "model/";

/** Before the name of a pruned parameter: its mask, one bit for each number, the lowest first, 1 for learned ones. */
export const MASK = "mask/";

const BITS = 32;

/** The shape of a mask of `size` bits. */
export function packedShape(size: number): readonly [number] {
  return [Math.ceil(size / BITS)];
}

/** A mask of ones and zeros as bits. */
export function packed(mask: ArrayLike<number>): Int32Array {
  const words = new Int32Array(packedShape(mask.length)[0]);
  for (let i = 0; i < mask.length; i++) {
    const word = Math.floor(i / BITS);
    if (mask[i] !== 0) words[word] = (words[word] ?? 0) | (1 << (i % BITS));
  }
  return words;
}

/** Sets a mask of ones and zeros from bits. */
export function unpack(words: ArrayLike<number>, mask: Float32Array): void {
  for (let i = 0; i < mask.length; i++) mask[i] = ((words[Math.floor(i / BITS)] ?? 0) >>> (i % BITS)) & 1;
}
