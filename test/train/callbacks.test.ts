import { describe, expect, test, vi } from "vitest";
import {
  type FitOptions,
  NonFiniteError,
  data,
  manualSeed,
  nn,
  optim,
  tensor,
  Tensor,
  Trainer,
} from "../../src/index.ts";
import { Variable } from "../../src/memory/variable.ts";
import { randomTensor } from "../support.ts";

const X = randomTensor([12, 3], 1);
const Y = randomTensor([12, 2], 2);
const SET = data.fromArrays(X, Y);
const QUIET = { progress: false, shuffle: false } as const;

function make(p = 0.5): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(3, 8), nn.dropout(p), nn.linear(8, 2));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1, momentum: 0.9 }) });
}

const stateOf = ({ model }: Trainer): number[] => model.parameters().flatMap((each) => [...each.read()]);
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe("callbacks of fit", () => {
  test("that change modes do not stop training: the next step is in training mode", async () => {
    const [plain, changed] = [make(), make()];
    await plain.fit(SET, { ...QUIET, epochs: 2, batchSize: 3 });
    await changed.fit(SET, { ...QUIET, epochs: 2, batchSize: 3, onStep: () => changed.model.eval() });
    expect(stateOf(changed)).toEqual(stateOf(plain));
    expect(changed.model.training).toBe(true);
  });

  test("that give promises are awaited, one by one", async () => {
    const trainer = make();
    const events: string[] = [];
    await trainer.fit(SET, {
      ...QUIET,
      epochs: 2,
      batchSize: 6,
      onStep: async ({ epoch, step }) => {
        events.push(`step ${epoch}.${step}`);
        await later();
        trainer.model.eval();
        events.push("told");
      },
      onEpoch: async ({ epoch }) => {
        await later();
        events.push(`epoch ${epoch}`);
      },
    });
    const told = (epoch: number): string[] => [`step ${epoch}.1`, "told", `step ${epoch}.2`, "told", `epoch ${epoch}`];
    expect(events).toEqual([...told(1), ...told(2)]);
  });

  test("that give none cost no turn", async () => {
    let turns = 0;
    const count = async (): Promise<void> => {
      for (;;) {
        await Promise.resolve();
        if (++turns > 1000) return;
      }
    };
    const counting = count();
    const running = make().fit(SET, { ...QUIET, epochs: 3, batchSize: 3, onStep: () => 1, onEpoch: () => ({}) });
    expect(turns).toBe(0);
    await running;
    // The training has ended before the first await: the turns are those of three functions that await each other's result.
    expect(turns).toBeLessThan(6);
    await counting;
  });

  test.each([
    ["onStep, sync", { onStep: () => { throw new Error("mine"); } }], // prettier-ignore
    ["onStep, async", { onStep: () => later().then(() => Promise.reject(new Error("mine"))) }],
    ["onEpoch, async", { onEpoch: () => Promise.reject(new Error("mine")) }],
  ] as [string, FitOptions][])(
    "that fail end fit, with modes as they were and the trainer usable: %s",
    async (_, options) => {
      const [failed, fresh] = [make(0), make(0)];
      failed.model.eval();
      const before = failed.options.optimizer.steps;
      await expect(failed.fit(SET, { ...QUIET, batchSize: 12, ...options })).rejects.toThrow("mine");
      expect(failed.model.training).toBe(false);
      expect(failed.options.optimizer.steps).toBe(before + 1);
      fresh.step(X, Y);
      expect(failed.step(X, Y)).toBe(fresh.step(X, Y));
    },
  );

  test("early stopping: an async callback and a signal", async () => {
    const stop = new AbortController();
    const { epochs, aborted } = await make().fit(SET, {
      ...QUIET,
      epochs: 100,
      signal: stop.signal,
      validation: SET,
      onEpoch: async ({ epoch, validation }) => {
        await later();
        if (epoch === 3 && validation.loss > 0) stop.abort();
      },
    });
    expect([epochs.length, aborted]).toEqual([3, true]);
  });
});

