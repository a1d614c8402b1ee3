import Benchmark from "benchmark";
import { median } from "./statistics.ts";

export interface Effort {
  /** How long one case of one process is measured; exceeded only where calls are so slow that two take longer. */
  readonly seconds: number;
}

const WARM_UP = 0.3; // of the effort: the engine compiles hot code again, and better, after some time
const SLOW = 0.25; // seconds a call

/** Seconds a call: warmed up, then the median over the samples that `benchmark` takes. */
export function secondsPerCall(run: () => void, { seconds }: Effort): number {
  const warm = warmUp(run, seconds * WARM_UP);
  const benchmark = new Benchmark(run, { maxTime: seconds, minSamples: warm > SLOW ? 2 : 5 });
  let failure: unknown;
  benchmark.on("error", () => (failure = benchmark.error));
  benchmark.run();
  if (failure !== undefined) throw failure;
  return median(benchmark.stats.sample);
}

/** Calls `run` for some seconds, at least once; how many the last call took. */
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
