import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/iris.ts";

test("cross-validation of iris gives a score for each fold, and their mean", async () => {
  const { accuracies, mean } = await run(QUICK);
  expect(accuracies).toHaveLength(QUICK.folds);
  for (const accuracy of accuracies) expect(Number.isInteger(Math.round(accuracy * 30 * 1e6) / 1e6)).toBe(true); // of 30 flowers
  expect(mean).toBeGreaterThan(0.9);
  expect(mean).toBeCloseTo(accuracies.reduce((sum, accuracy) => sum + accuracy) / QUICK.folds, 12);
});
