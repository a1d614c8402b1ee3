const TRIALS = 5; // runs of each way before the first choice
const REVIEW = 100; // runs after which the other way is tried again: the machine may be busier, or less so

/** Finds out by the clock which of two ways is faster, and keeps an eye on it. */
export class ThreadTuner {
  readonly #times: [number, number] = [Infinity, Infinity];
  #runs = 0;

  /** Which way to go next. */
  next(): 0 | 1 {
    const turn = this.#runs++;
    if (turn < 2 * TRIALS) return turn % 2 === 0 ? 0 : 1;
    const better = this.#times[1] < this.#times[0] ? 1 : 0;
    return turn % REVIEW === 0 ? (better === 0 ? 1 : 0) : better;
  }

  /** Says how long a way took this time, in milliseconds. */
  record(way: 0 | 1, time: number): void {
    const before = this.#times[way];
    // The first times still hold compilation; what is slower once counts little, what stays slower counts.
    this.#times[way] = this.#runs <= 2 * TRIALS ? Math.min(before, time) : before + 0.2 * (time - before);
  }
}
