import type { StateRecord, Trainer } from "../../../src/index.ts";
import { SAMPLES, trainerOf, trainingOptions } from "./models.ts";
import { loadInto, restore } from "./stateful.ts";

/** A training that was stopped in the middle of its second epoch. */
export class Training {
  readonly trainer: Trainer;
  readonly whole: StateRecord;
  readonly #options: ReturnType<typeof trainingOptions>;

  private constructor(trainer: Trainer, options: ReturnType<typeof trainingOptions>) {
    this.trainer = trainer;
    this.#options = options;
    this.whole = trainer.stateDict();
  }

  static async stopped(): Promise<Training> {
    const { trainer, optimizer } = trainerOf();
    const options = trainingOptions(optimizer);
    const stop = new AbortController();
    const onStep = ({ epoch, step }: { readonly epoch: number; readonly step: number }): void => {
      if (epoch === 2 && step === 1) stop.abort();
    };
    await trainer.fit(SAMPLES, { ...options, signal: stop.signal, onStep });
    return new Training(trainer, options);
  }

  /**
   * Loads a state that may be anything, and trains on from there.
   * @throws StateDictError when it is refused
   * @throws NonFiniteError when its numbers are such that the loss is not finite
   */
  async resume(state: unknown): Promise<void> {
    try {
      loadInto(this.trainer, state);
      await this.trainer.fit(SAMPLES, { ...this.#options, resume: true });
    } finally {
      restore(this.trainer, this.whole);
    }
  }

  /**
   * Trains on from the newest whole checkpoint of a directory.
   * @throws StateDictError when its state does not fit
   * @throws NonFiniteError when its numbers are such that the loss is not finite
   */
  async resumeIn(directory: string): Promise<void> {
    const checkpoint = { directory, keep: 1, everyEpochs: 100, best: "loss" } as const;
    try {
      await this.trainer.fit(SAMPLES, { ...this.#options, resume: true, checkpoint });
    } finally {
      restore(this.trainer, this.whole);
    }
  }
}

let known: Promise<Training> | undefined;

/** The training that all files of this process are given to. */
export function trained(): Promise<Training> {
  return (known ??= Training.stopped());
}
