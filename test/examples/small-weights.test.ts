import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/small-weights.ts";

test("exported files with small weights classify about as well in a half and a quarter of the bytes", async () => {
  const { rows, loss } = await run(QUICK);
  const [float32, bf16, f16, int8] = rows;
  if (!float32 || !bf16 || !f16 || !int8) throw new Error("there must be a row for each format");
  expect(rows.map(({ weights }) => weights)).toEqual(["float32", "bf16", "f16", "int8"]);
  expect(float32.accuracy).toBeGreaterThan(70); // percent; guesses: 10
  expect(float32.largestDifference).toBe(0);
  for (const { accuracies, largestDifference, times } of rows) {
    expect(accuracies).toHaveLength(QUICK.seeds);
    expect(largestDifference).toBeLessThanOrEqual(1); // points: 5 of 500 digits
    expect(times.strict).toBeGreaterThan(0);
  }
  expect(bf16.bytes / float32.bytes).toBeLessThan(0.52);
  expect(f16.bytes / float32.bytes).toBeLessThan(0.52);
  expect(int8.bytes / float32.bytes).toBeLessThan(0.28);
  expect(loss.weights).toBe("int8");
  expect(loss.layers.map(({ path }) => path).toSorted()).toEqual(["0", "12", "3", "6", "9"]);
  for (const { own } of loss.layers) expect(own.rms).toBeLessThan(0.01);
});
