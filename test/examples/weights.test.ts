import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/weights.ts";

test("weights of athletes are predicted from a table with missing values and categories", async () => {
  const { athletes, error, r2 } = await run(QUICK);
  expect(athletes).toEqual([7833, 2176]);
  expect(error).toBeLessThan(6.4); // kg; MLPRegressor of scikit-learn: 5.93; the mean weight: 12.6
  expect(r2).toBeGreaterThan(0.64);
});
