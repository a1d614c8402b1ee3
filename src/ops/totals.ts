/** Terms that every kernel adds up in f32; longer sums may go on in f64. */
const SHORTEST = 1024;

/** Floats of room that kernels ask for as `totals`, to add up `terms` for each of `sums`. */
export function roomForTotals(terms: number, sums: number): number {
  return terms > SHORTEST ? 2 * sums : 0;
}
