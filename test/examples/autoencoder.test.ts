import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/autoencoder.ts";

test("groups of an autoencoder's codes are purer digits than groups of pixels", async () => {
  const { error, pixels, codes } = await run(QUICK);
  expect(error).toBeLessThan(0.04); // 0.063 for the mean of all digits
  expect(codes).toBeGreaterThan(0.57);
  expect(codes).toBeGreaterThan(pixels);
});
