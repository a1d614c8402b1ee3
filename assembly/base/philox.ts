// Philox4x32: Salmon et al. 2011, https://doi.org/10.1145/2063384.2063405
// `state` is the address of RngWords. The key is the seed, the counter (block, use, step,
// stream); the block follows from the index of the element, so that no draw depends on any other.

import { RngWords } from "../contract/random";
import { bytes, shareStart, storeLanes } from "./lanes";

// Read from memory: V8 would rebuild a v128 constant at each use, in three instructions where a load is one.
const MULTIPLIERS: usize = memory.data<u32>([0xd2511f53, 0xcd9e8d57]);
const KEY_STEPS: usize = memory.data<u32>([0x9e3779b9, 0xbb67ae85]);

/** Rounds of Philox4x32-10, the authors' own choice. */
export const ROUNDS: i32 = 10;

/** The fewest rounds that the authors saw pass every test of BigCrush. */
export const FEW_ROUNDS: i32 = 7;

/** Draws in a group: four blocks of four words. Element 16 g + 4 k + lane has word k of block 4 g + lane. */
export const GROUP: i32 = 16;

/** Processes the draws of one group: the lanes of `word`k have word k of its four blocks. */
export abstract class Take {
  abstract apply(
    word0: v128, word1: v128, word2: v128, word3: v128, group: i32, out: usize, length: i32, p: v128, q: v128, r: v128,
  ): void;
}

