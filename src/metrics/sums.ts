/** `part / whole`, or `otherwise` where the whole is 0. */
export function ratio(part: number, whole = 0, otherwise = 0): number {
  return whole === 0 ? otherwise : part / whole;
}

/** The sum of the values. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}

/** x². */
export function square(x: number): number {
  return x * x;
}

/** Σ w f(row) / Σ w over `rows` rows. Default of `weights`: 1 for each. */
export function weightedMean(rows: number, f: (row: number) => number, weights?: ArrayLike<number>): number {
  let [total, weight] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const own = weights ? (weights[row] ?? 0) : 1;
    if (own === 0) continue; // its value may be infinite
    total += own * f(row);
    weight += own;
  }
  return total / weight;
}

/** The (weighted) share of rows that have a property. Default of `weights`: 1 for each. */
export function weightedShare(rows: number, has: (row: number) => boolean, weights?: ArrayLike<number>): number {
  let [part, whole] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const own = weights ? (weights[row] ?? 0) : 1;
    if (has(row)) part += own;
    whole += own;
  }
  return part / whole;
}
