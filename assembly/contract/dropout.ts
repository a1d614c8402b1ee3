/** Bits of a word of a mask; rows of masks begin with a word of their own. */
@inline
export const MASK_WORD: i32 = 32;

/** Steps of the probability with which masks are drawn: a draw is half a word. */
export const PROBABILITY_STEPS: i32 = 65536;

/** The effect of a mask on a number: dropped with probability p, else multiplied by `scale`. */
@unmanaged
export class MaskRate {
  p: f32;
  scale: f32;
}

/** `shift` is added to numbers that are not dropped; `floor` replaces those that are. */
@unmanaged
export class MaskTerms {
  shift: f32;
  floor: f32;
}

/**
 * Integers in one line of a block selection, the choice of one group of rows: the selected blocks in order, then for each
 * of all blocks its place among those or -1, then every column of the selected blocks.
 */
export function selectionLine(blocks: i32, keep: i32, block: i32): i32 {
  return keep + blocks + keep * block;
}
