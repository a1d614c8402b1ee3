/** Data as people have it, brought to every function that takes it: each error says where, what must hold and what it got. */
import { afterAll, describe, expect, test } from "vitest";
import { NonFiniteError, Tensor, Trainer, data, manualSeed, metrics, nn, optim, tensor } from "../src/index.ts";
import { chooseDropout, crossValidate, diagnose, rateRange } from "../src/study/index.ts";
import { column, readCsv, schema, streamCsv } from "../src/raw/index.ts";

const QUIET = { progress: false, shuffle: false, batchSize: 2 } as const;
const rejections: unknown[] = [];
const keep = (error: unknown): void => void rejections.push(error);
process.on("unhandledRejection", keep);
afterAll(() => void process.off("unhandledRejection", keep));

const order = (length: number): number[] => Array.from({ length }, (_, i) => i);
const labels = (length: number): Tensor<"int32"> => tensor(Int32Array.from(order(length), (i) => i % 2));

/** Samples [i, i / 4]; those of `holes` have another number at the index of the data. */
function set(length: number, holes: Readonly<Record<number, number>> = {}) {
  const x = new Float32Array(order(length).flatMap((i) => [i / length, i / 4]));
  for (const [index, value] of Object.entries(holes)) x[Number(index)] = value;
  return data.fromArrays(tensor(x, [length, 2]), labels(length));
}

const FOLDS = data.kFold(set(8), 2, { stratify: true });
const NONE = data.fromArrays(tensor(new Float32Array(), [0, 2]), new Int32Array());
const make = (activation = nn.relu()): Trainer => {
  manualSeed(1);
  const model = nn.sequential(nn.linear(2, 4), activation, nn.dropout(0.5), nn.linear(4, 2));
  return new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0.01, momentum: 0.9 }) });
};

const ROWS = [
  { age: 20, city: "Bern", stays: "yes" },
  { age: 30, city: "Basel", stays: "no" },
  { age: 40, city: "Bern", stays: "yes" },
];
const people = schema({
  inputs: { age: column.number(), city: column.category({ missing: "slot" }) },
  target: { stays: column.category() },
});
const fitted = people.fit(ROWS);
const csv = (text: string): File => new File([text], "staff.csv");
type Act = () => unknown;

