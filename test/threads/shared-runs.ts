import { afterAll, beforeAll } from "vitest";
import type { Kernels } from "../../src/graph/call.ts";
import { kernelMemory } from "../../src/memory/memory.ts";
import { backend, kernels } from "../../src/runtime/backend.ts";
import { type BoundCall, bindKernel, kernelCallsOf } from "../../src/runtime/protocol.ts";
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
 * Has every program of this file's tests, however small, run on all threads that `configure` asks for, at each of its runs.
 * All threads meet at the end of a run, so that each run that is counted had them all.
 */
export function sharingEveryRun(): SharedRuns {
  const runs = new SharedRuns();
  beforeAll(() => shareEveryRun(onThreads(runs)));
  afterAll(() => shareEveryRun(undefined));
  return runs;
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
    const words = new Int32Array(kernelMemory().buffer);
    const ways = order.map((part) => partOf(schedule, exported, words, part, parts));
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
  words: Int32Array,
  part: number,
  parts: number,
): Generator<undefined, undefined> {
  for (const call of schedule) {
    if (call === "barrier") yield;
    else if ("kernel" in call) bindKernel(exported[call.kernel], call.values, part, parts)();
    else if (words[call.condition / 4] !== 0) yield* partOf(call.calls, exported, words, part, parts);
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

function pause(): void {
  Atomics.wait(sleeper, 0, 0, 1);
}
