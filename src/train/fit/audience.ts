import { isPromise } from "../../base/pausable.ts";
import { type Callback, type Trained, tell } from "./callback.ts";
import type { EndEvent, TrainingEvent } from "./event.ts";
import type { Happenings } from "./happenings.ts";

/** Passes each event of a training to its callbacks, in order, then to the reader of `events`. */
export class Audience {
  readonly #callbacks: readonly Callback[];
  readonly #trained: Trained;
  readonly #hasReader: boolean;
  /** Whether a callback or the reader takes step events: steps cost less without. */
  readonly hearsSteps: boolean;
  /** Whether one hears of epochs. */
  readonly hearsEpochs: boolean;

  constructor(callbacks: readonly Callback[], trained: Trained, hasReader: boolean) {
    this.#callbacks = callbacks;
    this.#trained = trained;
    this.#hasReader = hasReader;
    this.hearsSteps = hasReader || callbacks.some(({ onStep }) => onStep !== undefined);
    this.hearsEpochs = hasReader || callbacks.some(({ onEpoch }) => onEpoch !== undefined);
  }

  /** Passes an event on. @throws the error of a callback */
  *tell(event: TrainingEvent): Happenings<void> {
    for (const callback of this.#callbacks) {
      const answer = tell(callback, event, this.#trained);
      if (isPromise(answer)) yield answer;
    }
    if (this.#hasReader) yield event;
  }

  /** Tells callbacks that the steps of an epoch are done. */
  tellLastStep(): void {
    for (const callback of this.#callbacks) callback.onLastStep?.(this.#trained);
  }

  /**
   * Passes the end on to all callbacks, even if one fails: the last first, so that each finds what it changed as it left it.
   * @throws the first error of a callback, if the training had none
   */
  *tellEnd(event: EndEvent): Happenings<void> {
    const errors: unknown[] = [];
    for (const callback of this.#callbacks.toReversed()) {
      try {
        const answer = tell(callback, event, this.#trained);
        if (isPromise(answer)) yield answer;
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0 && event.error === undefined) throw errors[0];
    if (this.#hasReader) yield event;
  }
}
