/**
 * The t for which a variable of Student's distribution is in [-t, t] with probability `level`.
 * @param level in (0, 1)
 * @param freedom degrees of freedom, a whole number of at least 1
 */
export function studentBound(level: number, freedom: number): number {
  let [low, high] = [0, Math.PI / 2];
  // Each step halves the interval of the angle; 64 exhaust float64.
  for (let i = 0; i < 64; i++) {
    const middle = (low + high) / 2;
    if (centralShare(middle, freedom) < level) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/**
 * The probability that |t| is at most √freedom tan(angle): a finite sum for whole degrees of freedom.
 * Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4
 */
function centralShare(angle: number, freedom: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let total = 0;
  for (let power = isOdd ? 1 : 0; power <= freedom - 2; power += 2) {
    total += term;
    term *= ((power + 1) / (power + 2)) * cosine * cosine;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * total) : sine * total;
}
