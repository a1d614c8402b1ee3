/**
 * base^exponent for a base of at least 0, with the same bits in every engine: `**` of V8 gives other last bits in Node 24 than
 * in Node 20. Whole exponents from 0 to 2^31 - 1 by repeated squaring, others as exp(exponent log(base)).
 */
export function power(base: number, exponent: number): number {
  if (exponent < 0 || exponent !== exponent >> 0) return Math.exp(exponent * Math.log(base));
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result *= square;
    square *= square;
  }
  return result;
}

/** x², exactly rounded. */
export function square(x: number): number {
  return x * x;
}
