import { LINE } from "./workers";

// A gate is three cache lines, zero at first. Its first word counts the workers that have arrived.

/** The word that counts how often all workers met. */
export const GATE_PHASE: i32 = LINE;

/** The word that counts the workers that sleep. */
export const GATE_SLEEPERS: i32 = 2 * LINE;

/** Words of a gate. */
export const GATE_WORDS: i32 = 3 * LINE;
