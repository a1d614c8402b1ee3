import { describe, expect, test } from "vitest";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

type Words = readonly [number, number, number, number];

const [P, SCALE] = [0.3, 1 / 0.7];
const [LOW, HIGH, MEAN, DEVIATION] = [-0.75, 1.5, 0.25, 2];
const USE = 5;

/** [seedLow, seedHigh, stream, step] */
const STATE: Words = [0x2a6f81c3, 0x9e107d9d, 7, 3];

/** Philox4x32 in whole numbers, as the paper has it. */
function philoxBlock(counter: Words, key: readonly [number, number], rounds = 10): Words {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  const word = 0xffffffffn;
  for (let round = 0; round < rounds; round++) {
    const product0 = c0 * 0xd2511f53n;
    const product1 = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [(product1 >> 32n) ^ c1 ^ k0, product1 & word, (product0 >> 32n) ^ c3 ^ k1, product0 & word];
    k0 = (k0 + 0x9e3779b9n) & word;
    k1 = (k1 + 0xbb67ae85n) & word;
  }
  return [Number(c0), Number(c1), Number(c2), Number(c3)];
}

/** The words of `blocks` blocks, block after block. */
function philoxWords([seedLow, seedHigh, stream, step]: Words, use: number, blocks: number, rounds = 10): Uint32Array {
  return Uint32Array.from(
    Array.from({ length: blocks }, (_, block) =>
      philoxBlock([block, use, step, stream], [seedLow, seedHigh], rounds),
    ).flat(),
  );
}

const WORDS = philoxWords(STATE, USE, 256);
const MASK_WORDS = philoxWords(STATE, USE, 256, 7);

/** The draw of element i where four blocks stand in lanes: in all kernels but philox itself. */
function drawOf(i: number): number {
  return WORDS[(i >> 4) * 16 + (i & 3) * 4 + ((i >> 2) & 3)] ?? NaN;
}

/** Box and Muller in f64: words 1 and 3 are angles of the points whose distances words 0 and 2 give. */
function normalOf(i: number): number {
  const [word, partner] = [drawOf(i), drawOf(i ^ 4)];
  const [distance, angle, second] = i & 4 ? [partner, word, true] : [word, partner, false];
  const radius = Math.sqrt(-2 * Math.log(((distance >>> 8) + 1) / 2 ** 24));
  const turn = ((angle << 2) / 2 ** 32) * (Math.PI / 2);
  const mirrored = ((angle >>> 30) & 1) === 1;
  const z = radius * (mirrored === second ? Math.cos(turn) : Math.sin(turn));
  return MEAN + DEVIATION * (angle >>> 31 ? -z : z);
}

/** Packs bits, 32 a word. */
function packed(length: number, bit: (i: number) => boolean): Int32Array {
  const words = new Int32Array(Math.ceil(length / 32));
  for (let i = 0; i < length; i++) if (bit(i)) words[i >> 5] = (words[i >> 5] ?? 0) | (1 << (i & 31));
  return words;
}

const THRESHOLD = Math.round(Math.fround(P) * 2 ** 16);

/** Whether element i's half of a word is kept: four blocks stand in lanes, two halves in each. */
function kept(i: number): boolean {
  const word = MASK_WORDS[(i >> 5) * 16 + ((i >> 1) & 3) * 4 + ((i >> 3) & 3)] ?? NaN;
  return (i & 1 ? word >>> 16 : word & 0xffff) >= THRESHOLD;
}
const X = randomFloats(1023, 1);

