import type { Draws } from "./draws.ts";

/**
 * A draw from the distribution Beta(alpha, alpha), for alpha above 0.
 * Source: Jöhnk 1964 for alpha up to 1, else two gamma draws (Marsaglia and Tsang 2000, https://doi.org/10.1145/358407.358414)
 */
export function beta(alpha: number, draws: Draws): number {
  if (alpha > 1) {
    const [first, second] = [gamma(alpha, draws), gamma(alpha, draws)];
    return first / (first + second);
  }
  for (;;) {
    // Logarithms of u^(1 / alpha), which underflows for small alpha.
    const first = Math.log(positive(draws)) / alpha;
    const second = Math.log(positive(draws)) / alpha;
    const most = Math.max(first, second);
    const logOfSum = most + Math.log(Math.exp(first - most) + Math.exp(second - most));
    if (logOfSum <= 0) return Math.exp(first - logOfSum);
  }
}

/** A draw from the gamma distribution of shape alpha, at least 1, and scale 1. */
function gamma(alpha: number, draws: Draws): number {
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(positive(draws))) * Math.cos(2 * Math.PI * draws.uniform());
    const root = 1 + c * normal;
    const cube = root * root * root;
    if (cube <= 0) continue;
    if (Math.log(positive(draws)) < (normal * normal) / 2 + d - d * cube + d * Math.log(cube)) return d * cube;
  }
}

/** A number uniform in (0, 1]. */
function positive(draws: Draws): number {
  return 1 - draws.uniform();
}
