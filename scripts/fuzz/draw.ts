import { random } from "../../bench/random.ts";

/** Numbers and choices that follow from a seed. */
export class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(Math.imul(seed, 0x9e37_79b1) ^ 0x5bd1_e995);
  }

  /** A whole number from 0 to below `end`; 0 if `end` is 0. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(values: readonly [T, ...T[]]): T;
  pick<T>(values: readonly T[]): T | undefined;
  pick<T>(values: readonly T[]): T | undefined {
    return values[this.below(values.length)];
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