/** The largest difference; Infinity where one of the two is NaN. */
function furthest(out: Int32Array | Float32Array, expected: Int32Array | Float32Array): number {
  let worst = 0;
  for (const [i, value] of out.entries()) {
    const difference = Math.abs(value - (expected[i] ?? NaN));
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst;
}

describe("philox in whole numbers", () => {
  // Random123's tests/kat_vectors, philox4x32 10: counter, key, result.
  test.each<[Words, [number, number], Words]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published words of counter %j", (counter, key, published) => {
    expect(philoxBlock(counter, key)).toEqual(published);
  });
});

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  /** `size` is that of the result. */
  function addresses(length: number, size: number) {
    return {
      state: sandbox.integers(STATE),
      rate: sandbox.floats([P, SCALE]),
      x: sandbox.floats(X.subarray(0, length)),
      bits: sandbox.integers(packed(length, kept)),
      out: sandbox.empty(size),
    };
  }

  type Addresses = ReturnType<typeof addresses>;

  interface Case {
    readonly kernel: string;
    readonly run: (at: Addresses, length: number, part: number, parts: number) => void;
    readonly expected: (length: number) => Int32Array | Float32Array;
    /** Largest absolute difference; 0 where left out. */
    readonly tolerance?: number;
  }

  const CASES: readonly Case[] = [
    {
      kernel: "philox",
      run: ({ state, out }, ...share) => kernels.philox(state, USE, out, ...share),
      expected: (length) => new Int32Array(WORDS.buffer, 0, length),
    },
    {
      kernel: "dropoutMask",
      run: ({ out, state, rate }, ...share) => kernels.dropoutMask(out, state, USE, rate, ...share),
      expected: (length) => packed(length, kept),
    },
    {
      kernel: "applyMask",
      run: ({ x, bits, rate, out }, ...share) => kernels.applyMask(x, bits, rate, out, ...share),
      expected: (length) =>
        Float32Array.from({ length }, (_, i) => (kept(i) ? Math.fround((X[i] ?? NaN) * Math.fround(SCALE)) : 0)),
    },
    {
      kernel: "uniform",
      run: ({ out, state }, ...share) => kernels.uniform(out, state, USE, LOW, HIGH, ...share),
      expected: (length) =>
        Float32Array.from({ length }, (_, i) =>
          Math.fround(LOW + Math.fround((HIGH - LOW) * ((drawOf(i) >>> 8) / 2 ** 24))),
        ),
    },
    {
      kernel: "normal",
      run: ({ out, state }, ...share) => kernels.normal(out, state, USE, MEAN, DEVIATION, ...share),
      expected: (length) => Float32Array.from({ length }, (_, i) => normalOf(i)),
      // z is up to 5.8, sine and cosine within 2^-23, the root within 2^-22 of itself: below 2^-20, times the deviation.
      tolerance: 2 ** -19,
    },
  ];

  test.each(CASES)("$kernel: every length, any number of workers", ({ run, expected, tolerance = 0 }) => {
    for (const length of LENGTHS) {
      const values = expected(length);
      for (const parts of PARTS) {
        sandbox.reset();
        const at = addresses(length, values.length);
        sandbox.inParts(parts, (part) => run(at, length, part, parts));
        sandbox.checkGuards();
        const integers = values instanceof Int32Array;
        const out = integers ? sandbox.readIntegers(at.out, values.length) : sandbox.read(at.out, length);
        expect(furthest(out, values)).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  test.each([
    [0, 0, 0, 0],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xa4093822, 0x299f31d0, 0x03707344, 0x13198a2e],
  ])("philox: the draws of state %i %i %i %i", (...state) => {
    for (const use of [0, 1, 0x7fffffff, -1]) {
      sandbox.reset();
      const out = sandbox.empty(256);
      kernels.philox(sandbox.integers(state), use, out, 256, 0, 1);
      expect(Uint32Array.from(sandbox.readIntegers(out, 256))).toEqual(philoxWords(state, use >>> 0, 64));
    }
  });

  test.each([
    { p: 0, word: -1 },
    { p: 1, word: 0 },
    { p: 1 - 2 ** -18, word: 0 },
  ])("dropoutMask: all alike where p is $p", ({ p, word }) => {
    sandbox.reset();
    const bits = sandbox.empty(4);
    kernels.dropoutMask(bits, sandbox.integers(STATE), USE, sandbox.floats([p, 1]), 128, 0, 1);
    expect([...sandbox.readIntegers(bits, 4)]).toEqual([word, word, word, word]);
  });

  test("applyMask: in place, and what is dropped is 0 even where it was not finite", () => {
    sandbox.reset();
    const x = sandbox.floats([NaN, 1, Infinity, 2, -Infinity, 3, NaN, 4, NaN, 5]);
    kernels.applyMask(x, sandbox.integers([0b1010101010]), sandbox.floats([0.5, 2]), x, 10, 0, 1);
    expect([...sandbox.read(x, 10)]).toEqual([0, 2, 0, 4, 0, 6, 0, 8, 0, 10]);
  });

  test.each([
    { low: 2 ** 24, high: 2 ** 24 + 2, highest: 2 ** 24 },
    { low: -(2 ** 24) - 2, high: -(2 ** 24), highest: -(2 ** 24) - 2 },
    { low: -1, high: 0, highest: -(2 ** -24) },
    { low: 0, high: 2 ** -149, highest: 0 },
    { low: 3, high: 3, highest: 3 },
  ])("uniform: from $low to below $high", ({ low, high, highest }) => {
    sandbox.reset();
    const out = sandbox.empty(4096);
    kernels.uniform(out, sandbox.integers(STATE), 0, low, high, 4096, 0, 1);
    const values = sandbox.read(out, 4096);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(highest);
  });
});
