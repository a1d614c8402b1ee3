import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/transformer.ts";

test("with attention a small transformer encoder learns to sort, and without it does not", () => {
  const [attending, alone] = run(QUICK);
  expect(attending).toHaveLength(QUICK.epochs);
  expect(attending?.at(-1)?.accuracy).toBeGreaterThan(0.95);
  // A place alone knows its own number only: where it stands in order is a guess.
  expect(alone?.at(-1)?.accuracy).toBeLessThan(0.5);
});
