import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/weight-scaling.ts";

test("means over masked networks come close to scaled weights, the geometric one closer", async () => {
  const { rows, scaled } = await run(QUICK);
  const [one, , hundred] = rows;
  if (!one || !hundred) throw new Error("there must be means over 1, 10 and 100 masks");
  expect(rows.map(({ count }) => count)).toEqual([1, 10, 100]);
  expect(scaled.error).toBeLessThan(20);
  expect(hundred.geometric.distance).toBeLessThan(one.geometric.distance / 4);
  expect(hundred.geometric.distance).toBeLessThan(hundred.arithmetic.distance / 2);
  expect(Math.abs(hundred.geometric.loss - scaled.loss)).toBeLessThan(0.03); // of about 0.47
  expect(Math.abs(hundred.geometric.error - scaled.error)).toBeLessThan(2); // points, of 500 digits
  expect(one.geometric.loss).toBeGreaterThan(scaled.loss * 1.1);
});
