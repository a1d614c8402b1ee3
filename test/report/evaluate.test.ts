import { describe, expect, test } from "vitest";
import { Tensor, Trainer, data, manualSeed, metrics, nn, ops, optim, tensor, topLosses } from "./names.ts";
import { createReport, readReport, recordRun, stateHash } from "../../src/report/index.ts";
import { column, schema } from "../../src/raw/index.ts";
import { blobs } from "../study/support.ts";
import { identity, threeClasses, trainerOf } from "./fixtures.ts";

const set = blobs(200, 3, 4, 1, 5);

function network(): nn.Sequential {
  return nn.sequential(
    nn.linear(4, 16),
    nn.batchNorm1d(16),
    nn.relu(),
    nn.dropout(0.4),
    nn.concreteDropout(nn.linear(16, 3)),
  );
}

describe("an evaluation", () => {
  test("leaves the training as it was: it goes on with the same bits", async () => {
    const train = async (isEvaluated: boolean) => {
      manualSeed(7);
      const trainer = trainerOf(network());
      const [first] = trainer.model.modules().slice(-1);
      const run = recordRun(trainer);
      const evaluate = (): Promise<unknown> =>
        run.evaluate(set, { monteCarlo: 5, layers: true, metrics: { balanced: metrics.balancedAccuracy } });
      const options = { epochs: 2, progress: false, batchSize: 16 };
      // Between trainings, and within one.
      await trainer.fit(set, options);
      const before = JSON.stringify(trainer.stateDict());
      const modes = trainer.model.modules().map(({ training }) => training);
      if (isEvaluated) await evaluate();
      expect(JSON.stringify(trainer.stateDict())).toBe(before);
      expect(trainer.model.modules().map(({ training }) => training)).toEqual(modes);
      await trainer.fit(set, { ...options, callbacks: isEvaluated ? [{ onEpoch: evaluate }] : [] });
      // A new layer has the next of all random numbers.
      return [stateHash(trainer.model.stateDict()), stateHash(nn.linear(3, 3).stateDict()), first?.training];
    };
    expect(await train(true)).toEqual(await train(false));
  });

  test("has the scores of the trainer", async () => {
    const trainer = trainerOf(network());
    const own = { balanced: metrics.balancedAccuracy };
    const { loss, accuracy, metrics: values } = trainer.evaluate(set, { metrics: own });
    const { scores } = await recordRun(trainer).evaluate(set, { metrics: own });
    expect(scores).toEqual({ loss, accuracy, metrics: values });
  });

  test("has the uncertainty of the trainer", async () => {
    manualSeed(7);
    const trainer = trainerOf(network());
    const { certainty } = await recordRun(trainer).evaluate(set, { monteCarlo: 8 });
    const { uncertainty } = trainer.evaluate(set, { monteCarlo: 8 });
    const { curve, errorDetection, referred } = uncertainty?.entropy ?? {};
    expect(certainty).toEqual({
      predictions: 8,
      by: "entropy",
      curve: { name: "risk", x: curve?.coverage, y: curve?.risk, area: curve?.area },
      errorDetection,
      referred,
    });
  });

  test("of a model without dropout has no uncertainty, and says so", async () => {
    const { certainty, notes } = await recordRun(trainerOf(nn.linear(4, 3))).evaluate(set, { monteCarlo: 8 });
    expect(certainty).toBe(null);
    expect(notes).toEqual(["Certainty is left out: the model has no dropout."]);
  });

  test("is the same of tensors, of samples by index and of a stream", async () => {
    manualSeed(7);
    const run = recordRun(trainerOf(network()));
    const options = { monteCarlo: 3, batchSize: 50 };
    const halves = [0, 1, 2, 3].map((i) =>
      data.subset(
        set,
        [...Array(50).keys()].map((k) => 50 * i + k),
      ),
    );
    const whole = await run.evaluate(set, options);
    expect(await run.evaluate(data.augment(set, []), options)).toEqual(whole);
    expect(await run.evaluate({ batches: () => halves }, { monteCarlo: 3 })).toEqual(whole);
  });

  test("of losses by name has their scores, and says what is left out", async () => {
    class Two extends nn.Module {
      readonly body = nn.linear(4, 3);
      override forward(x: Parameters<nn.Linear["forward"]>[0]) {
        return { kind: this.body.call(x), again: this.body.call(x) };
      }
    }
    const loss = { kind: nn.crossEntropyLoss(), again: nn.crossEntropyLoss() };
    const trainer = new Trainer(new Two(), { loss, optimizer: optim.adam() });
    const { kind, again } = { kind: set.y, again: set.y };
    const run = recordRun(trainer);
    const record = await run.evaluate({ x: set.x, y: { kind, again }, length: 200 }, { layers: true, monteCarlo: 2 });
    expect(record.scores.metrics["kind loss"]).toBeCloseTo((record.scores.loss ?? NaN) / 2, 6);
    expect(Object.keys(record.scores.metrics)).toEqual(["kind loss", "again loss", "kind accuracy", "again accuracy"]);
    expect(record).toMatchObject({ classes: null, values: null, mistakes: [], certainty: null });
    expect(record.layers.map(({ path }) => path)).toEqual(["body"]);
    expect(record.notes).toEqual([
      "Only scores and layers are shown: all else is of models with one loss of one target.",
    ]);
  });

  test("of several decisions for each sample has scores and mistakes, and says what is left out", async () => {
    const x = tensor([
      [1, -1, 2],
      [-1, 1, 3],
    ]);
    const y = tensor([
      [1, 0, 1],
      [0, 1, 0],
    ]);
    const run = recordRun(trainerOf(identity(3), nn.bceWithLogitsLoss()));
    const record = await run.evaluate(data.fromArrays(x, y), { monteCarlo: 2, layers: true, mistakes: 1 });
    expect(record).toMatchObject({ scores: { accuracy: 0.5 }, classes: null, values: null, certainty: null });
    expect(record.mistakes).toMatchObject([{ row: 1, target: "0, 1, 0", prediction: "-1, 1, 3", probability: null }]);
    expect(record.layers.length).toBe(1);
    expect(record.notes).toEqual([
      "Only scores, mistakes and layers are shown: predictions are [2, 3] for targets [2, 3], several decisions for each sample.",
    ]);
  });

  test("of sequences has scores and mistakes, and says what is left out", async () => {
    const loss = new nn.Loss("tokens", (prediction, target) =>
      nn.crossEntropyLoss().call(ops.reshape(prediction, [-1, 3]), ops.reshape(target, [-1])),
    );
    const x = new Tensor(
      [2, 4, 3],
      "float32",
      Float32Array.from({ length: 24 }, (_, i) => (i * 7) % 5),
    );
    const y = new Tensor(
      [2, 4],
      "int32",
      Int32Array.from({ length: 8 }, (_, i) => i % 3),
    );
    const record = await recordRun(trainerOf(identity(3), loss)).evaluate({ x, y, length: 2 }, { monteCarlo: 2 });
    expect(record.scores.loss).toBeGreaterThan(0);
    expect(record).toMatchObject({ classes: null, values: null, certainty: null });
    expect(record.mistakes.map(({ target }) => target).toSorted()).toEqual(["0, 1, 2, 0", "1, 2, 0, 1"]);
    expect(record.mistakes[0]?.prediction).toMatch(/, ... \(12 numbers\)$/);
    expect(record.notes).toEqual([
      "Only scores, mistakes and layers are shown: the loss has no rule that makes classes of predictions.",
    ]);
  });

  test("of predictions that are not finite has scores as null, and says so", async () => {
    const model = identity(3);
    const run = recordRun(trainerOf(model));
    model.loadStateDict({ ...model.stateDict(), "0.bias": tensor([NaN, 0, 0]) });
    const record = await run.evaluate(threeClasses(), { layers: true });
    expect(record.scores.loss).toBe(null);
    expect(record.classes).toBe(null);
    expect(record.mistakes[0]).toMatchObject({ row: 0, loss: null });
    expect(record.notes).toEqual(["Only scores, mistakes and layers are shown: some predictions are not finite."]);
    expect(record.layers[0]?.warnings[0]).toBe("256 of 768 outputs are not finite.");
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });
});

