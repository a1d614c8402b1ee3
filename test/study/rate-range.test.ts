import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Trainer, data, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { rateRange } from "../../src/study/index.ts";
import { RateRange } from "../../src/study/rate-range.ts";
import { encodeState } from "../../src/files/state-json.ts";
import { globalRandomState } from "../../src/runtime/random.ts";
import { randomTensor } from "../support.ts";
import { blobs, classifier, mlp } from "./support.ts";

const SET = data.fromArrays(randomTensor([22, 4], 1), randomTensor([22, 2], 2));

/** A trainer with every kind of state, after some steps and between two updates. */
function everyState(): Trainer {
  manualSeed(5);
  const model = nn.sequential(
    nn.linear(4, 8),
    nn.batchNorm1d(8),
    nn.relu(),
    nn.dropout(0.4),
    nn.concreteDropout(nn.linear(8, 6)),
    nn.linear(6, 2),
  );
  nn.prune(model, { amount: 0.2 });
  const trainer = new Trainer(model, {
    loss: nn.mseLoss(),
    optimizer: optim.adam({ lr: 1e-2, groups: [{ parameters: (name) => name.startsWith("5."), lr: 1e-3 }] }),
    accumulate: 3,
    clip: { norm: 1 },
    averaging: { decay: 0.9 },
    regularization: { l2: 1e-3 },
  });
  for (const { x, y } of data.batches(SET, { batchSize: 3, dropLast: true })) trainer.step(x, y);
  model.eval();
  model.modules()[4]?.train();
  return trainer;
}

const modesOf = ({ model }: Trainer): boolean[] => model.modules().map(({ training }) => training);
const stateOf = (trainer: Trainer): string =>
  JSON.stringify([
    encodeState(trainer.stateDict()),
    modesOf(trainer),
    trainer.options.optimizer.groups.map(({ lr }) => lr),
    trainer.gradientNorm,
    globalRandomState(),
  ]);

