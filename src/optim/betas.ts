import { requireBelowOne, shown } from "../base/errors.ts";

/** How fast two running means forget: [first, second], each in [0, 1). */
export type Betas = readonly [number, number];

/** Refuses betas that are not two numbers in [0, 1). */
export function requireBetas(where: string, betas: Betas): void {
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new TypeError(`${where}: betas must be two numbers; got ${shown(betas)}`);
  }
  betas.forEach((beta, i) => requireBelowOne(where, `betas[${i}]`, beta));
}
