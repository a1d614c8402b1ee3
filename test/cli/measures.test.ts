import { expect, test } from "vitest";
import { baselineOf, meanBaseline } from "../../src/cli/evaluate/measures.ts";
import { intervalOf } from "../../src/cli/interval.ts";

// The formula of Wilson's interval in NumPy, z = 1.959964.
test.each([
  [9, 10, 0.5958499705, 0.9821237871],
  [0, 20, 0, 0.1611251602],
  [20, 20, 0.8388748398, 1],
  [500, 1000, 0.4690696001, 0.5309303999],
])("%d of %d are from %d to %d", (right, count, low, high) => {
  const found = intervalOf(right / count, count);
  expect(found[0]).toBeCloseTo(low, 9);
  expect(found[1]).toBeCloseTo(high, 9);
});

test("baselines are the most frequent class, and the mean", () => {
  const scores = [3, 5, 2].map((count) => ({ precision: 0, recall: 0, f1: 0, count }));
  const reliability = { error: 0, bins: [] };
  const classes = { names: ["a", "b", "c"], scores, confusion: [], roc: [], precisionRecall: [], reliability };
  expect(baselineOf(classes)).toEqual({ name: "b", share: 0.5 });
  expect(meanBaseline(Float64Array.of(1, 2, 6))).toEqual({
    mean: 3,
    meanAbsoluteError: 2,
    rootMeanSquaredError: Math.sqrt(14 / 3),
  });
});
