import { GATE_PHASE, GATE_SLEEPERS } from "../contract/barrier";

/** Barriers for workers on shared memory: a short spin, because the others usually arrive soon, then sleep. */

const FOREVER: i64 = -1;

// In bytes from the start of a gate.
const PHASE: usize = 4 * GATE_PHASE;
const SLEEPERS: usize = 4 * GATE_SLEEPERS;

/**
 * Returns 0 when all `parts` workers have arrived at the gate, or 1 after `patience` milliseconds (below 0: no
 * limit). `gate` holds GATE_WORDS words.
 * A worker that got 1 counts as arrived and continues to wait by `stillWaiting`.
 */
export function barrier(gate: usize, spins: i32, patience: i32, part: i32, parts: i32): i32 {
  const phase = atomic.load<i32>(gate, PHASE);
  if (atomic.add<i32>(gate, 1) == parts - 1) {
    atomic.store<i32>(gate, 0);
    atomic.add<i32>(gate, 1, PHASE);
    if (atomic.load<i32>(gate, SLEEPERS) > 0) atomic.notify(gate + PHASE, parts);
    return 0;
  }
  return stillWaiting(gate, phase, spins, patience);
}

/**
 * Waits while the gate counts `phase` meetings: 0 after the next meeting, or 1 after `patience` milliseconds. A patience
 * of 0 ends the wait with the spins, without sleep: the main thread of a page may not sleep.
 */
export function stillWaiting(gate: usize, phase: i32, spins: i32, patience: i32): i32 {
  for (let i = 0; i < spins; i++) {
    if (atomic.load<i32>(gate, PHASE) != phase) return 0;
  }
  if (patience == 0) return atomic.load<i32>(gate, PHASE) == phase ? 1 : 0;
  const timeout = patience < 0 ? FOREVER : <i64>patience * 1000000;
  atomic.add<i32>(gate, 1, SLEEPERS);
  let late = false;
  while (!late && atomic.load<i32>(gate, PHASE) == phase) {
    late = atomic.wait<i32>(gate + PHASE, phase, timeout) == AtomicWaitResult.TIMED_OUT;
  }
  atomic.sub<i32>(gate, 1, SLEEPERS);
  return late && atomic.load<i32>(gate, PHASE) == phase ? 1 : 0;
}

/** Returns the number at `word` once it is no longer `seen`. */
export function awaitChange(word: usize, seen: i32, spins: i32): i32 {
  for (let i = 0; i < spins; i++) {
    const now = atomic.load<i32>(word);
    if (now != seen) return now;
  }
  while (atomic.load<i32>(word) == seen) atomic.wait<i32>(word, seen, FOREVER);
  return atomic.load<i32>(word);
}