/** The upper words of four products. */
@inline
function upper(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** The lower words of four products. */
@inline
function lower(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * Draws groups `first` to below `last`, two a turn, so that the processor has two chains of products to work on.
 * A round makes (upper(w2 M1) ^ w1 ^ key0, lower(w2 M1), upper(w0 M0) ^ w3 ^ key1, lower(w0 M0)) of words w0 to w3.
 * Half of the words are the same in all blocks up to round 2: their part of rounds 1 and 2 is computed once.
 */
@inline
export function draw<T extends Take>(
  take: T, rounds: i32, state: usize, use: i32, first: i32, last: i32, out: usize, length: i32,
  p: v128, q: v128, r: v128,
): void {
  const m0 = v128.load32_splat(MULTIPLIERS);
  const m1 = v128.load32_splat(MULTIPLIERS, 4);
  const step0 = v128.load32_splat(KEY_STEPS);
  const step1 = v128.load32_splat(KEY_STEPS, 4);
  const key0 = load<u32>(state, offsetof<RngWords>("seedLow"));
  const key1 = load<u32>(state, offsetof<RngWords>("seedHigh"));

  const product1 = <u64>load<u32>(state, offsetof<RngWords>("step")) * <u64>load<u32>(MULTIPLIERS, 4);
  const product2 = <u64>(<u32>(product1 >> 32) ^ use ^ key0) * <u64>load<u32>(MULTIPLIERS);
  const after1Word2 = i32x4.splat(load<u32>(state, offsetof<RngWords>("stream")) ^ key1);
  const after2Word0 = i32x4.splat(<u32>product1 ^ (key0 + load<u32>(KEY_STEPS)));
  const after2Word2 = i32x4.splat(<u32>(product2 >> 32) ^ (key1 + load<u32>(KEY_STEPS, 4)));
  const after2Word3 = i32x4.splat(<u32>product2);
  const round3Key0 = i32x4.splat(key0 + 2 * load<u32>(KEY_STEPS));
  const round3Key1 = i32x4.splat(key1 + 2 * load<u32>(KEY_STEPS, 4));

  let a0: v128, a1: v128, a2: v128, a3: v128, aLow: v128, aHigh: v128;
  let b0: v128, b1: v128, b2: v128, b3: v128, bLow: v128, bHigh: v128;
  for (let group = first; group < last; group += 2) {
    a0 = i32x4.add(i32x4.splat(4 * group), i32x4(0, 1, 2, 3));
    b0 = i32x4.add(a0, i32x4.splat(4));
    aLow = i64x2.extmul_low_i32x4_u(a0, m0);
    aHigh = i64x2.extmul_high_i32x4_u(a0, m0);
    bLow = i64x2.extmul_low_i32x4_u(b0, m0);
    bHigh = i64x2.extmul_high_i32x4_u(b0, m0);
    a3 = lower(aLow, aHigh);
    b3 = lower(bLow, bHigh);
    a2 = v128.xor(upper(aLow, aHigh), after1Word2);
    b2 = v128.xor(upper(bLow, bHigh), after1Word2);

    aLow = i64x2.extmul_low_i32x4_u(a2, m1);
    aHigh = i64x2.extmul_high_i32x4_u(a2, m1);
    bLow = i64x2.extmul_low_i32x4_u(b2, m1);
    bHigh = i64x2.extmul_high_i32x4_u(b2, m1);
    a0 = v128.xor(upper(aLow, aHigh), after2Word0);
    b0 = v128.xor(upper(bLow, bHigh), after2Word0);
    a1 = lower(aLow, aHigh);
    b1 = lower(bLow, bHigh);
    a2 = v128.xor(a3, after2Word2);
    b2 = v128.xor(b3, after2Word2);
    a3 = after2Word3;
    b3 = after2Word3;

    let roundKey0 = round3Key0;
    let roundKey1 = round3Key1;
    for (let round = 3; round <= rounds; round++) {
      aLow = i64x2.extmul_low_i32x4_u(a0, m0);
      aHigh = i64x2.extmul_high_i32x4_u(a0, m0);
      bLow = i64x2.extmul_low_i32x4_u(b0, m0);
      bHigh = i64x2.extmul_high_i32x4_u(b0, m0);
      const aWord2 = v128.xor(v128.xor(a3, roundKey1), upper(aLow, aHigh));
      const bWord2 = v128.xor(v128.xor(b3, roundKey1), upper(bLow, bHigh));
      a3 = lower(aLow, aHigh);
      b3 = lower(bLow, bHigh);
      aLow = i64x2.extmul_low_i32x4_u(a2, m1);
      aHigh = i64x2.extmul_high_i32x4_u(a2, m1);
      bLow = i64x2.extmul_low_i32x4_u(b2, m1);
      bHigh = i64x2.extmul_high_i32x4_u(b2, m1);
      a0 = v128.xor(v128.xor(a1, roundKey0), upper(aLow, aHigh));
      b0 = v128.xor(v128.xor(b1, roundKey0), upper(bLow, bHigh));
      a1 = lower(aLow, aHigh);
      b1 = lower(bLow, bHigh);
      a2 = aWord2;
      b2 = bWord2;
      roundKey0 = i32x4.add(roundKey0, step0);
      roundKey1 = i32x4.add(roundKey1, step1);
    }
    take.apply(a0, a1, a2, a3, group, out, length, p, q, r);
    if (group + 1 < last) take.apply(b0, b1, b2, b3, group + 1, out, length, p, q, r);
  }
}

/** Draws this worker's share of `length` elements. */
@inline
export function drawShare<T extends Take>(
  take: T, state: usize, use: i32, out: usize, length: i32, p: v128, q: v128, r: v128, part: i32, parts: i32,
): void {
  const first = shareStart(length, part, parts) / GROUP;
  const last = (shareStart(length, part + 1, parts) + GROUP - 1) / GROUP;
  draw(take, ROUNDS, state, use, first, last, out, length, p, q, r);
}

/** Writes the elements of a group that are below `length`. */
@inline
export function storeGroup(a: v128, b: v128, c: v128, d: v128, group: i32, out: usize, length: i32): void {
  const address = out + bytes(GROUP * group);
  const count = length - GROUP * group;
  if (count >= GROUP) {
    v128.store(address, a);
    v128.store(address, b, 16);
    v128.store(address, c, 32);
    v128.store(address, d, 48);
    return;
  }
  storeLanes(address, count, a);
  if (count > 4) storeLanes(address + 16, count - 4, b);
  if (count > 8) storeLanes(address + 32, count - 8, c);
  if (count > 12) storeLanes(address + 48, count - 12, d);
}

@final
class Words extends Take {
  @inline
  apply(
    word0: v128, word1: v128, word2: v128, word3: v128, group: i32, out: usize, length: i32, p: v128, q: v128, r: v128,
  ): void {
    const low01 = v128.shuffle<i32>(word0, word1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(word2, word3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(word0, word1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(word2, word3, 2, 6, 3, 7);
    storeGroup(
      v128.shuffle<i64>(low01, low23, 0, 2),
      v128.shuffle<i64>(low01, low23, 1, 3),
      v128.shuffle<i64>(high01, high23, 0, 2),
      v128.shuffle<i64>(high01, high23, 1, 3),
      group, out, length,
    );
  }
}

/** out[4 * block + k] = word k of the block: the draws themselves, 32 bits each. */
export function philox(state: usize, use: i32, out: usize, length: i32, part: i32, parts: i32): void {
  const none = i32x4.splat(0);
  drawShare(changetype<Words>(0), state, use, out, length, none, none, none, part, parts);
}
