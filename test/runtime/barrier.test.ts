import { GATE_PHASE, GATE_WORDS } from "#kernels/contract";
import { expect, test } from "vitest";
import { allocate, integersAt } from "../../src/memory/memory.ts";
import { kernels } from "../../src/runtime/engine.ts";

test("a wait without patience ends after its spins, where the main thread of a page may not sleep", () => {
  const gate = allocate(GATE_WORDS * 4);
  const { barrier, stillWaiting } = kernels();
  // The first of two threads arrives and finds nobody.
  expect(barrier(gate, 10, 0, 0, 2)).toBe(1);
  expect(stillWaiting(gate, 0, 10, 0)).toBe(1);
  // The second one completes the meeting.
  expect(barrier(gate, 10, 0, 1, 2)).toBe(0);
  expect(stillWaiting(gate, 0, 10, 0)).toBe(0);
  const words = integersAt(gate, GATE_WORDS);
  expect(words[GATE_PHASE]).toBe(1);
  expect([...words].filter((word) => word !== 0)).toEqual([1]);
});
