import { instantiateSync } from "@assemblyscript/loader";
import { relaxed, strict } from "#kernels/embedded";
import type { Kernels } from "./call.ts";
import { kernelMemory, moved } from "./memory.ts";

/** What may be asked of the machine; what is left out stays as it is. */
export interface Configuration {
  /** Same bits on every machine, Node version and thread count: multiply, then add, rounding twice. */
  readonly reproducible?: boolean;
  /** Stop at the first value that is not finite, naming operation and layer. Slow. */
  readonly debug?: boolean;
}

/** Workers share one program; workspaces are made for as many as this. */
export const MOST_THREADS = 16;

/** What is in force, and why. */
export interface Backend {
  /** `relaxed` fuses multiply and add into one rounding; `strict` rounds twice, the same everywhere. */
  readonly kernels: "strict" | "relaxed";
  readonly reproducible: boolean;
  readonly debug: boolean;
  /** One sentence for each choice that was made. */
  readonly why: readonly string[];
}

let wanted: Required<Configuration> = {
  reproducible: switchFrom("LANEGRAD_REPRODUCIBLE"),
  debug: switchFrom("LANEGRAD_DEBUG"),
};
let instance: Kernels | undefined;

/**
 * Chooses how kernels run, for this process, from now on.
 * The environment variables LANEGRAD_REPRODUCIBLE and LANEGRAD_DEBUG (0 or 1) say the same at start.
 * @throws TypeError when a name is unknown or a value is not a boolean
 */
export function configure(configuration: Configuration): void {
  for (const [name, value] of Object.entries(configuration)) {
    if (!(name in wanted)) {
      throw new TypeError(`configure: options must be ${Object.keys(wanted).join(", ")}; got ${name}`);
    }
    if (typeof value !== "boolean")
      throw new TypeError(`configure: ${name} must be true or false; got ${String(value)}`);
  }
  wanted = { ...wanted, ...configuration };
  instance = undefined;
  moved();
}

/** What is in force now, and why. */
export function backend(): Backend {
  const kernels = !wanted.reproducible && relaxedRuns() ? "relaxed" : "strict";
  return { kernels, ...wanted, why: [reasonFor(kernels)] };
}

/** The kernels in force, compiled when first asked for. */
export function kernels(): Kernels {
  instance ??= instantiateSync<Kernels>(binary(backend().kernels === "relaxed" ? relaxed : strict), {
    env: { memory: kernelMemory() },
  }).exports;
  return instance;
}

/** Columns of a panel of B: two registers, or as many as pair into two of 256 bits. */
export function panelWidth(): 8 | 16 {
  return 8;
}

/** Whether values are checked to be finite. */
export function debugging(): boolean {
  return wanted.debug;
}

function reasonFor(chosen: Backend["kernels"]): string {
  if (chosen === "relaxed") return "relaxed kernels: this engine fuses multiply and add";
  if (wanted.reproducible) return "strict kernels: reproducible results were asked for";
  return `strict kernels: this engine (Node ${process.versions.node}) does not offer relaxed SIMD by default`;
}

function relaxedRuns(): boolean {
  return WebAssembly.validate(binary(relaxed));
}

function binary(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}

function switchFrom(variable: string): boolean {
  const value = process.env[variable] ?? "0";
  if (value !== "0" && value !== "1") throw new RangeError(`${variable}: must be 0 or 1; got ${value}`);
  return value === "1";
}
