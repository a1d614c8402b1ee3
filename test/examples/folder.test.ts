import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/folder.ts";

test("images of a folder are learned as they are and augmented", async () => {
  const accuracies = new Map(await run(QUICK));
  expect([...accuracies.keys()]).toEqual(["unchanged", "augmented"]);
  // In a few epochs augmentation does not pay yet: its gain is that of the full settings.
  for (const [name, accuracy] of accuracies) expect(accuracy, name).toBeGreaterThan(0.65);
});
