import { LINE } from "./workers";

/** Rows of one index that are added up in f32 before their sum goes to totals in f64: as many as a byte counts. */
export const SCATTER_RUN: i32 = 256;

/**
 * Floats of workspace of `scatterRows` where there are more than SCATTER_RUN rows, `runs` being rows / SCATTER_RUN rounded
 * down. Each of up to `workers` has an index and a byte for each of its rows of the table, and a line: no more than
 * 5/4 tableRows + (LINE + 2) workers in all. Totals are f64.
 */
export function roomForScatter(tableRows: i32, columns: i32, runs: i32, workers: i32): i32 {
  return 2 * tableRows + (LINE + 2) * workers + 2 * columns * runs;
}
