/** The bit of each of eight elements. */
export const OWN_BITS: usize = memory.data<i32>([1, 2, 4, 8, 16, 32, 64, 128]);
