/** Terms that every kernel adds up in f32 alone. Longer sums may continue in f64, in `totals`. */
export const SHORT_SUM: i32 = 1024;

/** Floats of `totals` for `sums` sums of `terms` terms each: an f64 for each sum that may be long. */
export function roomForTotals(terms: i32, sums: i32): i32 {
  return terms > SHORT_SUM ? 2 * sums : 0;
}
