import { PROBABILITY_STEPS, packMaskRate } from "#kernels/contract";
import { requireWithin } from "../../base/errors.ts";
import { Variable } from "../../memory/variable.ts";

/** A hyperparameter in kernel memory: it may change between steps without a new trace. */
export class Adjustable extends Variable {
  #value: number;
  readonly #encode: (value: number) => readonly number[];

  /** @param encode gives the numbers that kernels read for a value; throws when the value is not allowed */
  constructor(value: number, encode: (value: number) => readonly number[]) {
    const numbers = encode(value);
    super("rate", [numbers.length]);
    this.#value = value;
    this.#encode = encode;
    this.write().set(numbers);
  }

  /** A new value takes effect at the next run. */
  get value(): number {
    return this.#value;
  }

  set value(value: number) {
    this.write().set(this.#encode(value));
    this.#value = value;
  }
}

/**
 * `ofMask`: p rounded to 1/65536; below 1 unless p is 1.
 * `ofScale`: the p in 1 / (1 - p): `ofMask` if rounding changes 1 - p by more than 0.1 %, else p.
 */
export function roundedRate(p: number): { readonly ofMask: number; readonly ofScale: number } {
  const ofMask = p === 1 ? 1 : Math.min(Math.round(p * PROBABILITY_STEPS), PROBABILITY_STEPS - 1) / PROBABILITY_STEPS;
  return { ofMask, ofScale: Math.abs(ofMask - p) > 1e-3 * (1 - p) ? ofMask : p };
}

/** The numbers of `MaskRate`: p, and the scale 1 / (1 - p) of kept elements; the scale is 0 if p is 1. */
export function maskRate(where: string, p: number): number[] {
  requireWithin(where, "p", p, 0, 1);
  const { ofMask, ofScale } = roundedRate(p);
  return packMaskRate({ p: ofMask, scale: p === 1 ? 0 : 1 / (1 - ofScale) });
}
