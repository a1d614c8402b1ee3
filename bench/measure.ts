import Benchmark from "benchmark";
import { median } from "./statistics.ts";

/** How long a case may be measured; calls that take longer than all of it are made `minSamples` times. */
export interface Effort {
  readonly seconds: number;
}

const WARM_UP = 0.3; // share of the effort: the engine compiles kernels again, faster, after some milliseconds of work
const SLOW = 0.25; // seconds

/** Seconds a call: warmed up, then the median over the samples that `benchmark` takes. */
export function secondsPerCall(run: () => void, { seconds }: Effort): number {
  const slowest = warmUp(run, seconds * WARM_UP);
  const benchmark = new Benchmark(run, { maxTime: seconds, minSamples: slowest > SLOW ? 2 : 5 });
  let failure: unknown;
  benchmark.on("error", () => (failure = benchmark.error));
  benchmark.run();
  if (failure !== undefined) throw failure;
  return median(benchmark.stats.sample);
}

/** Calls `run` for some seconds, at least once; the time of the last call. */
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
