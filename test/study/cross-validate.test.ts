import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Trainer, data, dropoutSchedule, manualSeed, metrics, nn, optim, tensor } from "../../src/index.ts";
import { type FoldTask, crossValidate } from "../../src/study/index.ts";
import { globalRandomState } from "../../src/runtime/random.ts";
import { inUse, settle } from "../memory/garbage.ts";
import { expectClose, randomTensor } from "../support.ts";
import { fixtures } from "./fixtures.ts";

const { validated } = fixtures;
const line = data.fromArrays(tensor(validated.x), tensor(validated.y.map((value) => [value])));

const x = randomTensor([40, 2], 1);
const labels = Int32Array.from({ length: 40 }, (_, i) => ((x.data[2 * i] ?? 0) > 0 ? 1 : 0));
const set = data.fromArrays(x, tensor(labels));
const classifier = (): Trainer =>
  new Trainer(nn.sequential(nn.linear(2, 8), nn.relu(), nn.dropout(0.2), nn.linear(8, 2)), {
    loss: nn.crossEntropyLoss(),
    optimizer: optim.adam({ lr: 0.02 }),
  });
const fit = { epochs: 3, batchSize: 8 };

describe("crossValidate", () => {
  test("of a linear regression is that of scikit-learn, with the interval of SciPy", async () => {
    const factory = (): Trainer =>
      new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.3 }) });
    const result = await crossValidate(factory, line, {
      folds: validated.folds,
      fit: { epochs: 500, batchSize: 30 },
      level: 0.9,
      metrics: { mse: metrics.meanSquaredError },
    });
    expectClose(
      result.folds.map(({ scores }) => scores["mse"] ?? NaN),
      validated.scores,
      { relative: 1e-4 },
    );
    const { loss, mse } = result.scores;
    expectClose(
      [mse?.mean ?? NaN, mse?.low ?? NaN, mse?.high ?? NaN],
      [validated.mean, validated.low, validated.high],
      {
        relative: 1e-4,
      },
    );
    expect(loss?.mean).toBeCloseTo(validated.mean, 4);
    expect([...result.outOfFold.indices]).toEqual(validated.x.map((_, i) => i));
    expectClose(result.outOfFold.predictions.data, validated.predictions, { absolute: 1e-4 });
    expect(result.outOfFold.targets.toArray()).toEqual(line.y.toArray());
  });

  test("is a function of the seed, draws nothing from the random numbers of the program, and does not mind another experiment", async () => {
    const before = globalRandomState();
    const first = crossValidate(classifier, set, { folds: 4, fit });
    const second = crossValidate(classifier, set, { folds: 4, fit });
    const { outOfFold, scores, folds } = await first;
    expect((await second).outOfFold).toEqual(outOfFold);
    manualSeed(7);
    const again = await crossValidate(classifier, set, { folds: 4, fit });
    expect(again.scores).toEqual(scores);
    expect(globalRandomState()).toEqual({ seed: 7, streams: 0 });
    const other = await crossValidate(classifier, set, { folds: 4, fit, seed: 1 });
    expect(other.scores).not.toEqual(scores);
    expect(new Set(folds.map(({ seed }) => seed)).size).toBe(4);
    manualSeed(before.seed);
  });

  test("gives each fold the model of its seed, whatever the order of folds", async () => {
    const folds = data.kFold(set, 4).map(({ indices }) => indices);
    const { folds: results } = await crossValidate(classifier, set, { folds, fit });
    const [seed, part] = [results[2]?.seed ?? 0, folds[2]];
    manualSeed(seed);
    const trainer = classifier();
    await trainer.fit(data.subset(set, part?.training ?? []), { ...fit, progress: false });
    expect(trainer.evaluate(data.subset(set, part?.validation ?? []))).toEqual(results[2]?.scores);
  });

  test("takes folds of any splitter, with their indices", async () => {
    const groups = Array.from({ length: 40 }, (_, i) => i % 6);
    const times = Float32Array.from({ length: 40 }, (_, i) => i);
    for (const options of [{ stratify: true }, { groups }, { times }]) {
      const folds = data.kFold(set, 3, options);
      const { outOfFold, folds: results } = await crossValidate(classifier, set, { folds, fit });
      const heldOut = folds.flatMap(({ indices }) => [...indices.validation]).toSorted((a, b) => a - b);
      expect([...outOfFold.indices]).toEqual(heldOut);
      expect(results.map(({ training }) => training)).toEqual(folds.map(({ indices }) => indices.training.length));
    }
  });

  test("keeps a row for each fold that holds a sample out", async () => {
    const folds = [
      { training: [0, 1, 2, 3, 4], validation: [7, 5] },
      { training: [0, 1, 2, 3, 4], validation: [5, 6] },
    ];
    const { outOfFold } = await crossValidate(() => classifier(), set, { folds, fit });
    expect([...outOfFold.indices]).toEqual([5, 5, 6, 7]);
    expect(outOfFold.targets.toArray()).toEqual([5, 5, 6, 7].map((i) => labels[i]));
  });

  test("sets aside training samples for early stopping, and keeps what is held out from fit", async () => {
    const seen: number[][] = [];
    const factory = ({ fold, training }: FoldTask) => {
      seen.push([fold, training.length]);
      return { trainer: classifier(), fit: { epochs: 2 } };
    };
    const { folds } = await crossValidate(factory, set, { folds: 4, validation: 0.2 });
    expect(seen).toEqual([0, 1, 2, 3].map((fold) => [fold, 24]));
    expect(folds.map(({ training, validation }) => [training, validation])).toEqual(folds.map(() => [24, 10]));
    for (const { history, scores } of folds) {
      expect(history.epochs).toHaveLength(2);
      expect(history.epochs.at(-1)?.validation?.loss).not.toBe(scores["loss"]);
    }
    const held = await crossValidate(classifier, set, { folds: 4, fit, validation: "held out" });
    for (const { history, scores, training } of held.folds) {
      expect(training).toBe(30);
      expect(history.epochs.at(-1)?.validation).toEqual(scores);
    }
    const none = await crossValidate(classifier, set, { folds: 4, fit });
    expect(none.folds[0]?.history.epochs.at(-1)?.validation).toBeUndefined();
  });

  test("options of fit of a fold stop that fold only", async () => {
    const factory = ({ fold }: FoldTask) => {
      const stop = new AbortController();
      const onEpoch = ({ epoch }: { readonly epoch: number }): void => {
        if (epoch === fold + 1) stop.abort();
      };
      return { trainer: classifier(), fit: { onEpoch, signal: stop.signal } };
    };
    const { folds } = await crossValidate(factory, set, { folds: 3, fit: { epochs: 9 } });
    expect(folds.map(({ history }) => history.epochs.length)).toEqual([1, 2, 3]);
  });

  test("callbacks of a fold see its model, and those without a state may be shared", async () => {
    const rates: number[] = [];
    const factory = () => {
      const trainer = classifier();
      return {
        trainer,
        fit: { callbacks: [dropoutSchedule(trainer.model, { from: 0, epochs: 2 }), recorder(trainer)] },
      };
    };
    const recorder = ({ model }: Trainer) => ({
      onEpoch: () =>
        void rates.push(...model.modules().flatMap((each) => (each instanceof nn.Dropout ? [each.p] : []))),
    });
    await crossValidate(factory, set, { folds: 2, fit: { epochs: 2 } });
    expect(rates).toEqual([0.1, 0.2, 0.1, 0.2]);
    const epochs: number[] = [];
    const shared = { onEpoch: ({ epoch }: { readonly epoch: number }) => void epochs.push(epoch) };
    await crossValidate(classifier, set, { folds: 2, fit: { epochs: 2, callbacks: [shared] } });
    expect(epochs).toEqual([1, 2, 1, 2]);
  });

  test("transforms every part by what the factory fitted on the training samples", async () => {
    const lengths: number[] = [];
    const factory = ({ training }: FoldTask) => {
      const scale = data.standardize(training);
      const transform = (part: data.Dataset): data.Dataset => {
        lengths.push(part.length);
        return scale(part);
      };
      return { trainer: classifier(), transform };
    };
    const shifted = data.fromArrays(tensor(validated.x.map((row) => row.map((value) => 1000 + value))), line.y);
    const binary = data.fromArrays(
      shifted.x,
      tensor(Int32Array.from(validated.x, (row) => ((row[0] ?? 0) > 0 ? 1 : 0))),
    );
    const { scores } = await crossValidate(factory, binary, { folds: 3, fit: { epochs: 30, batchSize: 8 } });
    expect(lengths).toEqual([20, 10, 20, 10, 20, 10]);
    expect(scores["accuracy"]?.mean).toBeGreaterThan(0.8);
  });

  test("prints a table", async () => {
    const result = await crossValidate(classifier, set, { folds: 2, fit, metrics: { f1: metrics.f1 } });
    const lines = inspect(result).split("\n");
    expect(lines[0]).toMatch(/^fold +held out +loss +accuracy +f1$/);
    expect(lines.slice(2).map((text) => text.slice(0, 12).trim())).toEqual(["0", "1", "mean", "95 % interva"]);
    expect(lines.at(-1)).toMatch(/-?\d+\.\d{4} to \d+\.\d{4}/);
  });

  test("lets timers run", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await crossValidate(classifier, set, { folds: 10, fit });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  test("releases the models of folds that ended", async () => {
    const models: WeakRef<nn.Module>[] = [];
    const wide = (): Trainer => {
      const model = nn.linear(2, 2);
      models.push(new WeakRef(model));
      return new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
    };
    const folds = Array.from({ length: 100 }, (_, i) => ({
      training: Array.from({ length: 40 }, (__, row) => row).filter((row) => row !== i % 40),
      validation: [i % 40],
    }));
    const options = { folds, fit: { epochs: 1 } };
    await crossValidate(wide, set, { ...options, folds: folds.slice(0, 2) });
    await settle();
    const before = inUse();
    const result = await crossValidate(wide, set, options);
    await settle();
    expect(models.filter((each) => each.deref()).length).toBeLessThanOrEqual(2);
    expect(inUse() - before).toBeLessThan(4096);
    expect(result.folds).toHaveLength(100);
  });
});

