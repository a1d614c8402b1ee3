import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/srivastava.ts";

test("the recipe of the paper learns, and no unit's incoming weights grow longer than max-norm allows", async () => {
  const { model, epochs } = await run(QUICK);
  expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const losses = epochs.map(({ loss }) => loss);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  expect(epochs.at(-1)?.validation?.accuracy).toBeGreaterThan(0.5);

  const weights = model.parameters().filter(({ shape }) => shape.length === 2);
  const lengths = weights.flatMap((weight) => {
    const [units = 0, inputs = 0] = weight.shape;
    const values = weight.read();
    return Array.from({ length: units }, (_, unit) => Math.hypot(...values.slice(unit * inputs, (unit + 1) * inputs)));
  });
  expect(lengths).toHaveLength(3 * QUICK.width + 10);
  expect(Math.max(...lengths)).toBeLessThan(QUICK.maxNorm * (1 + 1e-6)); // float32 rounds the scaled weights
  expect(Math.max(...lengths)).toBeGreaterThan(QUICK.maxNorm * (1 - 1e-6));
});