const REFUSED: readonly (readonly [string, Act, string])[] = [
  [
    "ragged rows",
    () => data.fromArrays([[1, 2], [3]], [0, 1]),
    "tensor: rows must be of one length; got 1 at [1] where the first has 2, in x of fromArrays",
  ],
  [
    "text in a row",
    () => data.fromArrays([[1, 2], [3, "n/a"]] as never, [0, 1]), // prettier-ignore
    'tensor: values must be numbers or arrays of them; got "n/a" at [1, 1], in x of fromArrays',
  ],
  [
    "null in a named input",
    () => data.fromArrays({ age: [[1], [null]] } as never, [0, 1]),
    "got null at [1, 0], in x.age of fromArrays",
  ],
  ["labels as text", () => data.fromArrays([[1], [2]], ["yes", "no"] as never), 'got "yes" at [0], in y of fromArrays'],
  [
    "a ragged line of a streamed table",
    () =>
      make().fit(
        fitted.batches(() => streamCsv(csv("age,city,stays\n20,Bern,yes\n30,Bern\n"))),
        {
          progress: false,
        },
      ),
    'streamCsv: "staff.csv" line 3 must have 3 cells, one for each column; got 2',
  ],
  [
    "text in a streamed table, with the row of the stream",
    () =>
      make().fit(
        fitted.batches(() => streamCsv(csv("age,city,stays\n20,Bern,yes\nold,Bern,no\n"))),
        {
          progress: false,
        },
      ),
    'batches: column "age" of row 1 must be a number; got "old"',
  ],
  [
    "infinity in a table",
    async () => people.fit(await readCsv(csv("age,city,stays\n20,Bern,yes\n1e999,Bern,no\n"))),
    'fit: column "age" of row 1 must be a finite number; got Infinity',
  ],
  [
    "a number that its scale makes infinite",
    () =>
      schema({ inputs: { age: column.number() } })
        .fit([{ age: 1 }, { age: 1 + 1e-10 }])
        .dataset([{ age: 1 }, { age: 1e38 }]),
    'dataset: column "age" of row 1 must be a number that its scale keeps within float32; got 1e+38',
  ],
  [
    "a misspelled column that may be missing",
    () => fitted.dataset([{ age: 20, City: "Bern", stays: "yes" }]),
    'dataset: column "city" must be in the rows; got ["age","City","stays"]',
  ],
  [
    "a target that is not in the rows",
    () => fitted.dataset([{ age: 20, city: "Bern" }]),
    'dataset: column "stays" must be in the rows; got ["age","city"]',
  ],
  [
    "null among rows",
    () => data.split([ROWS[0], null] as never, { test: 0.5 }),
    "split: rows must be objects of cells by column; got null at index 1",
  ],
  [
    "text among rows",
    () => data.kFold(["age", ROWS[0]] as never, 2),
    'kFold: rows must be objects of cells by column; got "age" at index 0',
  ],
  [
    "an empty split to train on",
    () => make().fit(data.split(set(4), { validation: 0.5, test: 0.5 }).training),
    "fit: the number of samples must be a whole number of at least 1; got 0",
  ],
  [
    "an empty split to validate on",
    () => make().fit(set(4), { ...QUIET, validation: data.split(set(4), { test: 0.5 }).validation }),
    "fit: validation: the number of samples must be a whole number of at least 1; got 0",
  ],
  [
    "no samples to choose by",
    () => chooseDropout(() => make(), { training: set(4), validation: NONE }),
    "chooseDropout: validation: the number of samples must be a whole number of at least 1; got 0",
  ],
  [
    "NaN in a training sample",
    () => make().fit(set(6, { 5: NaN }), QUIET),
    "got NaN in epoch 1, step 2: x has NaN in sample 2, at index 1",
  ],
  [
    "NaN in an image, by its axes",
    () => {
      const x = tensor(new Float32Array(24), [2, 3, 2, 2]);
      x.data[12 + 7] = NaN;
      const model = nn.sequential(nn.flatten(), nn.linear(12, 2));
      const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() });
      return trainer.fit(data.fromArrays(x, labels(2)), QUIET);
    },
    "x has NaN in sample 1, at [1, 1, 1]",
  ],
  [
    "infinity that only the update shows, as tanh hides it from the loss",
    () => make(nn.tanh()).fit(set(6, { 2: Infinity }), QUIET),
    "after update 1, since x has Infinity in sample 1, at index 0",
  ],
  [
    "NaN in a validation sample",
    () => make().fit(set(4), { ...QUIET, validation: set(6, { 5: NaN }) }),
    "fit: validation: the loss must be finite; got NaN after epoch 1: x has NaN in sample 2, at index 1",
  ],
  [
    "NaN in a fold, counted in the data set",
    () => crossValidate(() => make(), set(8, { 15: NaN }), { folds: FOLDS, fit: { epochs: 1 } }),
    "of all samples of crossValidate, x has NaN in sample 7, at index 1",
  ],
  [
    "NaN where a rate of dropout is chosen",
    () =>
      chooseDropout(() => make(), { training: set(4), validation: set(4, { 3: NaN }) }, { rates: [0, 0.5], seeds: 2 }),
    "chooseDropout: p 0: the loss must be a number; got NaN: x has NaN in sample 1, at index 1",
  ],
  [
    "NaN where a learning rate is looked for",
    () => rateRange(make(), set(4, { 3: NaN })),
    "rateRange: the loss must be finite; got NaN: x has NaN in sample 1, at index 1",
  ],
  [
    "NaN in predictions",
    () => make().evaluate(set(4, { 5: NaN }), { metrics: { f1: metrics.f1 } }),
    "f1: predictions must be numbers; got NaN in row 2 of float32 [4, 2]",
  ],
  [
    "infinity in targets of a regression",
    () => metrics.r2(tensor([1, 2, 3]), tensor([1, 2, Infinity])),
    "r2: targets must be finite numbers; got Infinity in row 2 of float32 [3]",
  ],
  ["one trainer for all folds", () => { const trainer = make(); return crossValidate(() => trainer, set(8), { folds: FOLDS }); }, "crossValidate: the factory must make a new trainer for each training; got the same again"], // prettier-ignore
  [
    "a batch larger than a stream, with dropLast",
    () => make().fit(streamOf(4, { batchSize: 9, dropLast: true }), { progress: false }),
    "stream: batchSize must be at most the number of samples, 4, with dropLast; got 9",
  ],
  [
    "a stream that ends early",
    () => make().fit(streamOf(4, { batchSize: 2, length: 9 }), { progress: false }),
    "stream: the source must give as many samples as the option length, 9; got 4 in epoch 1",
  ],
  [
    "a label of a stream out of range",
    () =>
      make().fit(
        streamOf(4, { batchSize: 2 }, (i) => (i === 3 ? { x: [1, 2], y: 5 } : undefined)),
        { progress: false },
      ),
    "labels must be from 0 to 1 or -100; got 5 at index 1, in the batch of epoch 1, step 2",
  ],
  [
    "text in a stream",
    () =>
      make().fit(
        streamOf(4, { batchSize: 2 }, (i) => (i === 3 ? { x: [1, "a"], y: 0 } : undefined)),
        { progress: false },
      ),
    'got "a" at [1], in x of stream, in sample 4',
  ],
];

