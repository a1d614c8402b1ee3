import { configure } from "lanegrad";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../examples/backprop.ts";

/** The figures of the course. */
const BEFORE = {
  z1: 0.08,
  z2: 0.11,
  h1: 0.51998934,
  h2: 0.5274723,
  z3: 0.44498412,
  z4: 0.68047592,
  o1: 0.609446,
  o2: 0.66384491,
  E_o1: 0.02193381,
  E_o2: 0.00203809,
  E: 0.0239719,
};
const AFTER = { o1: 0.60617688, o2: 0.66295848, E_o1: 0.02125445, E_o2: 0.00198189, E: 0.02323634 };
const WEIGHTS = [0.29959556, 0.24919112, 0.39964496, 0.34928991, 0.43703857, 0.38685205, 0.69629578, 0.59624247];
const TOLERANCE = 2e-7; // an ulp of float32 near 0.5 is 6e-8

describe.each([false, true])("one step of backpropagation, reproducible %s", (reproducible) => {
  beforeAll(() => configure({ reproducible }));
  afterAll(() => configure({ reproducible: false }));

  test("gives the course's values, gradients and weights", () => {
    const { before, gradients, weights, after } = run();
    const off = [
      ...differences(before, BEFORE),
      ...differences({ W1: gradients[0], W5: gradients[4] }, { W1: 0.00080888, W5: 0.02592286 }),
      ...differences(Object.fromEntries(weights.entries()), Object.fromEntries(WEIGHTS.entries())),
      ...differences(after, AFTER),
    ].filter(({ difference }) => !(difference < TOLERANCE));
    expect(off).toEqual([]);
  });
});

function differences(
  received: Readonly<Record<string, number | undefined>>,
  expected: Readonly<Record<string, number>>,
): { name: string; difference: number }[] {
  return Object.entries(expected).map(([name, value]) => ({
    name,
    difference: Math.abs((received[name] ?? NaN) - value),
  }));
}
