/** The upper 32 bits of the product of two words. */
function upper(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
}

/**
 * Writes the four words of one block of Philox4x32-10 to to[at] and after.
 * Source: Salmon et al. 2011, https://doi.org/10.1145/2063384.2063405
 *
 * @param seed a whole number from 0 to 2^53 - 1
 */
export function philoxBlock(
  to: Uint32Array,
  at: number,
  block: number,
  seed: number,
  stream: number,
  step: number,
): void {
  let word0 = block;
  let word1 = 0;
  let word2 = step;
  let word3 = stream;
  let key0 = seed | 0;
  let key1 = Math.floor(seed / 2 ** 32);
  for (let round = 0; round < 10; round++) {
    const high0 = upper(word0, 0xd2511f53);
    const low0 = Math.imul(word0, 0xd2511f53);
    const high1 = upper(word2, 0xcd9e8d57);
    const low1 = Math.imul(word2, 0xcd9e8d57);
    word0 = high1 ^ word1 ^ key0;
    word1 = low1;
    word2 = high0 ^ word3 ^ key1;
    word3 = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  to[at] = word0;
  to[at + 1] = word1;
  to[at + 2] = word2;
  to[at + 3] = word3;
}

/**
 * The first `length` words of Philox4x32-10 of (seed, stream, step), each uniform in [0, 2^32): the words of the kernel
 * `philox` with use 0. For floors without kernels; kernels draw the same words many times as fast.
 *
 * @param seed a whole number from 0 to 2^53 - 1
 */
export function philoxWords(length: number, seed: number, stream: number, step: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(length / 4) * 4);
  for (let block = 0; block < words.length / 4; block++) philoxBlock(words, block * 4, block, seed, stream, step);
  return words.subarray(0, length);
}
