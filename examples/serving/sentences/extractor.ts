/**
 * Stands in for a model of transformers.js where nothing can be downloaded. The result has the same shape as that of
 * `const extract = await pipeline("feature-extraction", "Xenova/all-MiniLM-L6-v2")` for
 * `await extract(texts, { pooling: "mean", normalize: true })`: one vector of 384 numbers and length 1 for each text.
 */

export const FEATURES = 384;

export interface Extracted {
  readonly dims: readonly number[];
  readonly data: Float32Array;
  readonly type: "float32";
}

/** Each word has a fixed random vector; the vector of a text is the mean over its words, once each, divided by its length. */
export async function extract(texts: readonly string[]): Promise<Extracted> {
  const data = new Float32Array(texts.length * FEATURES);
  texts.forEach((text, i) => {
    const vector = data.subarray(i * FEATURES, (i + 1) * FEATURES);
    for (const word of new Set(text.toLowerCase().match(/[a-z]+|\d+|[!$%]/g))) addWord(word, vector);
    const length = Math.hypot(...vector) || 1;
    vector.forEach((value, k) => (vector[k] = value / length));
  });
  return { dims: [texts.length, FEATURES], data, type: "float32" };
}

/** Adds the vector of a word: 1 or -1 from the bits of a sequence that begins with the word's hash. */
function addWord(word: string, vector: Float32Array): void {
  let bits = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < word.length; i++) bits = Math.imul(bits ^ word.charCodeAt(i), 0x01000193);
  bits ||= 1;
  for (let k = 0; k < FEATURES; k++) {
    bits ^= bits << 13; // xorshift32
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    vector[k] = (vector[k] ?? 0) + (bits < 0 ? -1 : 1);
  }
}
