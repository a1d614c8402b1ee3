const TRIALS = 5; // runs each on one thread and on all before the first choice
const REVIEW = 100; // runs after which the slower choice is tried again: the load of the machine may have changed

/** Decides by the clock whether a program runs faster on one thread (0) or on all (1), and reviews the decision. */
export class ThreadTuner {
  readonly #times: [number, number] = [Infinity, Infinity];
  #runs = 0;

  /** The choice for the next run. */
  next(): 0 | 1 {
    const turn = this.#runs++;
    if (turn < 2 * TRIALS) return turn % 2 === 0 ? 0 : 1;
    const better = this.#times[1] < this.#times[0] ? 1 : 0;
    return turn % REVIEW === 0 ? (better === 0 ? 1 : 0) : better;
  }

  /** Records the time of a run in milliseconds. */
  record(choice: 0 | 1, time: number): void {
    const before = this.#times[choice];
    // The first runs include compilation, so their minimum counts; later a single slow run counts little.
    this.#times[choice] = this.#runs <= 2 * TRIALS ? Math.min(before, time) : before + 0.2 * (time - before);
  }
}
