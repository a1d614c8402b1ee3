import { kernels } from "./engine.ts";
import { type BoundCall, bindKernel, bindSchedule, kernelCallsOf } from "./protocol.ts";
import { addressesChanged, kernelMemory } from "../memory/memory.ts";
import type { ThreadTuner } from "./thread-tuner.ts";
import { SharedProgram, threads } from "./worker-pool.ts";

/** Smaller programs end before another thread wakes. */
const LEAST_FLOPS = 5e5;

/** Milliseconds that programs run on one thread before workers are started: about the cost of starting them. */
const START = 30;
let millisecondsAlone = 0;

/** Runs a program on `threads`, at least two; `schedule` is its calls. */
export type SharedRun = (program: SharedProgram, threads: number, schedule: readonly BoundCall[]) => void;

let sharedRun: SharedRun | undefined;

/**
 * Sets a function that runs every program, however small, while more than one thread is configured. Default: the clock
 * decides. For tests of programs that are too small to gain from threads.
 * @internal
 */
export function shareEveryRun(run: SharedRun | undefined): void {
  sharedRun = run;
  addressesChanged();
}

/** Runs bound calls on one thread or on all, whichever is faster. */
export class Runner {
  /** All kernel calls, those inside branches too. */
  readonly calls: readonly (() => void)[];
  readonly #alone: readonly (() => void)[];
  readonly #shared: SharedProgram | undefined;
  readonly #tuner: ThreadTuner;
  readonly #schedule: readonly BoundCall[];

  constructor(schedule: readonly BoundCall[], flops: number, tuner: ThreadTuner) {
    const exported = kernels();
    const bound = new Map(
      kernelCallsOf(schedule).map((call) => [call, bindKernel(exported[call.kernel], call.values, 0, 1)]),
    );
    this.calls = [...bound.values()];
    this.#alone = bindSchedule(schedule, kernelMemory(), (call) => (call === "barrier" ? undefined : bound.get(call)));
    this.#schedule = schedule;
    this.#shared = flops >= LEAST_FLOPS || sharedRun ? new SharedProgram(schedule) : undefined;
    this.#tuner = tuner;
  }

  /** @throws WorkerLostError when a worker is lost on the way */
  run(): void {
    const count = this.#shared ? threads() : 1;
    if (count === 1 || !this.#shared) return this.runAlone();
    if (sharedRun) return sharedRun(this.#shared, count, this.#schedule);
    if (millisecondsAlone < START) {
      const began = performance.now();
      this.runAlone();
      millisecondsAlone += performance.now() - began;
      return;
    }
    if (!this.#shared.ready(count)) return this.runAlone();
    const choice = this.#tuner.next();
    const began = performance.now();
    if (choice === 1) this.#shared.run(count);
    else this.runAlone();
    this.#tuner.record(choice, performance.now() - began);
  }

  runAlone(): void {
    for (const call of this.#alone) call();
  }
}
