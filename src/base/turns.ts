import type { Pausable } from "./pausable.ts";

export const TURN = 50; // ms between turns of the event loop, in which timers, signals and requests are handled

/** Lets long work pause now and then for a turn of the event loop. */
export class Turns {
  readonly #turn: (() => PromiseLike<unknown>) | undefined;
  #last = performance.now();

  /** @param turn gives the event loop a turn. Default: the work never pauses. */
  constructor(turn: (() => PromiseLike<unknown>) | undefined) {
    this.#turn = turn;
  }

  /** A turn of the event loop if the last was 50 ms ago. @param pause yields its promise */
  *takeIfDue(pause: (turn: PromiseLike<unknown>) => Pausable<void>): Pausable<void> {
    if (!this.#turn || performance.now() - this.#last < TURN) return;
    yield* pause(this.#turn());
    this.#last = performance.now();
  }
}
