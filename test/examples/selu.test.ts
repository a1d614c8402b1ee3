import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/selu.ts";

test("SELU with alpha dropout keeps mean 0 and variance 1 in every layer, and learns", async () => {
  const [selu, relu] = await run(QUICK);
  // Weights are drawn again for each layer: of 128 units, deviations of a tenth are chance.
  for (const { mean, variance } of selu?.before ?? []) {
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(variance - 1)).toBeLessThan(0.15);
  }
  expect(selu?.before).toHaveLength(QUICK.layers);
  expect(relu?.before.at(-1)?.mean).toBeGreaterThan(0.5);
  expect(relu?.before.at(-1)?.variance).toBeGreaterThan(1.5);
  expect(selu?.accuracies.at(-1)).toBeGreaterThan(0.5);
  expect(selu?.accuracies.at(-1)).toBeGreaterThan(relu?.accuracies.at(-1) ?? NaN);
});
