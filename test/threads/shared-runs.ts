import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { type Configuration, configure } from "../../src/index.ts";
import type { Kernels } from "../../src/graph/kernels.ts";
import { kernelMemory } from "../../src/memory/memory.ts";
import { backend } from "../../src/runtime/backend.ts";
import { kernels } from "../../src/runtime/engine.ts";
import { type BoundCall, bindKernel, kernelCallsOf, skipTest } from "../../src/runtime/protocol.ts";
import { type SharedRun, shareEveryRun } from "../../src/runtime/runner.ts";

const START_LIMIT = 10_000; // ms, within which workers must be ready

/** What was shared since `reset`. */
export class SharedRuns {
  count = 0;
  readonly kernels = new Set<string>();

  reset(): void {
    this.count = 0;
    this.kernels.clear();
  }

  /** @internal */
  add(schedule: readonly BoundCall[]): void {
    this.count++;
    for (const { kernel } of kernelCallsOf(schedule)) this.kernels.add(kernel);
  }
}

/**
 * Has the tests of this suite run with these settings, and every program, however small, on all threads that they ask for,
 * at each of its runs. A test in which nothing was shared fails, unless there is one thread.
 */
export function sharingEveryRun(settings: Configuration & { readonly threads: number }): void {
  const runs = new SharedRuns();
  beforeAll(() => {
    configure(settings);
    shareEveryRun(onThreads(runs));
  });
  beforeEach(() => runs.reset());
  // All threads meet at the end of a run: each that is counted had them all.
  afterEach(() => expect(runs.count > 0).toBe(settings.threads > 1));
  afterAll(() => {
    shareEveryRun(undefined);
    configure({ threads: "auto", reproducible: false });
  });
}

/**
 * Expects that `work` gives the same on one thread as on these, which share every run of every program, however small.
 * Gives what it gives on one.
 */
export async function expectSameBits<T>(threads: readonly number[], work: () => T | Promise<T>): Promise<T> {
  const runs = new SharedRuns();
  try {
    configure({ threads: 1 });
    const alone = await work();
    shareEveryRun(onThreads(runs));
    for (const count of threads) {
      configure({ threads: count });
      runs.reset();
      expect(await work(), `on ${count} threads`).toEqual(alone);
      expect(runs.count).toBeGreaterThan(0);
    }
    return alone;
  } finally {
    shareEveryRun(undefined);
    configure({ threads: "auto" });
  }
}

/** Runs programs on threads, which it waits for. */
export function onThreads(runs: SharedRuns): SharedRun {
  return (program, threads, schedule) => {
    const end = performance.now() + START_LIMIT;
    while (!program.ready(threads)) {
      if (performance.now() > end)
        throw new Error(`threads: ${threads} must be ready; got ${backend().why.join("; ")}`);
      pause();
    }
    program.run(threads);
    runs.add(schedule);
  };
}

/**
 * Runs programs on one thread, `parts` parts in this order: between two barriers each part ends before the next begins. So
 * calls that need a barrier and have none differ at every run, where threads would have to be unlucky.
 */
export function inTurns(runs: SharedRuns, parts: number, order: readonly number[]): SharedRun {
  return (_, __, schedule) => {
    const exported = kernels();
    const ways = order.map((part) => partOf(schedule, exported, part, parts));
    for (;;) {
      const ends = new Set(ways.map((way) => way.next().done));
      if (ends.size > 1)
        throw new Error("threads: all parts must come to the same barriers; got one that ended before");
      if (ends.has(true)) break;
    }
    runs.add(schedule);
  };
}

/** One part's calls, with a stop at each barrier. */
function* partOf(
  schedule: readonly BoundCall[],
  exported: Kernels,
  part: number,
  parts: number,
): Generator<undefined, undefined> {
  for (const call of schedule) {
    if (call === "barrier") yield;
    else if ("kernel" in call) bindKernel(exported[call.kernel], call.values, part, parts)();
    else if (!skipTest(call, kernelMemory())()) yield* partOf(call.calls, exported, part, parts);
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function pause(): void {
  Atomics.wait(sleeper, 0, 0, 1);
}
