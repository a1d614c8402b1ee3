import { platform } from "#platform";
import { requireSwitch, requireWhole, shown } from "../base/errors.ts";
import { requireKnown } from "../base/options.ts";
import { MOST_THREADS } from "../base/threads.ts";

/** How programs run on this machine; missing options stay as they are. */
export interface Configuration {
  /** Same bits on every machine, Node version and thread count: multiply, then add, rounding twice. Default: false. */
  readonly reproducible?: boolean;
  /** Threads that share a program, from 1 to 64, or `"auto"`: one for each core, at most 16. Default: "auto". */
  readonly threads?: number | "auto";
  /**
   * Let V8 pair 128-bit operations into 256-bit AVX2 ones (Node 24 to 26, x64); on Node 20 enable relaxed SIMD.
   * Sets an experimental V8 flag for this process; no other option does. Default: false.
   */
  readonly wide?: boolean;
  /**
   * The most programs that a model caches: one for each purpose, mode and shapes of inputs. The least recently used program
   * is dropped first, and traced again when it is needed. Default: 256.
   */
  readonly cachedPrograms?: number;
  /** The most bytes that the cached programs may take, cached constants such as packed weights included. Default: 256 MB. */
  readonly cachedBytes?: number;
  /** Stop at the first value that is not finite, naming operation and layer. Slow. Default: false. */
  readonly debug?: boolean;
}

const MOST_AUTO_THREADS = 16;

let current = settingsFromEnvironment();

/** The current settings. */
export function settings(): Required<Configuration> {
  return current;
}

/** The settings that LANEGRAD_REPRODUCIBLE, LANEGRAD_WIDE, LANEGRAD_DEBUG (0 or 1) and LANEGRAD_THREADS give. */
function settingsFromEnvironment(): Required<Configuration> {
  const threads = platform.environment("LANEGRAD_THREADS") ?? "auto";
  const found = {
    reproducible: switchFrom("LANEGRAD_REPRODUCIBLE"),
    threads: threads === "auto" ? threads : Number(threads),
    wide: switchFrom("LANEGRAD_WIDE"),
    cachedPrograms: 256,
    cachedBytes: 256 * 2 ** 20,
    debug: switchFrom("LANEGRAD_DEBUG"),
  } as const;
  checkThreads("LANEGRAD_THREADS:", found.threads);
  return found;
}

/**
 * Changes the current settings.
 * @throws TypeError when a name is unknown or a switch is not a boolean
 * @throws RangeError when threads is not a whole number from 1 to 64, or a limit of the cache is not one of at least 1
 */
export function changeSettings(changes: Configuration): void {
  requireKnown("configure", changes, Object.keys(current));
  for (const [name, value] of Object.entries(changes)) {
    if (name === "threads") checkThreads("configure: threads", value as number | "auto");
    else if (name.startsWith("cached")) requireWhole("configure", name, value as number, 1);
    else requireSwitch("configure", name, value);
  }
  current = { ...current, ...changes };
}

/** The number of threads in the settings. */
export function threadCount(): number {
  const { threads } = current;
  return threads === "auto" ? Math.min(platform.cores(), MOST_AUTO_THREADS) : threads;
}

function checkThreads(where: string, threads: number | "auto"): void {
  if (threads === "auto" || (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) return;
  throw new RangeError(`${where} must be "auto" or a whole number from 1 to ${MOST_THREADS}; got ${shown(threads)}`);
}

function switchFrom(variable: string): boolean {
  const value = platform.environment(variable) ?? "0";
  if (value !== "0" && value !== "1") throw new RangeError(`${variable}: must be 0 or 1; got ${value}`);
  return value === "1";
}
