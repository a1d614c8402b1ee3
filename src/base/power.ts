/**
 * base^exponent for a base of at least 0, with the same bits in every engine: `**` of V8 gives other last bits in Node 24 than
 * in Node 20. Whole exponents of at least 0 by repeated squaring, others as exp(exponent log(base)).
 */
export function power(base: number, exponent: number): number {
  if (!Number.isSafeInteger(exponent) || exponent < 0) return Math.exp(exponent * Math.log(base));
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