describe("values", () => {
  const rows = Array.from({ length: 1500 }, (_, i) => ({
    size: i % 40,
    price: 1000 + 50 * (i % 40) + ((i * 13) % 200),
  }));
  const fitted = schema({ inputs: { size: column.number() }, target: { price: column.number() } }).fit(rows);

  test("are in the units of the schema, with its errors", async () => {
    const model = nn.linear(1, 1);
    const run = recordRun(trainerOf(model, nn.mseLoss()), { schema: fitted });
    const record = await run.evaluate(fitted.dataset(rows), { mistakes: 1 });
    const expected = fitted.score(model, rows, {
      meanAbsoluteError: metrics.meanAbsoluteError,
      rootMeanSquaredError: metrics.rootMeanSquaredError,
      r2: metrics.r2,
    });
    expect(record.values).toMatchObject(expected);
    const { targets = [], predictions = [] } = record.values ?? {};
    expect([targets.length, predictions.length]).toEqual([1000, 1000]);
    expect(targets[2]).toBeCloseTo(rows[3]?.price ?? NaN, 2);
    expect(Number(record.mistakes[0]?.target)).toBeCloseTo(rows[record.mistakes[0]?.row ?? -1]?.price ?? NaN, -1);
    expect(run.toJSON().schema).toEqual(fitted.toJSON());
  });

  test("without a schema are those of the tensors", async () => {
    const x = tensor([[1], [2], [4]]);
    const { values } = await recordRun(trainerOf(identity(1), nn.mseLoss())).evaluate(
      data.fromArrays(x, tensor([[1], [3], [4]])),
    );
    expect(values).toEqual({
      perPoint: 1,
      targets: [1, 3, 4],
      predictions: [1, 2, 4],
      meanAbsoluteError: 1 / 3,
      rootMeanSquaredError: Math.sqrt(1 / 3),
      r2: 1 - 1 / (14 / 3),
    });
  });

  test("are means of at least 5 samples where samples are not asked for", async () => {
    const numbers = Array.from({ length: 14 }, (_, i) => (i * 5) % 14);
    const run = recordRun(trainerOf(identity(1), nn.mseLoss()));
    const set = data.fromArrays(tensor(numbers.map((each) => [each + 1])), tensor(numbers.map((each) => [each])));
    await run.evaluate(set, { mistakes: 0 });
    const shown = run.record().evaluations[0]?.values;
    // 0 to 4, and 5 to 13: the last point has what is left over too.
    expect(shown).toMatchObject({ perPoint: 5, targets: [2, 9], predictions: [3, 10], meanAbsoluteError: 1 });
    expect(run.record({ samples: true }).evaluations[0]?.values?.targets).toEqual(numbers);
    const read = await readReport(new TextEncoder().encode(await createReport(run.record())));
    expect(read.runs[0]?.evaluations[0]?.values).toEqual(shown);
  });

  test("of a single sample have no r2", async () => {
    const { values } = await recordRun(trainerOf(identity(1), nn.mseLoss())).evaluate(
      data.fromArrays(tensor([[1]]), tensor([[2]])),
    );
    expect(values).toMatchObject({ meanAbsoluteError: 1, r2: null });
  });
});

