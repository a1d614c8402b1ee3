import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/drop-connect.ts";

test("networks without dropout, with it and with DropConnect learn from 1,000 digits, each seed by itself", async () => {
  const rows = await run(QUICK);
  expect(rows.map(({ name }) => name)).toEqual([
    "nothing",
    "dropout 0.5",
    "DropConnect 0.5",
    "DropConnect 0.5, by sample",
  ]);
  for (const { name, accuracies } of rows) {
    expect(new Set(accuracies).size, name).toBe(QUICK.seeds);
    for (const accuracy of accuracies) {
      expect(accuracy, name).toBeGreaterThan(65); // percent
      expect(accuracy, name).toBeLessThan(95);
    }
  }
});
