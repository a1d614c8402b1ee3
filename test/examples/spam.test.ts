import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/spam.ts";

test("spam is told from other mails, and a threshold chosen by cost makes what is called spam surer", async () => {
  const { mails, half, chosen } = await run(QUICK);
  expect(mails.reduce((sum, count) => sum + count)).toBe(Math.ceil(6046 / QUICK.every));
  expect(half.accuracy).toBeGreaterThan(0.93);
  expect(chosen.precision).toBeGreaterThan(half.precision);
  expect(chosen.recall).toBeLessThanOrEqual(half.recall);
});