describe("rateRange", () => {
  test("puts everything back to the bit", async () => {
    const trainer = everyState();
    const before = stateOf(trainer);
    const { losses } = await rateRange(trainer, SET, { from: 1e-4, to: 1, steps: 30, batchSize: 4 });
    expect(losses.length).toBeGreaterThan(10);
    expect(new Set(losses).size).toBeGreaterThan(10);
    expect(stateOf(trainer)).toBe(before);
  });

  test("leaves a training that goes on with the same bits", async () => {
    const results: string[] = [];
    for (const isTested of [false, true]) {
      const trainer = everyState();
      if (isTested) await rateRange(trainer, SET, { steps: 25 });
      for (const { x, y } of data.batches(SET, { batchSize: 5, shuffle: true, dropLast: true })) trainer.step(x, y);
      await trainer.fit(SET, { epochs: 2, batchSize: 4, progress: false });
      results.push(
        JSON.stringify(encodeState(trainer.model.stateDict())),
        JSON.stringify(encodeState(trainer.stateDict().optimizer)),
      );
    }
    expect(results.slice(2)).toEqual(results.slice(0, 2));
  });

  test("puts everything back after an error", async () => {
    manualSeed(1);
    const trainer = classifier(mlp(6, 4));
    const before = stateOf(trainer);
    const { x, y } = blobs(100, 4, 6, 1, 1);
    const labels = Int32Array.from(y.data);
    labels[50] = 7;
    const set = data.fromArrays(x, labels);
    await expect(rateRange(trainer, set, { batchSize: 2, from: 0.1 })).rejects.toThrow(/got 7/);
    expect(stateOf(trainer)).toBe(before);
  });

  test("suggests a rate at which the loss falls, and a limit above it", async () => {
    for (const seed of [1, 2, 3, 4]) {
      manualSeed(seed);
      const trainer = classifier(mlp(6, 4), optim.sgd({ lr: 0.1 }));
      const set = blobs(400, 4, 6, 1.5, seed);
      const { suggestion = NaN, limit = NaN, rates, losses } = await rateRange(trainer, set, { to: 1000 });
      expect(losses.length).toBe(rates.length);
      expect(limit).toBeGreaterThan(suggestion);
      const lossAt = async (lr: number): Promise<number> => {
        manualSeed(seed);
        const other = classifier(mlp(6, 4), optim.sgd({ lr }));
        await other.fit(set, { epochs: 3, progress: false, nonFinite: "continue" });
        return other.evaluate(set).loss;
      };
      const suggested = await lossAt(suggestion);
      expect(suggested).toBeLessThan(await lossAt(suggestion / 100));
      const tooHigh = await lossAt(suggestion * 100);
      expect(Number.isNaN(tooHigh) || suggested < tooHigh).toBe(true);
    }
  });

  test("suggests nothing where the loss falls at no rate", async () => {
    const model = nn.linear(2, 1);
    model.loadStateDict({ weight: tensor([[1, -2]]), bias: tensor([0.5]) });
    const x = randomTensor([64, 2], 3);
    const y = model.predict(x);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const noisy = y.data.map((each, i) => each + (i % 2 === 0 ? 1 : -1));
    await trainer.fit(data.fromArrays(x, tensor([...noisy].map((each) => [each]))), {
      epochs: 300,
      batchSize: 64,
      progress: false,
    });
    const range = await rateRange(trainer, data.fromArrays(x, tensor([...noisy].map((each) => [each]))), {
      batchSize: 64,
    });
    expect(range.suggestion).toBeUndefined();
    expect(String(range)).toMatch(/^rate range: loss [\d.]+ falls at no rate/);
  });

  test("ends early when the loss explodes", async () => {
    const trainer = new Trainer(nn.linear(4, 2), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const { losses, rates } = await rateRange(trainer, SET, { to: 1e6, steps: 200 });
    expect(rates.length).toBe(losses.length);
    expect(losses.length).toBeLessThan(190);
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  test("keeps the ratios of groups", async () => {
    const optimizer = optim.sgd({ lr: 1, groups: [{ parameters: (name) => name === "bias", lr: 0 }] });
    const model = nn.linear(4, 2);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer });
    const rates: number[] = [];
    const set = {
      ...SET,
      get weights() {
        rates.push(optimizer.groups[1]?.lr ?? NaN);
        return undefined;
      },
    };
    await rateRange(trainer, set, { steps: 20 });
    expect(new Set(rates)).toEqual(new Set([0]));
    expect(optimizer.lr).toBe(1);
  });

  test("draws its losses with a mark at the suggestion, and cuts off an explosion", () => {
    const rates = Float64Array.from({ length: 81 }, (_, i) => 10 ** (i / 10 - 7));
    const losses = rates.map((rate) => (rate < 1 ? 2 - Math.min(1, rate * 100) : 1e6));
    const lines = inspect(new RateRange(rates, losses, 1e-3, 1)).split("\n");
    expect(lines.slice(0, 2)).toEqual([
      "rate range: loss 2.00, a rate of 0.0010 is suggested,",
      "  from 1.0 on the loss is above its start",
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBe(60);
    const [axis = "", labels = "", caption] = lines.slice(-3);
    expect(caption).toBe("      learning rate, \u25b2 0.0010 suggested");
    expect(labels.trim().split(/ +/)).toEqual(["1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0", "1e1"]);
    expect(axis.indexOf("\u25b2")).toBe(labels.indexOf("1e-3"));
    const chart = lines.slice(3, -3);
    expect(chart).toHaveLength(10);
    expect(chart[0]).toMatch(/^\u22652\.25 \u2524 +\u256d\u2500+$/);
    expect(chart.at(-1)).toMatch(/^ 1\.00 \u2524 +\u2570\u2500+\u256f$/);
    const falls = chart[2]?.lastIndexOf("\u256e") ?? NaN;
    expect(Math.abs(falls - labels.indexOf("1e-2"))).toBeLessThan(14);
    expect(inspect(new RateRange(rates, losses.slice(0, 1), undefined, undefined))).toBe(
      "rate range: loss 2.00 falls at no rate",
    );
    for (const strange of [losses.fill(0), losses.map(() => -1e30), losses.map((_, i) => i * 1e-300)]) {
      expect(inspect(new RateRange(rates, strange, undefined, undefined)).split("\n")).toHaveLength(15);
    }
  });

  test("names what is wrong", async () => {
    const trainer = classifier(nn.linear(4, 2));
    await expect(rateRange(trainer, SET, { from: 1, to: 1 })).rejects.toThrow(
      "rateRange: from must be below to; got 1 and 1",
    );
    await expect(rateRange({} as Trainer, SET)).rejects.toThrow("rateRange: the trainer must be a Trainer; got {}");
    await expect(rateRange(trainer, SET, { steps: 19 })).rejects.toThrow(
      "rateRange: steps must be a whole number of at least 20; got 19",
    );
  });
});
