import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/monte-carlo.ts";

test("uncertainty rises as digits are turned, up to 45 degrees", async () => {
  const rows = (await run(QUICK)).filter(({ angle }) => angle <= 45);
  const [upright, ...turned] = rows;
  expect(rows.map(({ angle }) => angle)).toEqual([0, 15, 30, 45]);
  expect(upright?.accuracy).toBeGreaterThan(0.9);
  for (const figure of ["entropy", "mutualInformation"] as const) {
    const values = rows.map((row) => row[figure]);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(turned.at(-1)?.[figure]).toBeGreaterThan(2 * (upright?.[figure] ?? NaN));
  }
  for (const { entropy, mutualInformation } of rows) expect(mutualInformation).toBeLessThan(entropy);
});
