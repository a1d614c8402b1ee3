import { requireBelowOne, shown } from "../base/errors.ts";

/** Decays of two running means, each in [0, 1). */
export type Betas = readonly [number, number];

/** @throws TypeError or RangeError unless betas are two numbers in [0, 1) */
export function requireBetas(where: string, betas: Betas): void {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new TypeError(`${where}: betas must be two numbers; got ${shown(betas)}`);
  }
  betas.forEach((beta, i) => requireBelowOne(where, `betas[${i}]`, beta));
}