describe("crossValidate refuses", () => {
  const own = (training: unknown, validation: unknown) => ({ folds: [{ training, validation }, {}] as never });
  test.each([
    [{ folds: 1 }, "crossValidate: folds must be a whole number of at least 2; got 1"],
    [{ folds: 41 }, "crossValidate: folds must be a whole number from 2 to 40; got 41"],
    [{ folds: [] }, "crossValidate: the number of folds must be a whole number of at least 2; got 0"],
    [own([0], []), "crossValidate: validation of fold 0 must have at least one sample; got none"],
    [own([], [0]), "crossValidate: training of fold 0 must have at least one sample; got none"],
    [own([40], [0]), "crossValidate: training of fold 0 must be indices from 0 to 39; got 40"],
    [own([0, 1], [1, 2]), "crossValidate: fold 0 must not train on samples that it holds out; got 1 in both"],
    [own(3, [1]), "crossValidate: training of fold 0 must be indices of samples; got 3"],
    [{ validation: 1 }, 'crossValidate: validation must be a share above 0 and below 1, or "held out"; got 1'],
    [{ validation: 0.001 }, "split: validation must hold at least one sample; got 0.001 of 32"],
    [
      { metrics: { loss: () => 1 } },
      'crossValidate: metrics must have names other than "", "loss" and "accuracy"; got "loss"',
    ],
    [{ metrics: { f1: () => NaN } }, 'crossValidate: fold 0: metric "f1" must give a number; got NaN'],
    [{ level: 1 }, "crossValidate: level must be from 0 to below 1; got 1"],
    [
      { fit: { callbacks: [dropoutSchedule(nn.dropout(0.5), { to: 0, epochs: 1 })] } },
      'crossValidate: callbacks with a state must come from the factory, new for each training; got "dropoutSchedule" in fit',
    ],
    [{ seed: -1 }, "crossValidate: seed must be a whole number of at least 0; got -1"],
  ])("%o", async (options, message) => {
    await expect(crossValidate(classifier, set, options)).rejects.toThrow(message);
  });

  test("one class only", async () => {
    const ones = data.fromArrays(x, tensor(new Int32Array(40).fill(1)));
    await expect(crossValidate(classifier, ones)).rejects.toThrow(
      "crossValidate: training samples of fold 0 must have at least two classes (kFold with stratify keeps all in each fold); got 1 only",
    );
  });

  test("an empty data set, and a factory that makes no trainer", async () => {
    await expect(crossValidate(classifier, { ...set, length: 0, x: tensor([]), y: tensor([]) })).rejects.toThrow(
      "crossValidate: the number of samples must be a whole number of at least 1; got 0",
    );
    await expect(crossValidate(() => nn.linear(2, 2) as never, set)).rejects.toThrow(
      "crossValidate: the factory must return a trainer, or { trainer, fit }",
    );
    await expect(crossValidate((() => Promise.resolve(classifier())) as never, set)).rejects.toThrow(
      "(await what it needs before)",
    );
  });

  test("with the random numbers of the program as they were, also where the factory throws", async () => {
    const before = globalRandomState();
    const broken = (): never => {
      nn.dropout(0.5);
      throw new Error("no model");
    };
    await expect(crossValidate(broken, set)).rejects.toThrow("no model");
    expect(globalRandomState()).toEqual(before);
  });
});