describe("a loss that is not finite", () => {
  const broken = data.fromArrays(
    X,
    new Tensor(
      [12, 2],
      "float32",
      Y.data.map((y, i) => (i === 10 ? NaN : y)),
    ),
  );

  test("ends fit with epoch and step, and a trainer whose modes are as they were", async () => {
    const trainer = make();
    trainer.model.eval();
    const failed = trainer.fit(broken, { ...QUIET, batchSize: 3 });
    await expect(failed).rejects.toThrow(
      /^fit: the loss must be finite; got NaN in epoch 1, step 2: y has NaN in sample 5, at index 0 /,
    );
    await expect(failed).rejects.toBeInstanceOf(NonFiniteError);
    expect(trainer.options.optimizer.steps).toBe(1);
    expect(trainer.model.training).toBe(false);
  });

  test("that overflows is one too", async () => {
    const set = data.fromArrays(tensor([[1e30]]), tensor([[-1e30]]));
    const trainer = new Trainer(nn.linear(1, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
    await expect(trainer.fit(set, { epochs: 3, progress: false })).rejects.toThrow("got Infinity in epoch 1, step 1");
  });

  test("goes on where that is asked for", async () => {
    const { epochs } = await make().fit(broken, { ...QUIET, epochs: 2, nonFinite: "continue" });
    expect(epochs.map(({ loss }) => loss)).toEqual([NaN, NaN]);
  });

  test("is none where all labels of a batch are ignored", async () => {
    const labels = Int32Array.from({ length: 12 }, (_, i) => (i < 4 ? -100 : i % 2));
    const trainer = new Trainer(nn.linear(3, 2), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() });
    const { epochs } = await trainer.fit(data.fromArrays(X, labels), { ...QUIET, batchSize: 4 });
    expect(epochs[0]?.loss).toBeGreaterThan(0);
  });
});

describe("batches of fit", () => {
  test("are all samples where batchSize is larger, as in evaluate and batches", async () => {
    const [large, whole] = [make(), make()];
    await large.fit(SET, { ...QUIET, batchSize: 100 });
    await whole.fit(SET, { ...QUIET, batchSize: 12 });
    expect(stateOf(large)).toEqual(stateOf(whole));
    expect(large.evaluate(SET, { batchSize: 100 })).toEqual(large.evaluate(SET, { batchSize: 12 }));
  });

  test("leave out the last where it is shorter and dropLast says so", async () => {
    const trainer = make();
    const sizes: number[] = [];
    const options = {
      ...QUIET,
      batchSize: 5,
      dropLast: true,
      onStep: ({ samples }: { samples: number }) => sizes.push(samples),
    };
    const { epochs } = await trainer.fit(SET, { ...options, epochs: 2 });
    expect([sizes, epochs.map(({ steps }) => steps)]).toEqual([[5, 5, 5, 5], [2, 2]]); // prettier-ignore
    const stepped = make();
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const { x, y } of data.batches(SET, { batchSize: 5, dropLast: true })) stepped.step(x, y);
    }
    expect(stateOf(trainer)).toEqual(stateOf(stepped));
  });
});

