import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/fine-tuning.ts";

test("a new head on a frozen body learns more from few samples than a network from scratch; the body keeps its bits", async () => {
  const { tuned, scratch, saved, kept } = await run({ ...QUICK, samples: 50 });
  expect(tuned).toBeGreaterThan(scratch);
  expect(tuned).toBeGreaterThan(0.7);
  expect(kept).toEqual(saved);
});
