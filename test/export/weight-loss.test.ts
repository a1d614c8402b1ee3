import { describe, expect, test } from "vitest";
import { manualSeed, nn, tensor } from "../../src/index.ts";
import { weightLoss } from "../../src/export/index.ts";
import { randomTensor } from "../support.ts";

describe("weightLoss", () => {
  manualSeed(1);
  const model = nn.sequential(nn.linear(12, 20), nn.relu(), nn.sequential(nn.linear(20, 3), nn.relu()));
  const x = randomTensor([40, 12], 2);

  test("measures each layer alone, then all, against float32", () => {
    const loss = weightLoss(model, x, { weights: "int8" });
    expect(loss.layers.map(({ path }) => path).toSorted()).toEqual(["0", "2.0"]);
    const exact = model.predict(x).data;
    for (const { path, model: change } of loss.layers) {
      const other = path === "0" ? "2.0" : "0";
      const small = model.compile(x.shape, { weights: "int8", keep: [other] })(x).data;
      const differences = small.map((value, i) => Math.abs(value - exact[i]!));
      expect(change.largest).toBeCloseTo(Math.max(...differences) / Math.max(...exact.map(Math.abs)), 7);
      expect(change.largest).toBeGreaterThan(1e-5);
      expect(change.rms).toBeLessThan(0.05);
    }
    const [most, least] = loss.layers.map(({ model: change }) => change.rms);
    expect(most).toBeGreaterThanOrEqual(least!);
    expect(loss.all.rms).toBeGreaterThan(0);
  });

  test("is 0 where int8 is exact, and lists no layer that keeps float32", () => {
    const exact = nn.linear(2, 2, { bias: false });
    exact.weight.assign([127, 0, 0, 127]);
    const { layers, all } = weightLoss(exact, tensor([127, 0, 0, 127], [2, 2]));
    const none = { largest: 0, rms: 0 };
    expect(layers).toEqual([{ path: "", layer: "linear 2 -> 2, no bias", own: none, model: none }]);
    expect(all).toEqual(none);
    expect(weightLoss(model, x, { keep: ["2"] }).layers.map(({ path }) => path)).toEqual(["0"]);
    expect(weightLoss(model, x, { weights: "float32" }).layers).toEqual([]);
  });

  test("leaves the model as it is, and its mode", () => {
    model.train();
    const before = model.predict(x);
    weightLoss(model, x, { weights: "bf16" });
    expect(model.training).toBe(true);
    expect(model.predict(x)).toEqual(before);
  });

  test("prints as a table", () => {
    const lines = String(weightLoss(model, x)).split("\n");
    expect(lines[0]).toMatch(/layer +rms +largest +model's rms +model's largest/);
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toMatch(/all in int8 +\d\.\d{3} % +\d\.\d{3} %$/);
  });

  test("refuses what it cannot measure", () => {
    expect(() => weightLoss(model, x, { keep: ["1.0"] })).toThrow(RangeError);
    expect(() => weightLoss(model, randomTensor([4, 11], 1))).toThrow("linear: the last axis");
  });
});
