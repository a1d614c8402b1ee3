import { beforeEach, describe, expect, test } from "vitest";
import { Trainer, data, nn, optim } from "../../src/index.ts";
import { type Dataset, fromArrays, oversampler } from "../../src/data/index.ts";
import { manualSeed } from "../../src/runtime/random.ts";
import { ascending, numbered } from "./split/samples.ts";

beforeEach(() => manualSeed(11));

const labels = Array.from({ length: 107 }, (_, i) => (i < 80 ? 0 : i < 100 ? 1 : 7));
const set = numbered(107, labels);

describe("an epoch", () => {
  test("has every class as often as the largest, each sample as often as others of its class but for one", () => {
    const { order, length } = oversampler(set);
    expect(length).toBe(240);
    for (let epoch = 0; epoch < 5; epoch++) {
      const counts = new Map<number, number>();
      for (const i of order(epoch)) counts.set(i, (counts.get(i) ?? 0) + 1);
      const ofClass = (label: number): number[] => [...counts].filter(([i]) => labels[i] === label).map(([, n]) => n);
      expect(ofClass(0)).toEqual(Array(80).fill(1));
      expect(ofClass(1)).toEqual(Array(20).fill(4));
      expect(ascending(ofClass(7))).toEqual([11, 11, 11, 11, 12, 12, 12]); // 80 = 7 · 11 + 3
    }
  });

  test("is a function of the seed and the epoch", () => {
    const first = oversampler(set);
    const [third, fourth] = [first.order(3), first.order(4)];
    expect(fourth).not.toEqual(third);
    expect(ascending(fourth)).not.toEqual(ascending(third)); // the remainder is drawn again
    expect(first.order(3)).toEqual(third);
    expect(oversampler(set).order(3)).not.toEqual(third);
    manualSeed(11);
    expect(oversampler(set).order(3)).toEqual(third);
  });

  test("is in random order", () => {
    const found = Array.from(oversampler(set).order(0), (i) => labels[i] ?? 0);
    const changes = found.filter((label, i) => i > 0 && label !== found[i - 1]).length;
    // 239 neighbours differ with probability 160/239: 160 on average, with a deviation of 8
    expect(Math.abs(changes - 160)).toBeLessThan(40);
  });

  test("is a data set of these samples, with their weights", () => {
    const weighted = fromArrays(set.x, set.y, { weights: Float32Array.from({ length: 107 }, (_, i) => i) });
    const balanced = oversampler(weighted);
    const { x, y, weights, length } = balanced.epoch(2);
    const order = [...balanced.order(2)];
    expect([[...x.data], [...(weights?.data ?? [])], length]).toEqual([order, order, 240]);
    expect([...y.data]).toEqual(order.map((i) => labels[i]));
  });

  test("labels may be others than y", () => {
    expect(ascending(oversampler(numbered(3), { labels: ["a", "b", "a"] }).order(0))).toEqual([0, 1, 1, 2]);
  });

  test("trains, an epoch at a time", async () => {
    const model = nn.linear(1, 2);
    const rare = data.fromArrays(
      Array.from({ length: 100 }, (_, i) => [i < 95 ? -1 : 1]),
      Int32Array.from({ length: 100 }, (_, i) => (i < 95 ? 0 : 1)),
    );
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.1 }) });
    const balanced = data.oversampler(rare);
    for (let epoch = 0; epoch < 5; epoch++) {
      await trainer.fit(balanced.epoch(epoch), { epochs: 1, progress: false });
    }
    expect(trainer.evaluate(rare).accuracy).toBe(1);
  });
});

test("bad input is refused, word for word", () => {
  const several = fromArrays([1, 2], { a: [1, 2] });
  const rows: readonly (readonly [() => unknown, string])[] = [
    [() => oversampler(numbered(3)), "oversampler: there must be at least 2 classes to balance; got only class 0"],
    [() => oversampler(numbered(0)), "oversampler: the number of samples must be a whole number of at least 1; got 0"],
    [() => oversampler(several as unknown as Dataset), "oversampler: y must be one tensor without labels; got several"],
    [
      () => oversampler(numbered(3), { labels: [1, 2] }),
      "oversampler: labels must hold one value for each of 3 samples; got 2",
    ],
    [() => oversampler(set).order(-1), "oversampler: epoch must be a whole number of at least 0; got -1"],
    [() => oversampler(set).epoch(0.5), "oversampler: epoch must be a whole number of at least 0; got 0.5"],
  ];
  for (const [act, message] of rows) expect(act).toThrow(expect.objectContaining({ message }));
});
