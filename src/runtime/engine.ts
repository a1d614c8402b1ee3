/** The current kernels: which build, compiled how, and why. */
import { NARROW_PANEL, WIDE_PANEL } from "#kernels/contract";
import { platform } from "#platform";
import type { Kernels } from "../graph/kernels.ts";
import { isShared, kernelMemory } from "../memory/memory.ts";
import { binaryOf } from "./binaries.ts";
import { settings } from "./settings.ts";
import { enableWide, marked, selfTest } from "./wide.ts";

/** Kernels that are ready to run. */
interface Engine {
  readonly module: WebAssembly.Module;
  readonly kernels: Kernels;
  /** Whether V8 pairs operations to 256 bits. */
  readonly wide: boolean;
  /** One sentence for each choice that was made. */
  readonly why: readonly string[];
}

/** The bytes by which the kernels' module declares its import of `env.memory`, shared. */
const MEMORY_IMPORT = "\u0003env\u0006memory\u0002\u0003";

let current: Engine | undefined;
/** Started engines, by their settings. */
const engines = new Map<string, Engine>();
let warned = false;

/** The engine for the current settings, started at first use. */
export function engine(): Engine {
  if (current) return current;
  const { reproducible, wide } = settings();
  const asked = `${reproducible} ${wide}`;
  current = engines.get(asked) ?? startEngine();
  engines.set(asked, current);
  return current;
}

/** Makes the next use choose the engine again, after the settings changed. */
export function restartEngine(): void {
  current = undefined;
}

/** The current kernels. */
export function kernels(): Kernels {
  return engine().kernels;
}

/** Columns in a panel of a packed matrix: one row of the tile that is fastest on the current engine. */
export function panelWidth(): typeof NARROW_PANEL | typeof WIDE_PANEL {
  return engine().wide ? WIDE_PANEL : NARROW_PANEL;
}

/** The first Node that offers relaxed SIMD without a flag: with its flag, Node 20 adds up products of 8-bit integers wrongly. */
const RELAXED_SINCE = 22;

/** Whether the current kernels are the relaxed ones. */
export function usesRelaxed(): boolean {
  const { v8 } = platform;
  const isEarlier = v8 !== undefined && v8.node < RELAXED_SINCE;
  return !settings().reproducible && !isEarlier && WebAssembly.validate(FUSED);
}

function startEngine(): Engine {
  if (!settings().wide) return { ...instantiate(false), wide: false, why: [reasonForKernels()] };
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

/** A module of one function, f32x4.relaxed_madd: valid only if the engine has relaxed SIMD; the check costs nothing. */
const FUSED = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic and version
    [1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b], // type: three v128 to one
    [3, 2, 1, 0], // function
    [10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b], // code
  ].flat(),
);

function reasonForKernels(): string {
  if (usesRelaxed()) return "relaxed kernels: this engine fuses multiply and add";
  if (settings().reproducible) return "strict kernels: reproducible results were asked for";
  return `strict kernels: this engine (${platform.name}) does not offer relaxed SIMD by default`;
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
