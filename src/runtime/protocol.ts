/** What the main thread and its workers agree on. */
import type { KernelName } from "../graph/kernels.ts";

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

/** One kernel call with its addresses, a place where all threads meet, or calls that a run may leave out. */
export type BoundCall = KernelCall | "barrier" | Branch;

export interface KernelCall {
  readonly kernel: KernelName;
  readonly values: readonly number[];
}

/** Calls that are left out where the word at an address is 0 when the run comes to them. */
export interface Branch {
  readonly condition: number;
  readonly calls: readonly BoundCall[];
}

/** A schedule as closures: `bind` gives that of a call, and of a meeting before call `at` of the whole schedule, or none. */
export function bindSchedule(
  schedule: readonly BoundCall[],
  memory: WebAssembly.Memory,
  bind: (call: KernelCall | "barrier", at: number) => (() => void) | undefined,
  within?: number,
): (() => void)[] {
  return schedule.flatMap((call, i): (() => void)[] => {
    const at = within ?? i;
    if (call === "barrier" || "kernel" in call) {
      const bound = bind(call, at);
      return bound ? [bound] : [];
    }
    const calls = bindSchedule(call.calls, memory, bind, at);
    // Where memory is shared a view holds though it grows; where it is not, programs bind themselves again.
    const word = new Int32Array(memory.buffer, call.condition, 1);
    return [
      () => {
        if (word[0] === 0) return;
        for (const each of calls) each();
      },
    ];
  });
}

/** All kernel calls of a schedule, whether a run may leave them out or not. */
export function kernelCallsOf(schedule: readonly BoundCall[]): KernelCall[] {
  return schedule.flatMap((call) => {
    if (call === "barrier") return [];
    return "kernel" in call ? call : kernelCallsOf(call.calls);
  });
}

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
