import { MaskRate, PROBABILITY_STEPS } from "#kernels/contract";
import { inPlaces } from "../../base/layout.ts";
import { requireWithin } from "../../base/errors.ts";
import { Variable } from "../../memory/variable.ts";

/**
 * A number that may change from step to step, held as the numbers that kernels read in its place: nothing is traced anew.
 */
export class Adjustable extends Variable {
  #value: number;
  readonly #numbersOf: (value: number) => readonly number[];

  /** @param numbersOf what kernels read; it throws when the value is not allowed */
  constructor(value: number, numbersOf: (value: number) => readonly number[]) {
    const numbers = numbersOf(value);
    super("rate", [numbers.length]);
    this.#value = value;
    this.#numbersOf = numbersOf;
    this.write().set(numbers);
  }

  /** The number from the next run on. */
  get value(): number {
    return this.#value;
  }

  set value(value: number) {
    this.write().set(this.#numbersOf(value));
    this.#value = value;
  }
}

/**
 * p as masks draw it, in whole steps and short of 1 but where p is 1; and as scales follow from it: p itself, or what is
 * drawn where that is, near 1, much of what is kept.
 */
export function roundedRate(p: number): { readonly drawn: number; readonly followed: number } {
  const drawn = p === 1 ? 1 : Math.min(Math.round(p * PROBABILITY_STEPS), PROBABILITY_STEPS - 1) / PROBABILITY_STEPS;
  return { drawn, followed: Math.abs(drawn - p) > 1e-3 * (1 - p) ? drawn : p };
}

/** What the kernels of dropout read: p, and what is kept is multiplied by. */
export function droppingNumbers(where: string, p: number): number[] {
  requireWithin(where, "p", p, 0, 1);
  const { drawn, followed } = roundedRate(p);
  return inPlaces(MaskRate, { p: drawn, scale: p === 1 ? 0 : 1 / (1 - followed) });
}
