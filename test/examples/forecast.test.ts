import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/forecast.ts";

test("an LSTM forecasts better than the temperature a year before and that of the last day", async () => {
  const errors = await run(QUICK);
  // Both are functions of the data: mean absolute errors of 712 windows of 7 days.
  expect(errors["a year before"]).toBeCloseTo(4.16, 2);
  expect(errors["the last day"]).toBeCloseTo(3.59, 2);
  expect(errors.LSTM).toBeLessThan(3.4);
});
