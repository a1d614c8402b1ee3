import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Trainer, data, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { chooseDropout } from "../../src/study/index.ts";
import { globalRandomState } from "../../src/runtime/random.ts";
import { DropoutChoice } from "../../src/study/dropout-choice.ts";
import { expectClose, randomTensor } from "../support.ts";
import { fixtures } from "./fixtures.ts";

const x = randomTensor([60, 4], 3);
const labels = Int32Array.from({ length: 60 }, (_, i) => ((x.data[4 * i] ?? 0) > 0 ? 1 : 0));
const parts = {
  training: data.subset(
    data.fromArrays(x, tensor(labels)),
    Int32Array.from({ length: 40 }, (_, i) => i),
  ),
  validation: data.subset(
    data.fromArrays(x, tensor(labels)),
    Int32Array.from({ length: 20 }, (_, i) => 40 + i),
  ),
};
const factory = (p: number): Trainer =>
  new Trainer(nn.sequential(nn.linear(4, 16), nn.relu(), nn.dropout(p), nn.linear(16, 2)), {
    loss: nn.crossEntropyLoss(),
    optimizer: optim.adam({ lr: 0.01 }),
  });
const fit = { epochs: 3, batchSize: 10 };
const settings = { by: "loss", better: "lower", level: 0.95 } as const;

