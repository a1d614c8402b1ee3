/** Floats in one v128 register. */
export const LANES: i32 = 4;

/** Floats that elementwise kernels work on in one turn: two registers, which V8 can pair into one of 256 bits. */
export const TURN: i32 = 8;

/** Floats in one cache line: shares are whole lines, so that two workers never write the same one. */
const LINE: i32 = 16;

/** Bytes taken by `count` floats. */
// @ts-ignore: decorator
@inline
export function bytes(count: i32): usize {
  return <usize>count << 2;
}

/** First index of worker `part`'s share of `length` floats. */
// @ts-ignore: decorator
@inline
export function shareStart(length: i32, part: i32, parts: i32): i32 {
  const lines = (length + LINE - 1) / LINE;
  return min(length, ((lines * part) / parts) * LINE);
}

/** First row of worker `part`'s share of `rows` rows. */
// @ts-ignore: decorator
@inline
export function rowShare(rows: i32, part: i32, parts: i32): i32 {
  return (rows * part) / parts;
}
