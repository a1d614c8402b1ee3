import { describe, expect, test } from "vitest";
import { philoxWords } from "../../src/base/philox.ts";
import { RngState } from "../../src/memory/rng-state.ts";
import { Storage } from "../../src/memory/storage.ts";
import { integersAt } from "../../src/memory/memory.ts";
import { kernels } from "../../src/runtime/engine.ts";

/** The words that the kernel draws. */
function kernelWords(length: number, seed: number, stream: number, step: number): Uint32Array {
  const state = new RngState(0, 0);
  const words = new Storage(length * 4);
  state.restart(seed, stream, step);
  kernels().philox(state.address, 0, words.address, length, 0, 1);
  return Uint32Array.from(new Uint32Array(integersAt(words.address, length)));
}

describe("philoxWords", () => {
  test("are those of Random123's known answer for zeros", () => {
    // kat_vectors of https://github.com/DEShawResearch/random123
    expect(Array.from(philoxWords(4, 0, 0, 0))).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  test.each([
    [1, 0, 0, 0],
    [67, 1, 0, 5],
    [1000, 2 ** 32 - 1, 2 ** 31 - 1, 2 ** 31 - 1],
    [33, Number.MAX_SAFE_INTEGER, 7, 3],
  ])("%d of seed %d, stream %d, step %d are those of the kernel", (length, seed, stream, step) => {
    expect(philoxWords(length, seed, stream, step)).toEqual(kernelWords(length, seed, stream, step));
  });

  test("none has none", () => {
    expect(philoxWords(0, 1, 2, 3).length).toBe(0);
  });
});
