import { MASK_WORD } from "../contract/dropout";

/** The bit of each of eight elements. */
export const OWN_BITS: usize = memory.data<i32>([1, 2, 4, 8, 16, 32, 64, 128]);

/** Words of a mask for so many elements. */
@inline
export function maskWords(length: i32): i32 {
  return (length + MASK_WORD - 1) >> ctz(MASK_WORD);
}
