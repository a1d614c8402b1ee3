/** The protocol between the main thread and its workers. */
import { GATE_PHASE, GATE_WORDS, LINE } from "#kernels/contract";
import type { KernelName } from "../graph/kernels.ts";

const GATE = 4 * LINE;

/** Words of the control block that the main thread and its workers share, each group on cache lines of its own. */
export const CONTROL = {
  /** Counts the runs that the main thread started; workers wait for it to change. */
  order: 0,
  /** The program to run: a number of its own, then the address and the length of its schedule (see `encoded`). */
  program: LINE,
  address: LINE + 1,
  length: LINE + 2,
  /** How many threads share it; workers with a higher part do not take part. */
  parts: 2 * LINE,
  /** How many workers are ready. */
  ready: 3 * LINE,
  /** The barrier of `assembly/contract/barrier.ts`: how many threads have arrived. */
  gate: GATE,
  /** How often all threads have arrived. */
  phase: GATE + GATE_PHASE,
} as const;
export const CONTROL_WORDS = GATE + GATE_WORDS;

/** Turns of a waiting loop before a thread sleeps: about 25 microseconds, as long as waking takes. */
export const SPINS = 100_000;

/** One kernel call with its addresses, a barrier of all threads, or calls that a run may skip. */
export type BoundCall = KernelCall | "barrier" | Branch | Guarded;

export interface KernelCall {
  readonly kernel: KernelName;
  readonly values: readonly number[];
}

/** Calls that a run skips when the word at address `condition` is 0. */
export interface Branch {
  readonly condition: number;
  readonly calls: readonly BoundCall[];
}

/** Calls that a run skips when the integer at address `armed` is not 0 and the float at address `value` is not finite. */
export interface Guarded {
  readonly armed: number;
  readonly value: number;
  readonly calls: readonly BoundCall[];
}

/**
 * A schedule as closures. `bind` returns the closure for a call, or for the barrier before call `at` of the whole schedule;
 * undefined omits it.
 */
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
    return [unless(skipTest(call, memory), bindSchedule(call.calls, memory, bind, at))];
  });
}

/** Whether a run skips these calls, at the time when it comes to them. */
export function skipTest(call: Branch | Guarded, { buffer }: WebAssembly.Memory): () => boolean {
  // A view of shared memory stays valid when memory grows; otherwise programs bind again.
  if ("condition" in call) {
    const word = new Int32Array(buffer, call.condition, 1);
    return () => word[0] === 0;
  }
  const armed = new Int32Array(buffer, call.armed, 1);
  const value = new Float32Array(buffer, call.value, 1);
  return () => armed[0] !== 0 && !Number.isFinite(value[0]);
}

/** Makes all calls, unless the test says that they are skipped. */
function unless(isSkipped: () => boolean, calls: readonly (() => void)[]): () => void {
  const [only] = calls;
  if (only && calls.length === 1) return () => void (isSkipped() || only());
  return () => {
    if (isSkipped()) return;
    for (const each of calls) each();
  };
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

/** The data that a worker starts with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block. */
  readonly control: number;
  /** Its part of the work, from 1. */
  readonly part: number;
}

const BARRIER = -1;
const BRANCH = -2;
const GUARDED = -3;

/**
 * A schedule as numbers, by which workers read it from kernel memory: its length, then for each call the index of its kernel
 * among `kernels`, the number of its values, and the values; -1 for a barrier; -2, the condition and a schedule for a branch;
 * -3, two addresses and a schedule for guarded calls.
 */
export function encoded(schedule: readonly BoundCall[], kernels: readonly string[]): number[] {
  const items = schedule.map((call) => {
    if (call === "barrier") return [BARRIER];
    if ("kernel" in call) return [kernels.indexOf(call.kernel), call.values.length, ...call.values];
    if ("condition" in call) return [BRANCH, call.condition, ...encoded(call.calls, kernels)];
    return [GUARDED, call.armed, call.value, ...encoded(call.calls, kernels)];
  });
  return [schedule.length, ...items.flat()];
}

/** The inverse of `encoded`. */
export function decoded(numbers: Float64Array, kernels: readonly string[]): BoundCall[] {
  let at = 0;
  const next = (): number => numbers[at++] ?? NaN;
  const schedule = (): BoundCall[] =>
    Array.from({ length: next() }, (): BoundCall => {
      const kind = next();
      if (kind === BARRIER) return "barrier";
      if (kind === BRANCH) return { condition: next(), calls: schedule() };
      if (kind === GUARDED) return { armed: next(), value: next(), calls: schedule() };
      return { kernel: kernels[kind] as KernelName, values: Array.from({ length: next() }, next) };
    });
  return schedule();
}