describe("mistakes", () => {
  test("are those of topLosses, without samples in JSON", async () => {
    const trainer = trainerOf(network());
    const run = recordRun(trainer);
    const { mistakes } = await run.evaluate(set, { mistakes: 5, classes: ["a", "b", "c"] });
    const top = await topLosses(trainer, set, { count: 5 });
    expect(mistakes.map(({ row, loss }) => [row, loss])).toEqual(top.map(({ index, loss }) => [index, loss]));
    mistakes.forEach(({ target, prediction, probability, sample }, i) => {
      const numbers = Array.from(top[i]?.prediction.data ?? []);
      const best = numbers.indexOf(Math.max(...numbers));
      expect([target, prediction]).toEqual([["a", "b", "c"][top[i]?.y.data[0] ?? -1], ["a", "b", "c"][best]]);
      const powers = numbers.map(Math.exp);
      expect(probability).toBeCloseTo((powers[best] ?? NaN) / powers.reduce((sum, each) => sum + each, 0), 12);
      expect(sample).toEqual({ kind: "row", cells: Object.fromEntries(top[i]?.x.data.entries() ?? []) });
    });
    const inJson = run.toJSON().evaluations[0]?.mistakes;
    expect(inJson).toEqual(mistakes.map((each) => ({ ...each, sample: null })));
    expect(run.record({ samples: true }).evaluations[0]?.mistakes).toEqual(mistakes);
  });

  test("have the texts or rows of which the data set was made", async () => {
    const run = recordRun(trainerOf(network()));
    const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`);
    const ofTexts = await run.evaluate(set, { mistakes: 1, rows: texts });
    const row = ofTexts.mistakes[0]?.row ?? NaN;
    expect(ofTexts.mistakes[0]?.sample).toEqual({ kind: "text", text: `text ${row}` });
    const day = new Date(0);
    const rows = texts.map((text, i) => ({ text, i, day, none: null, big: 3n, wrong: NaN }));
    const ofRows = await run.evaluate(set, { mistakes: 1, rows });
    expect(ofRows.mistakes[0]?.sample).toEqual({
      kind: "row",
      cells: { text: `text ${row}`, i: row, day: day.toISOString(), none: null, big: "3", wrong: "NaN" },
    });
    await expect(run.evaluate(set, { rows: texts.slice(1) })).rejects.toThrow(
      "evaluate: rows must be one for each of 200 samples; got 199",
    );
  });

  test("of rows that a schema takes have the number of the row", async () => {
    const rows = [
      { size: 1, kind: "a" },
      { size: null, kind: "a" },
      { size: 3, kind: "b" },
      { size: 4, kind: "b" },
    ];
    const columns = { inputs: { size: column.number() }, target: { kind: column.category() } };
    const fitted = schema({ ...columns, onMisfit: "flag" }).fit(rows.filter(({ size }) => size !== null));
    const run = recordRun(trainerOf(nn.linear(1, 2)), { schema: fitted });
    const { mistakes } = await run.evaluate(fitted.dataset(rows), { rows });
    expect(new Set(mistakes.map(({ row }) => row))).toEqual(new Set([0, 2, 3]));
    for (const { row, target, sample } of mistakes) {
      expect(target).toBe(rows[row]?.kind);
      expect(sample).toEqual({ kind: "row", cells: rows[row] });
    }
    const fitting = rows.filter(({ size }) => size !== null);
    const bySample = await run.evaluate(fitted.dataset(rows), { rows: fitting });
    expect(bySample.mistakes.map(({ row, sample }) => [fitting[row], sample])).toEqual(
      mistakes.map(({ row, sample }) => [rows[row], sample]),
    );
    await expect(run.evaluate(fitted.dataset(rows), { rows: rows.slice(2) })).rejects.toThrow(
      "evaluate: rows must be one for each of 3 samples; got 2",
    );
  });
});
