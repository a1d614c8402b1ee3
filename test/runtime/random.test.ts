import { describe, expect, test } from "vitest";
import { manualSeed, permutation } from "../../src/runtime/random.ts";

describe("permutation", () => {
  test.each([0, 1, 2, 3, 100, 1001])("of %d numbers has each once", (length) => {
    manualSeed(7);
    const sorted = permutation(length).toSorted();
    expect([...sorted]).toEqual(Array.from({ length }, (_, i) => i));
  });

  test("every order of four comes as often as any other", () => {
    manualSeed(7);
    const rounds = 24_000;
    const counts = new Map<string, number>();
    for (let i = 0; i < rounds; i++) {
      const order = permutation(4).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 1000 each with a standard deviation of 31: five of them either way.
    for (const [order, count] of counts) expect(Math.abs(count - 1000), order).toBeLessThan(155);
  });

  test("follows from the seed, and the next one differs", () => {
    manualSeed(7);
    const first = permutation(100);
    expect(permutation(100)).not.toEqual(first);
    permutation(5000); // more words than were drawn before
    manualSeed(7);
    expect(permutation(100)).toEqual(first);
  });
});
