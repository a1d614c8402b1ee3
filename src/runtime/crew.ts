/** What the main thread and its workers agree on. */
import type { KernelName } from "./call.ts";

/** Words of the control block by which the main thread and its workers speak, each on a cache line of its own. */
export const CONTROL = {
  /** Counts the runs that were asked for; workers wait for it to change. */
  order: 0,
  /** Which program is to run. */
  program: 16,
  /** How many threads share it; a worker whose part is beyond looks on. */
  parts: 32,
  /** How many workers are ready. */
  ready: 48,
  /** Three lines: the gate of `assembly/barrier.ts`. */
  gate: 64,
  /** Within the gate: how often all have met. */
  phase: 80,
} as const;
export const CONTROL_WORDS = 112;

/** Turns of a waiting loop before a thread sleeps: some 25 microseconds, for waking takes as long. */
export const SPINS = 100_000;

/** One kernel call with its addresses, or a place where all threads meet. */
export type BoundCall = { readonly kernel: KernelName; readonly values: readonly number[] } | "barrier";

/** The call as one closure, for one share of the work: 15 ns a call, where spreading arguments each time costs 150. */
export function bindKernel(
  kernel: (...all: number[]) => void,
  values: readonly number[],
  part: number,
  parts: number,
): () => void {
  return kernel.bind(undefined, ...values, part, parts);
}

/** What a worker starts with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** Which share of the work is its own, from 1. */
  readonly part: number;
}

/** What a worker is sent: a program, or that one is gone. */
export interface ProgramMessage {
  readonly id: number;
  readonly calls: readonly BoundCall[] | null;
}
