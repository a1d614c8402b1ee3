import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/sequence.ts";

test("an LSTM learns to guess the next letter, with and without dropout", () => {
  const kinds = run(QUICK);
  expect(kinds.map(({ name }) => name)).toEqual(["nothing", "dropout", "variational dropout"]);
  for (const { name, epochs } of kinds) {
    const bits = epochs.map(({ loss }) => loss / Math.LN2);
    expect(bits, name).toEqual(bits.toSorted((a, b) => b - a));
    expect(bits.at(-1), name).toBeLessThan(4.3); // all 27 letters alike would take log2(27) = 4.75
    expect(epochs.at(-1)?.accuracy, name).toBeGreaterThan(1 / 6); // spaces alone are less
  }
});
