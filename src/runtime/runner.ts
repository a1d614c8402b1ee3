import { kernels } from "./engine.ts";
import { type BoundCall, bindKernel, bindSchedule, kernelCallsOf } from "./protocol.ts";
import { kernelMemory } from "../memory/memory.ts";
import type { ThreadTuner } from "./thread-tuner.ts";
import { SharedProgram, threads } from "./worker-pool.ts";

/** Smaller programs are over before another thread wakes. */
const LEAST_FLOPS = 5e5;

/** Milliseconds that programs run alone before workers are started: about what starting them costs. */
const START = 30;
let alone = 0;

/** Runs bound calls, on one thread or on many: whichever turns out faster. */
export class Runner {
  /** All kernel calls, those that a run may leave out too. */
  readonly calls: readonly (() => void)[];
  readonly #alone: readonly (() => void)[];
  readonly #shared: SharedProgram | undefined;
  readonly #tuner: ThreadTuner;

  constructor(schedule: readonly BoundCall[], flops: number, tuner: ThreadTuner) {
    const exported = kernels();
    const bound = new Map(
      kernelCallsOf(schedule).map((call) => [call, bindKernel(exported[call.kernel], call.values, 0, 1)]),
    );
    this.calls = [...bound.values()];
    this.#alone = bindSchedule(schedule, kernelMemory(), (call) => (call === "barrier" ? undefined : bound.get(call)));
    this.#shared = flops >= LEAST_FLOPS ? new SharedProgram(schedule) : undefined;
    this.#tuner = tuner;
  }

  /** @throws WorkerLostError when a worker is lost on the way */
  run(): void {
    const count = this.#shared ? threads() : 1;
    if (count === 1 || !this.#shared) return this.runAlone();
    if (alone < START) {
      const began = performance.now();
      this.runAlone();
      alone += performance.now() - began;
      return;
    }
    if (!this.#shared.ready(count)) return this.runAlone();
    const way = this.#tuner.next();
    const began = performance.now();
    if (way === 1) this.#shared.run(count);
    else this.runAlone();
    this.#tuner.record(way, performance.now() - began);
  }

  runAlone(): void {
    for (const call of this.#alone) call();
  }
}
