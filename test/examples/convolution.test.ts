import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/convolution.ts";

test("a convolutional network with spatial dropout learns digits from 1,500 of them", async () => {
  const { model, epochs } = await run(QUICK);
  const [first, last] = epochs;
  expect(epochs).toHaveLength(QUICK.epochs);
  expect(last?.loss).toBeLessThan((first?.loss ?? NaN) / 1.5);
  expect(last?.validation?.accuracy).toBeGreaterThan(0.7);
  expect(String(model.modules().map((module) => module.describe()))).toContain("dropout2d 0.1");
});
