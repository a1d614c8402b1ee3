/** The upper 32 bits of the product of two words. */
function upper(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000);
}

/**
 * The first `length` words of Philox4x32-10 of (seed, stream, step), each uniform in [0, 2^32): the words of the kernel
 * `philox` with use 0. For floors without kernels; kernels draw the same words many times as fast.
 * Source: Salmon et al. 2011, https://doi.org/10.1145/2063384.2063405
 *
 * @param seed a whole number from 0 to 2^53 - 1
 */
export function philoxWords(length: number, seed: number, stream: number, step: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(length / 4) * 4);
  for (let block = 0; block < words.length / 4; block++) {
    let [word0, word1, word2, word3] = [block, 0, step, stream];
    let [key0, key1] = [seed | 0, Math.floor(seed / 2 ** 32)];
    for (let round = 0; round < 10; round++) {
      const [high0, low0] = [upper(word0, 0xd2511f53), Math.imul(word0, 0xd2511f53)];
      const [high1, low1] = [upper(word2, 0xcd9e8d57), Math.imul(word2, 0xcd9e8d57)];
      [word0, word1, word2, word3] = [high1 ^ word1 ^ key0, low1, high0 ^ word3 ^ key1, low0];
      key0 = (key0 + 0x9e3779b9) | 0;
      key1 = (key1 + 0xbb67ae85) | 0;
    }
    words.set([word0, word1, word2, word3], block * 4);
  }
  return words.subarray(0, length);
}
