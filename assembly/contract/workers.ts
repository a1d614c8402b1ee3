/** Floats of a cache line: workers share memory in whole lines, and blocks begin with one. */
export const LINE: i32 = 16;