function* samplesOf(length: number, sample: (i: number) => data.Sample): Generator<data.Sample> {
  for (let i = 0; i < length; i++) yield sample(i);
}

function streamOf(
  length: number,
  options: data.StreamOptions,
  other: (i: number) => unknown = () => undefined,
): data.Samples {
  const sample = (i: number): data.Sample => (other(i) ?? { x: [i / 8, 1], y: i % 2 }) as data.Sample;
  return data.stream(() => samplesOf(length, sample), { labels: true, ...options });
}

describe("bad input is refused with its place", () => {
  test.each(REFUSED)("%s", async (_, act, message) => {
    await expect((async () => act())()).rejects.toThrow(message);
  });

  test("a diagnosis that cannot run the model names the sample", async () => {
    const { unchecked } = await diagnose(make(), { training: set(40, { 3: NaN }) });
    expect(unchecked.map(({ why }) => why)).toContain(
      "the loss of the model is not finite: x has NaN in sample 1, at index 1",
    );
  });

  test("a row that its scale makes infinite is flagged, and the others are kept", () => {
    const flagging = schema({ inputs: { age: column.number() }, onMisfit: "flag" }).fit([
      { age: 1 },
      { age: 1 + 1e-10 },
    ]);
    const { x, misfits } = flagging.dataset([{ age: 1e38 }, { age: 1 }]);
    expect(misfits).toEqual([
      { row: 0, column: "age", problem: "must be a number that its scale keeps within float32; got 1e+38" },
    ]);
    expect(Array.from((x as Tensor).data, Math.fround)).toEqual([-1]);
  });
});

/** All that the next steps depend on. */
const bits = (trainer: Trainer): string => {
  const { model, optimizer, random } = trainer.stateDict();
  return JSON.stringify({ model, optimizer, random });
};
const fail = (): never => {
  throw new Error("disk lost");
};
/** Ways in which no step of a training can be made, and what the error says. */
const BEFORE_A_STEP: readonly (readonly [string, (trainer: Trainer) => unknown, string])[] = [
  ["no samples", (trainer) => trainer.fit(NONE, QUIET), "at least 1; got 0"],
  [
    "a label that is no class",
    (trainer) => trainer.fit(data.fromArrays([[1, 2]], Int32Array.of(7)), QUIET),
    "labels must be from 0 to 1 or -100; got 7",
  ],
  [
    "validation samples of another width",
    (trainer) => trainer.fit(set(4), { ...QUIET, validation: data.fromArrays([[1]], Int32Array.of(1)) }),
    "the last axis of the input must be 2",
  ],
  ["NaN in the first sample", (trainer) => trainer.fit(set(4, { 0: NaN }), QUIET), "x has NaN in sample 0"],
  [
    "a stream that fails at once",
    (trainer) => trainer.fit(streamOf(4, { batchSize: 2 }, fail), { progress: false }),
    "disk lost",
  ],
  [
    "a batch by index that is rejected",
    (trainer) => trainer.fit({ length: 4, rows: () => Promise.reject(new Error("disk lost")) }, QUIET),
    "disk lost",
  ],
  ["onBegin that throws", (trainer) => trainer.fit(set(4), { ...QUIET, callbacks: [{ onBegin: fail }] }), "disk lost"],
  [
    "evaluation of a stream that fails midway",
    (trainer) => trainer.evaluateAsync(streamOf(4, { batchSize: 2 }, (i) => (i === 3 ? fail() : undefined))),
    "disk lost",
  ],
  [
    "NaN where a learning rate is looked for",
    (trainer) => rateRange(trainer, set(4, { 3: NaN })),
    "x has NaN in sample 1, at index 1",
  ],
];

