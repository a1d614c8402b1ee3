import type { Batch, Network } from "../../../bench/network.ts";

/** What is measured. */
export interface Case {
  readonly name: "training" | "inference" | "xor";
  readonly title: string;
  /** How the numbers are shown: a time in a unit, or calls in a second. */
  readonly unit: "ms" | "us" | "steps/s";
  readonly network: Network;
  readonly batch: Batch;
  /** Whether the call is a training step; else it is a prediction. */
  readonly trains: boolean;
}

/** A library that is measured. */
export interface Contender {
  readonly name: string;
  /** Version and mode: `1.13.0, 2 threads`. */
  readonly detail: string;
  /** Why its times say less than they could. */
  readonly warning?: string;
  /** Losses of the first steps without dropout, or the outputs: equal for all contenders, but for rounding. */
  check(measured: Case): Promise<readonly number[]>;
  /** Seconds of a call: one number for each group of calls, measured for about `seconds`. */
  times(measured: Case, seconds: number): Promise<readonly number[]>;
  close(): void;
}

export const CHECKED_STEPS = 3;

export const GROUP = 2e-3; // seconds: calls that take less are timed in groups, which the resolution of the clock does not disturb

/** Seconds of a call, one number for each group of calls, from groups that take `seconds` in all; at least one. */
export function timesOf(call: () => unknown, seconds: number): readonly number[] {
  const began = performance.now();
  call();
  let before = performance.now();
  const first = (before - began) / 1000;
  const calls = Math.max(1, Math.ceil(GROUP / Math.max(first, 1e-7)));
  const times = calls === 1 ? [first] : [];
  const end = began + seconds * 1000;
  while (before < end || times.length === 0) {
    for (let i = 0; i < calls; i++) call();
    const now = performance.now();
    times.push((now - before) / 1000 / calls);
    before = now;
  }
  return times;
}
