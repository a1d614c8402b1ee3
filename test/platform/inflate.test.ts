import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inflate } from "../../src/platform/inflate.ts";

/** Bytes that repeat now and then, at distances up to all that DEFLATE reaches. */
function sample(length: number): Uint8Array {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = random() * random() * 256;
  for (let start = 300; start + 300 < length; start += 500) {
    const back = Math.ceil(random() * Math.min(start, 32_768));
    bytes.copyWithin(start, start - back, start - back + Math.ceil(random() * 300));
  }
  return bytes;
}

describe("inflate", () => {
  const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
  test.each([0, 1, 2, 3, 257, 258, 259, 1000, 70_000, 200_000])("expands what zlib compressed, %i bytes", (length) => {
    const bytes = sample(length);
    for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE]) {
      for (const level of [0, 1, 9]) {
        const data = deflateRawSync(bytes, { level, strategy });
        expect(Buffer.compare(inflate(data, length), bytes)).toBe(0);
      }
    }
    expect(Buffer.compare(inflate(deflateRawSync(bytes.fill(7)), length), bytes)).toBe(0);
  });

  const data = deflateRawSync(sample(1000), { level: 9 });
  test.each([
    ["data that end early", data.subarray(0, -20), 1000],
    ["less than what was said", data, 1001],
    ["more than what was said", data, 999],
    ["a kind of block that there is not", Uint8Array.of(7), 1],
    ["nothing", new Uint8Array(0), 0],
    ["a distance beyond the start", deflateRawSync(sample(1000)).fill(0xff, 60, 90), 1000],
  ])("refuses %s", (_, malformed, length) => {
    expect(() => inflate(malformed, length)).toThrow("inflate: data must be whole DEFLATE data");
  });
});
