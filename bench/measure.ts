import Benchmark from "benchmark";
import type { Run } from "./subjects/subject.ts";
import { median } from "./statistics.ts";

export interface Effort {
  /** How long a process measures one case; exceeded only if two calls take longer. */
  readonly seconds: number;
}

export interface Measured<Result> {
  /** A call. */
  readonly seconds: number;
  /** Of the last call. */
  readonly result: Result;
}

const WARM_UP = 0.3; // of the effort: the engine optimizes hot code after some time
const SLOW = 0.25; // seconds a call

/** After a warm-up, the median of the samples that `benchmark` takes, or of single calls if calls are asynchronous. */
export async function measure<Result>(run: Run<Result>, effort: Effort): Promise<Measured<Result>> {
  const first = run();
  if (run.sample !== undefined || first instanceof Promise) {
    await first;
    const seconds = median(await singleCalls(run, effort));
    return { seconds, result: await run() };
  }
  let result = first;
  const call = (): void => {
    result = run() as Result;
  };
  warmUp(call, run.warmUp ?? 0);
  return { seconds: synchronous(call, effort), result };
}

/** Seconds of each of many single calls, after a warm-up. */
export async function singleCalls<Result>(run: Run<Result>, { seconds }: Effort): Promise<readonly number[]> {
  if (run.sample !== undefined) return run.sample(seconds);
  await callFor(run, seconds * WARM_UP);
  return callFor(run, seconds);
}

function synchronous(run: () => void, { seconds }: Effort): number {
  const warm = warmUp(run, seconds * WARM_UP);
  const benchmark = new Benchmark(run, { maxTime: seconds, minSamples: warm > SLOW ? 2 : 5 });
  let failure: unknown;
  benchmark.on("error", () => (failure = benchmark.error));
  benchmark.run();
  if (failure !== undefined) throw failure;
  return median(benchmark.stats.sample);
}

/** Calls `run` for some seconds, at least once; returns the seconds of the last call. */
function warmUp(run: () => void, seconds: number): number {
  const start = performance.now();
  let last = 0;
  do {
    const before = performance.now();
    run();
    last = performance.now() - before;
  } while (performance.now() - start < seconds * 1000);
  return last / 1000;
}

async function callFor<Result>(run: Run<Result>, seconds: number): Promise<readonly number[]> {
  const samples: number[] = [];
  const start = performance.now();
  let before = start;
  do {
    before = performance.now();
    const result = run();
    if (result instanceof Promise) await result;
    samples.push((performance.now() - before) / 1000);
  } while (before - start < seconds * 1000);
  return samples;
}
