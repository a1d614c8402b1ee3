import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/gan.ts";

test("a GAN of two trainers draws digits that a classifier tells apart", async () => {
  const { scores, real, drawn } = await run(QUICK);
  expect(scores[0]).toBeLessThan(1.5);
  // Scores are at most 10; three seeds end at 4.4 or above.
  expect(scores.at(-1)).toBeGreaterThan(3);
  expect(real).toBeGreaterThan(scores.at(-1) ?? NaN);
  expect(drawn.data.every((pixel) => pixel >= 0 && pixel <= 1)).toBe(true);
});