describe("chooseDropout", () => {
  test("trains every rate with the same seeds, each as after manualSeed", async () => {
    const before = globalRandomState();
    const seen: number[] = [];
    const choice = await chooseDropout(
      (p) => {
        seen.push(p);
        return factory(p);
      },
      parts,
      { rates: [0, 0.9], seeds: [5, 2], fit },
    );
    expect(globalRandomState()).toEqual(before);
    expect(seen).toEqual([0, 0.9, 0, 0.9]);
    manualSeed(2);
    const trainer = factory(0.9);
    await trainer.fit(parts.training, { ...fit, progress: false });
    expect(choice.rates[1]?.values[1]).toBe(trainer.evaluate(parts.validation).loss);
    expect(choice.p).toBe(0);
    expect(choice.toNext).toEqual(expect.objectContaining({ p: 0.9 }));
    expect(choice.toNone).toBeUndefined();
    manualSeed(1);
  });

  test("has six rates and five seeds by default, and decides by the loss", async () => {
    const choice = await chooseDropout(factory, parts, { fit: { epochs: 1 } });
    expect(choice.rates.map(({ p }) => p)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(choice.rates.map(({ values }) => values.length)).toEqual([5, 5, 5, 5, 5, 5]);
    expect(choice.by).toBe("loss");
    const best = choice.rates.toSorted((a, b) => a.mean - b.mean)[0];
    expect(choice.p).toBe(best?.p);
  });

  test("decides by accuracy or an own metric, of which more or less is better", async () => {
    // Equal for all rates, so that the lowest is chosen.
    const metrics = { width: (predictions: { readonly size: number }) => predictions.size };
    const options = { rates: [0.2, 0.1, 0.3], seeds: 2, fit: { epochs: 1 }, metrics } as const;
    const equal = await chooseDropout(factory, parts, { ...options, by: "width" });
    expect([equal.p, equal.better, equal.toNext?.isBeyondChance]).toEqual([0.1, "higher", false]);
    const accuracy = await chooseDropout(factory, parts, { ...options, by: "accuracy" });
    expect(accuracy.rates.flatMap(({ values }) => values).every((value) => value >= 0 && value <= 1)).toBe(true);
    const lower = await chooseDropout(factory, parts, { ...options, by: "accuracy", better: "lower" });
    expect(lower.rates.every(({ mean }) => mean >= (lower.rates.find(({ p }) => p === lower.p)?.mean ?? 1))).toBe(true);
  });

  test.each([
    [{ rates: [0.1] }, "chooseDropout: rates must be at least two different ones; got [0.1]"],
    [{ rates: [0.1, 1.5] }, "chooseDropout: rates[1] must be from 0 to 1; got 1.5"],
    [{ seeds: 1 }, "chooseDropout: seeds must be a whole number of at least 2; got 1"],
    [{ seeds: [3, 3] }, "chooseDropout: seeds must be at least two different ones; got [3,3]"],
    [{ by: "f1" }, 'chooseDropout: by must be "loss" or "accuracy"; got "f1"'],
    [{ better: "more" as never }, 'chooseDropout: better must be "higher" or "lower"; got "more"'],
  ])("refuses %o", async (options, message) => {
    await expect(chooseDropout(factory, parts, options)).rejects.toThrow(message);
  });

  test("refuses accuracy of a loss that does not classify, and data without parts", async () => {
    const regression = (): Trainer => new Trainer(nn.linear(4, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const y = tensor(Array.from({ length: 60 }, () => [0]));
    const set = data.fromArrays(x, y);
    await expect(chooseDropout(regression, { training: set, validation: set }, { by: "accuracy" })).rejects.toThrow(
      "chooseDropout: by must be a metric that the loss has; got accuracy",
    );
    await expect(chooseDropout(factory, null as never)).rejects.toThrow("chooseDropout: data must be");
  });
});

describe("the choice", () => {
  const { first, second, mean, low, high } = fixtures.paired;

  test("compares rates over the same seeds: the interval is SciPy's of paired differences", () => {
    const found = [
      { p: 0, values: second },
      { p: 0.5, values: first },
    ];
    const { p, toNone, toNext, rates } = new DropoutChoice(found, settings);
    expect(p).toBe(0.5);
    expectClose([toNone?.gain.mean ?? NaN, toNone?.gain.low ?? NaN, toNone?.gain.high ?? NaN], [mean, low, high]);
    expect(toNone?.isBeyondChance).toBe(true);
    expect(toNext).toEqual(toNone);
    // The intervals of the rates themselves overlap: only the pairs tell.
    expect(rates[1]?.high).toBeGreaterThan(rates[0]?.low ?? NaN);
  });

  test("says where a difference may be chance", () => {
    const found = [
      { p: 0, values: [0.5, 0.6, 0.55] },
      { p: 0.2, values: [0.4, 0.62, 0.5] },
      { p: 0.4, values: [0.9, 1.0, 0.95] },
    ];
    const choice = new DropoutChoice(found, settings);
    expect([choice.p, choice.toNext?.p, choice.toNone?.p]).toEqual([0.2, 0, 0]);
    expect(choice.toNext?.isBeyondChance).toBe(false);
    expect(choice.rates[2]?.behind?.low).toBeGreaterThan(0);
    expect(inspect(choice)).toBe(
      [
        "  p  validation loss  95 % interval     behind the best  95 % interval",
        "---  ---------------  ----------------  ---------------  -----------------",
        "  0           0.5500  0.4258 to 0.6742  0.0433           -0.1064 to 0.1931",
        "0.2           0.5067  0.2330 to 0.7803  best",
        "0.4           0.9500  0.8258 to 1.0742  0.4433           0.2936 to 0.5931",
        "p 0.2 is better than no dropout by 0.0433 (-0.1064 to 0.1931): may be chance",
      ].join("\n"),
    );
  });

  test("compares with the next and with none", () => {
    const found = [
      { p: 0, values: [0.1, 0.2] },
      { p: 0.2, values: [0.5, 0.6] },
      { p: 0.4, values: [0.6, 0.7] },
    ];
    const choice = new DropoutChoice(found, { ...settings, better: "higher" });
    expect([choice.p, choice.toNext?.p, choice.toNone?.p]).toEqual([0.4, 0.2, 0]);
    expect(String(choice)).toContain("p 0.4 is better than p 0.2 by 0.1000");
    expect(String(choice)).toContain("p 0.4 is better than no dropout by 0.5000");
  });
});
