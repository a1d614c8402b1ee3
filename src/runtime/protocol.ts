/** The protocol between the main thread and its workers. */
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

/** Turns of a waiting loop before a thread sleeps: about 25 microseconds, as long as waking takes. */
export const SPINS = 100_000;

/** One kernel call with its addresses, a barrier of all threads, or calls that a run may leave out. */
export type BoundCall = KernelCall | "barrier" | Branch;

export interface KernelCall {
  readonly kernel: KernelName;
  readonly values: readonly number[];
}

/** Calls that a run leaves out when the word at address `condition` is 0. */
export interface Branch {
  readonly condition: number;
  readonly calls: readonly BoundCall[];
}

/** A schedule as closures. `bind` makes that of a call, or of the barrier before call `at` of the whole schedule; undefined for none. */
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
    // A view of shared memory stays valid when memory grows; otherwise programs bind again.
    const word = new Int32Array(memory.buffer, call.condition, 1);
    return [
      () => {
        if (word[0] === 0) return;
        for (const each of calls) each();
      },
    ];
  });
}

/** All kernel calls of a schedule, those inside branches too. */
export function kernelCallsOf(schedule: readonly BoundCall[]): KernelCall[] {
  return schedule.flatMap((call) => {
    if (call === "barrier") return [];
    return "kernel" in call ? call : kernelCallsOf(call.calls);
  });
}

/** The call as one closure, for one part of the work: 15 ns a call, where spreading arguments each time costs 150. */
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
  /** Its part of the work, from 1. */
  readonly part: number;
}

/** A message to a worker: a program, or null where one was dropped. */
export interface ProgramMessage {
  readonly id: number;
  readonly calls: readonly BoundCall[] | null;
}
