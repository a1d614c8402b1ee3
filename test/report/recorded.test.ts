import { describe, expect, test } from "vitest";
import { createReport, readReport, recordRun } from "../../src/report/index.ts";
import { blobs } from "../study/support.ts";
import { trainerOf } from "./fixtures.ts";
import { manualSeed, nn } from "./names.ts";

describe("the report of a recording", () => {
  test.each(["none", "mistakes"] as const)("with embed %s has all that was recorded", async (embed) => {
    manualSeed(7);
    const set = blobs(150, 3, 4, 1, 5);
    const trainer = trainerOf(nn.sequential(nn.linear(4, 16), nn.relu(), nn.dropout(0.3), nn.linear(16, 3)));
    const run = recordRun(trainer, { name: "blobs", seed: 7 });
    await trainer.fit(set, { epochs: 3, validation: set, callbacks: [run], progress: false });
    await run.evaluate(set, {
      monteCarlo: 5,
      layers: true,
      rows: Array.from({ length: 150 }, (_, i) => `secret ${i}`),
    });
    const html = await createReport(run, { embed });
    const { runs } = await readReport(new TextEncoder().encode(html));
    const { evaluations, ...rest } = run.record({ samples: embed === "mistakes" });
    expect(runs[0]).toMatchObject({ ...rest, seconds: expect.any(Number) as number });
    // Curves are rounded.
    expect(runs[0]?.evaluations[0]).toMatchObject({
      mistakes: evaluations[0]?.mistakes,
      layers: evaluations[0]?.layers,
    });
    expect(html.includes("secret")).toBe(embed === "mistakes");
  });
});
