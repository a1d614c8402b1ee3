import { platform } from "#platform";
import { addressesChanged, isShared } from "../memory/memory.ts";
import { engine, restartEngine, usesRelaxed } from "./engine.ts";
import { type Configuration, changeSettings, settings } from "./settings.ts";
import { resetWorkers, threads, workersLost } from "./worker-pool.ts";

/** How kernels run, and why. */
export interface Backend {
  /** `relaxed` fuses multiply and add into one rounding; `strict` rounds twice, the same everywhere. */
  readonly kernels: "strict" | "relaxed";
  /** Whether V8 pairs operations to 256 bits. */
  readonly wide: boolean;
  /** Threads that may share a program; each program runs on all of them, or on one where that is faster. */
  readonly threads: number;
  readonly reproducible: boolean;
  readonly debug: boolean;
  /** One sentence for each choice that was made. */
  readonly why: readonly string[];
}

/**
 * Sets how kernels run in this process from the next run on.
 * The environment variables LANEGRAD_REPRODUCIBLE, LANEGRAD_WIDE, LANEGRAD_DEBUG (0 or 1) and LANEGRAD_THREADS set the
 * same at start.
 * @throws TypeError when a name is unknown or a switch is not a boolean
 * @throws RangeError when threads is not `"auto"` or a whole number from 1 to 64
 */
export function configure(configuration: Configuration): void {
  changeSettings(configuration);
  restartEngine();
  resetWorkers();
  addressesChanged();
}

/** How kernels run at present, and why. */
export function backend(): Backend {
  const { wide, why } = engine();
  const { reproducible, debug } = settings();
  const build = usesRelaxed() ? "relaxed" : "strict";
  return { kernels: build, wide, threads: threads(), reproducible, debug, why: [...why, reasonForThreads()] };
}

function reasonForThreads(): string {
  if (!platform.startWorker) return `1 thread: ${platform.name} runs programs on one`;
  if (!isShared) return "1 thread: this engine has no shared memory";
  if (workersLost() !== "") return `1 thread: ${workersLost()}`;
  const count = threads();
  const asked = settings().threads === "auto" ? "one for each core" : "as asked for";
  return count === 1 ? `1 thread: ${asked}` : `${count} threads, ${asked}, where a program gains from them`;
}
