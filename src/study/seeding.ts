import { type GlobalRandomState, globalRandomState, setGlobalRandomState } from "../runtime/random.ts";

/**
 * Random numbers of one training: what `run` calls draws as after `manualSeed(seed)`, and the random numbers of the program go
 * on afterwards as if nothing had been drawn.
 */
export class Seeding {
  #state: GlobalRandomState;

  /** @param streams the first stream, for draws that leave those from 0 to others. Default: 0. */
  constructor(seed: number, streams = 0) {
    this.#state = { seed, streams };
  }

  /** Runs work that does not pause. */
  run<T>(work: () => T): T {
    const outer = globalRandomState();
    setGlobalRandomState(this.#state);
    try {
      return work();
    } finally {
      this.#state = globalRandomState();
      setGlobalRandomState(outer);
    }
  }
}