describe("a data set made by hand", () => {
  const wrong: readonly [string, object, string][] = [
    [
      "a length beyond its rows",
      { x: X, y: Y, length: 13 },
      "x and y of the data set must have as many rows as its length; got x float32 [12, 3], y float32 [12, 2] and 13",
    ],
    [
      "a length below its rows",
      { x: X, y: Y, length: 11 },
      "x and y of the data set must have as many rows as its length; got x float32 [12, 3], y float32 [12, 2] and 11",
    ],
    [
      "y shorter than x",
      { x: X, y: randomTensor([11, 2], 1), length: 12 },
      "x and y of the data set must have as many rows as its length; got x float32 [12, 3], y float32 [11, 2] and 12",
    ],
    [
      "one of several that is shorter",
      { x: [X, randomTensor([2], 1)], y: Y, length: 12 },
      "x and y of the data set must have as many rows as its length; got x[0] float32 [12, 3], x[1] float32 [2], y float32 [12, 2] and 12",
    ],
    [
      "weights that are too few",
      { x: X, y: Y, weights: randomTensor([2], 1), length: 12 },
      "weights must be [12], one for each sample; got float32 [2]",
    ],
  ];
  test.each(wrong)("of %s is refused, and nothing changes", async (_, set, message) => {
    const trainer = make();
    const before = stateOf(trainer);
    const given = set as data.Dataset;
    expect(() => trainer.evaluate(given)).toThrow(`evaluate: ${message}`);
    await expect(trainer.fit(given, QUIET)).rejects.toThrow(`fit: ${message}`);
    await expect(trainer.fit(SET, { ...QUIET, validation: given })).rejects.toThrow(`fit: validation: ${message}`);
    for (const [name, act] of Object.entries({
      batches: () => data.batches(given),
      subset: () => data.subset(given, [0]),
      split: () => data.split(given, { test: 0.5 }),
    })) expect(act, name).toThrow(`${name}: ${message}`); // prettier-ignore
    expect(stateOf(trainer)).toEqual(before);
  });

  test("whose arrays are replaced during fit is read as it was", async () => {
    const [kept, changed] = [make(), make()];
    await kept.fit(SET, { ...QUIET, epochs: 2, batchSize: 5 });
    const mine: { x: Tensor; y: Tensor; length: number } = { x: X, y: Y, length: 12 };
    await changed.fit(mine, {
      ...QUIET,
      epochs: 2,
      batchSize: 5,
      onStep: () => Object.assign(mine, { x: tensor([[1, 2, 3]]), y: tensor([[1, 2]]), length: 1 }),
    });
    expect(stateOf(changed)).toEqual(stateOf(kept));
  });

  test("whose numbers are taken away during fit is refused at the next epoch", async () => {
    const mine = data.fromArrays(new Tensor(X.shape, "float32", X.data.slice()), Y);
    const trainer = make();
    const given = {
      ...QUIET,
      epochs: 3,
      onEpoch: () => void structuredClone(mine.x.data, { transfer: [mine.x.data.buffer] }),
    };
    await expect(trainer.fit(mine, given)).rejects.toThrow("its buffer was transferred or resized");
    expect(trainer.options.optimizer.steps).toBe(1);
  });
});

test("a second fit is refused until the first has ended, however it does", async () => {
  const trainer = make();
  const refused = "fit: one training of a trainer must end before the next begins; got a second";
  const first = trainer.fit(SET, { ...QUIET, epochs: 2, onEpoch: later });
  await expect(trainer.fit(SET, QUIET)).rejects.toThrow(new TypeError(refused));
  expect((await first).epochs).toHaveLength(2);
  const fail = (): never => {
    throw new Error("stop");
  };
  await expect(trainer.fit(SET, { ...QUIET, onEpoch: fail })).rejects.toThrow("stop");
  await expect(trainer.fit(SET, { ...QUIET, epochs: 0 })).rejects.toThrow("epochs");
  expect((await trainer.fit(SET, { ...QUIET, signal: AbortSignal.abort() })).aborted).toBe(true);
  expect((await trainer.fit(SET, QUIET)).epochs).toHaveLength(1);
});

test("a trainer for which there is no memory leaves its optimizer free", () => {
  const optimizer = optim.sgd({ lr: 0.1 });
  const model = nn.linear(3, 2);
  const failing = vi.spyOn(Variable, "gather").mockImplementationOnce(() => {
    throw new RangeError("memory");
  });
  const build = (): Trainer => new Trainer(model, { loss: nn.mseLoss(), optimizer });
  expect(build).toThrow("memory");
  failing.mockRestore();
  expect(build().step(X, Y)).toBeGreaterThan(0);
});
