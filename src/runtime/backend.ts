import { platform } from "#platform";
import { binaryOf } from "./binaries.ts";
import type { Kernels } from "../graph/call.ts";
import { isShared, kernelMemory, addressesChanged } from "../memory/memory.ts";
import { type Configuration, changedSettings, settingsFromEnvironment, threadCount } from "./settings.ts";
import { enableRelaxed, enableWide, marked, selfTest } from "./wide.ts";
import { forgiveWorkers, workersLost } from "./worker-pool.ts";

/** What is in force, and why. */
export interface Backend {
  /** `relaxed` fuses multiply and add into one rounding; `strict` rounds twice, the same everywhere. */
  readonly kernels: "strict" | "relaxed";
  /** Whether V8 pairs operations to 256 bits. */
  readonly wide: boolean;
  /** Threads that may share a program; each program runs on as many, or on one where that is faster. */
  readonly threads: number;
  readonly reproducible: boolean;
  readonly debug: boolean;
  /** One sentence for each choice that was made. */
  readonly why: readonly string[];
}

/** Kernels that are ready to run. */
interface Engine {
  readonly module: WebAssembly.Module;
  readonly kernels: Kernels;
  readonly wide: boolean;
  readonly why: readonly string[];
}

/** How the kernels' module says that it imports `env.memory`, shared. */
const MEMORY_IMPORT = "\u0003env\u0006memory\u0002\u0003";

let settings = settingsFromEnvironment();
let engine: Engine | undefined;
/** Those that were started before, by what was asked for. */
const engines = new Map<string, Engine>();
let warned = false;

/**
 * Chooses how kernels run, for this process, from now on.
 * The environment variables LANEGRAD_REPRODUCIBLE, LANEGRAD_WIDE, LANEGRAD_DEBUG (0 or 1) and LANEGRAD_THREADS say the
 * same at start.
 * @throws TypeError when a name is unknown or a switch is not a boolean
 * @throws RangeError when threads is not `"auto"` or a whole number from 1 to 64
 */
export function configure(configuration: Configuration): void {
  settings = changedSettings(settings, configuration);
  engine = undefined;
  forgiveWorkers();
  addressesChanged();
}

/** What is in force now, and why. */
export function backend(): Backend {
  const { wide, why } = engineInForce();
  const { reproducible, debug } = settings;
  const kernelsInForce = usesRelaxed() ? "relaxed" : "strict";
  return { kernels: kernelsInForce, wide, threads: threads(), reproducible, debug, why: [...why, reasonForThreads()] };
}

/** The kernels in force, compiled when first asked for. */
export function kernels(): Kernels {
  return engineInForce().kernels;
}

/** The module of the kernels in force, for workers to make instances of. */
export function kernelModule(): WebAssembly.Module {
  return engineInForce().module;
}

/** Columns in a panel of a packed matrix: as many as one row of the tile that is fastest on what is in force. */
export function panelWidth(): 8 | 16 {
  return engineInForce().wide ? 16 : 8;
}

/** How many threads may share a program. */
export function threads(): number {
  return isShared && workersLost() === "" ? threadCount(settings) : 1;
}

/** How many programs may be cached, and how many bytes they may hold. */
export function cacheLimits(): Pick<Required<Configuration>, "cachedPrograms" | "cachedBytes"> {
  return settings;
}

/** Whether values are checked to be finite. */
export function debugging(): boolean {
  return settings.debug;
}

function engineInForce(): Engine {
  if (engine) return engine;
  const asked = `${settings.reproducible} ${settings.wide}`;
  engine = engines.get(asked) ?? startEngine();
  engines.set(asked, engine);
  return engine;
}

function startEngine(): Engine {
  if (!settings.wide) return { ...instantiate(false), wide: false, why: [reasonForKernels()] };
  const refused = enableWide();
  const started = instantiate(refused === "");
  const failed = refused === "" ? selfTest(started.kernels) : refused;
  const wide = failed === "";
  if (!wide && !warned) {
    warned = true;
    platform.warn(`wide mode is off: ${failed}`);
  }
  const reason = wide ? "wide: V8 pairs operations to 256 bits, and the self-test passed" : `not wide: ${failed}`;
  return { ...(wide ? started : instantiate(false)), wide, why: [reasonForKernels(), reason] };
}

function instantiate(wide: boolean): Pick<Engine, "module" | "kernels"> {
  const bytes = binary(usesRelaxed() ? "relaxed" : "strict");
  const module = compile(wide ? marked(bytes) : bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory: kernelMemory() } });
  return { module, kernels: exports as unknown as Kernels };
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new Error(`lanegrad: ${platform.name} must compile WebAssembly with SIMD and atomics; got ${got}`, {
      cause: error,
    });
  }
}

/** A module of one function, f32x4.relaxed_madd: whether it is valid says what the engine offers, and costs nothing. */
const FUSED = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic and version
    [1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b], // type: three v128 to one
    [3, 2, 1, 0], // function
    [10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b], // code
  ].flat(),
);

function usesRelaxed(): boolean {
  if (settings.reproducible) return false;
  if (settings.wide) enableRelaxed();
  return WebAssembly.validate(FUSED);
}

function reasonForKernels(): string {
  if (usesRelaxed()) return "relaxed kernels: this engine fuses multiply and add";
  if (settings.reproducible) return "strict kernels: reproducible results were asked for";
  return `strict kernels: this engine (${platform.name}) does not offer relaxed SIMD by default`;
}

function reasonForThreads(): string {
  if (!platform.startWorker) return `1 thread: ${platform.name} runs programs on one`;
  if (!isShared) return "1 thread: this engine has no shared memory";
  if (workersLost() !== "") return `1 thread: ${workersLost()}`;
  const count = threads();
  const asked = settings.threads === "auto" ? "one for each core" : "as asked for";
  return count === 1 ? `1 thread: ${asked}` : `${count} threads, ${asked}, where a program gains from them`;
}

function binary(build: "strict" | "relaxed"): Uint8Array<ArrayBuffer> {
  const bytes = binaryOf(build);
  // A memory that is shared and limited (3) is imported; without sharing, one that is only limited (1).
  if (!isShared) bytes[endOf(bytes, MEMORY_IMPORT) - 1] = 1;
  return bytes;
}

/** Where the first occurrence of `pattern` ends. */
function endOf(bytes: Uint8Array, pattern: string): number {
  const codes = Array.from(pattern, (letter) => letter.charCodeAt(0));
  return bytes.findIndex((_, start) => codes.every((code, i) => bytes[start + i] === code)) + codes.length;
}
