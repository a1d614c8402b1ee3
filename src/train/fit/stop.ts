import { shown } from "../../base/errors.ts";

/** What may end a training before its last epoch. */
export interface Limits {
  readonly signal: { readonly aborted: boolean } | undefined;
  /** Seconds of this call. */
  readonly timeLimit: number | undefined;
  /** Steps in all epochs. */
  readonly stepLimit: number | undefined;
}

/** Requests to end a training early, and its limits. */
export class Stop {
  readonly #signal: { readonly aborted: boolean } | undefined;
  /** When time is up, in milliseconds of performance.now(). */
  readonly #deadline: number;
  readonly #stepLimit: number;
  #reason: string | undefined;
  #isAborted = false;

  constructor({ signal, timeLimit = Infinity, stepLimit = Infinity }: Limits) {
    this.#signal = signal;
    this.#deadline = performance.now() + timeLimit * 1000;
    this.#stepLimit = stepLimit;
  }

  /** Requests the end; the first reason counts. */
  readonly request = (reason: string): void => {
    if (typeof reason !== "string" || reason === "") {
      throw new TypeError(`fit: the reason to stop must be text; got ${shown(reason)}`);
    }
    this.#reason ??= reason;
  };

  /** Requests the end from outside of the training. */
  abort(reason: string): void {
    this.#isAborted = true;
    this.request(reason);
  }

  /** Whether the end was requested from outside. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Notices the time. @param now milliseconds, of performance.now() */
  tick(now: number): void {
    if (now >= this.#deadline) this.request("time limit");
  }

  /** Why the training is to end now; undefined if it is not. @param steps in all epochs so far */
  reasonAfter(steps: number): string | undefined {
    if (this.#signal?.aborted === true && !this.#isAborted) this.abort("aborted");
    if (steps >= this.#stepLimit) this.request("step limit");
    return this.#reason;
  }
}