describe("nothing is half changed", () => {
  test.each(BEFORE_A_STEP)("%s", async (_, act, message) => {
    const trainer = make();
    trainer.model.eval();
    const weights = (): number[][] => trainer.model.parameters().map((each) => [...each.read()]);
    const before = weights();
    await expect((async () => act(trainer))()).rejects.toThrow(message);
    expect(weights()).toEqual(before);
    expect([trainer.options.optimizer.steps, trainer.model.training]).toEqual([0, false]);
    const { epochs } = await trainer.fit(set(4), QUIET);
    expect(epochs[0]?.steps).toBe(2);
  });

  test.each([
    ["that fails", (i: number) => (i === 5 ? fail() : undefined), 1, "disk lost"],
    ["with NaN", (i: number) => (i === 5 ? { x: [NaN, 1], y: 0 } : undefined), 2, "x has NaN in row 1 of the batch"],
  ])("a stream %s midway keeps the steps before it, to the bit", async (_, other, steps, message) => {
    const failed = make();
    const training = failed.fit(streamOf(6, { batchSize: 2 }, other), { progress: false });
    await expect(training).rejects.toThrow(message);
    const left = bits(failed);
    const short = make();
    await short.fit(streamOf(2 * steps, { batchSize: 2 }), { progress: false });
    expect(short.options.optimizer.steps).toBe(steps);
    expect(left).toBe(bits(short));
  });

  test.each(["onBegin", "onStep", "onValidation", "onEpoch", "onEnd"])(
    "%s that throws leaves a trainer that trains on, and onEnd of the others is called",
    async (name) => {
      const trainer = make();
      trainer.model.eval();
      let ended = 0;
      const callbacks = [{ [name]: fail }, { onEnd: () => ended++ }];
      await expect(trainer.fit(set(4), { ...QUIET, validation: set(4), callbacks })).rejects.toThrow("disk lost");
      expect([trainer.model.training, ended]).toEqual([false, 1]);
      const { epochs } = await trainer.fit(set(4), { ...QUIET, epochs: 2 });
      expect(epochs.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    },
  );

  test("NaN in validation samples is reported after the epoch, whose steps stay, and can be ignored", async () => {
    const trainer = make();
    const options = { ...QUIET, validation: set(4, { 3: NaN }) };
    await expect(trainer.fit(set(4), options)).rejects.toBeInstanceOf(NonFiniteError);
    expect(trainer.options.optimizer.steps).toBe(2);
    const { epochs } = await trainer.fit(set(4), { ...options, nonFinite: "continue" });
    expect(epochs[0]?.validation.loss).toBeNaN();
  });
});

describe("a batch that is asked for ahead and fails is no unhandled rejection", () => {
  const late = { length: 6, rows: (indices: Int32Array) => (indices[0] === 2 ? Promise.reject(new Error("disk lost")) : rowsOf(indices)) }; // prettier-ignore
  const rowsOf = (indices: Int32Array): Promise<data.Batch> => {
    const { x, y } = data.subset(set(6), indices);
    return Promise.resolve({ x, y });
  };
  test.each([
    ["asyncBatches that is left", async () => { for await (const _ of data.asyncBatches(late, { batchSize: 2 })) break; }], // prettier-ignore
    ["fit that is stopped after a step", () => make().fit(late, { ...QUIET, stepLimit: 1 })],
    [
      "fit whose callback throws",
      () =>
        make()
          .fit(late, { ...QUIET, onStep: fail })
          .catch(() => {}),
    ],
    [
      "evaluateAsync of a model that refuses the batch",
      () =>
        new Trainer(nn.linear(3, 2), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() })
          .evaluateAsync(late, { batchSize: 2 })
          .catch(() => {}),
    ],
    ["events that are left", async () => { for await (const event of make().events(late, QUIET)) if (event.type === "step") break; }], // prettier-ignore
  ])("%s", async (_, act) => {
    await act();
    // Node reports rejections after the microtasks of a turn.
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(rejections).toEqual([]);
  });
});
