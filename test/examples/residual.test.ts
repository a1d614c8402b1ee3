import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/residual.ts";

test("residual networks learn with and without stochastic depth, which leaves blocks out as often as it says", async () => {
  const rows = await run(QUICK);
  expect(rows.map(({ last }) => last)).toEqual([0, 0.3, 0.6]);
  // Of 6 blocks p = last (1 + 2 + ... + 6) / 6 are left out: 3.5 last.
  expect(rows.map(({ kept }) => kept.toFixed(2))).toEqual(["6.00", "4.95", "3.90"]);
  for (const { last, accuracy } of rows) expect(accuracy, String(last)).toBeGreaterThan(0.75);
});
