/** Evaluation of samples of all kinds, with pauses and without. */
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Evaluation,
  type MetricFunctions,
  Trainer,
  data,
  manualSeed,
  metrics,
  nn,
  optim,
  tensor,
} from "../../src/index.ts";
import { type Pausable, finish } from "../../src/base/pausable.ts";
import { rowsAt } from "../../src/base/rows.ts";
import { Program } from "../../src/runtime/program.ts";
import { Evaluator } from "../../src/train/evaluation/evaluator.ts";
import { randomTensor, thrownBy } from "../support.ts";

const ROWS = 23;
const X = randomTensor([ROWS, 4], 1, 2);
const Y = tensor(Int32Array.from({ length: ROWS }, (_, row) => row % 3));
const WEIGHTS = tensor(Float32Array.from({ length: ROWS }, (_, row) => (row * 7) % 4));
const SET = data.fromArrays(X, Y, { weights: WEIGHTS });

type AnyBatch = data.Batch;

function batchAt(indices: Int32Array): AnyBatch {
  return { x: rowsAt(X, indices), y: rowsAt(Y, indices), weights: rowsAt(WEIGHTS, indices) };
}

function trainer(...extra: readonly nn.Module[]): Trainer {
  manualSeed(5);
  const model = nn.sequential(nn.linear(4, 8), nn.relu(), nn.dropout(0.5), ...extra, nn.linear(8, 3));
  return new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
}

/** Resolves after other events. */
function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Samples by index; what happens is written down. */
function indexed(log: string[], wait: () => Promise<unknown> | undefined): data.IndexedDataset {
  return {
    length: ROWS,
    rows(indices, epoch) {
      log.push(`${epoch}: ${indices.join(" ")}`);
      const waiting = wait();
      return waiting ? waiting.then(() => batchAt(indices)) : batchAt(indices);
    },
  };
}

const starts = (batchSize: number): readonly Int32Array[] =>
  Array.from({ length: Math.ceil(ROWS / batchSize) }, (_, i) =>
    Int32Array.from({ length: Math.min(batchSize, ROWS - i * batchSize) }, (_, j) => i * batchSize + j),
  );

/** Lets a clock go on by so many milliseconds each time that it is read. */
function tick(milliseconds: number): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += milliseconds));
}

afterEach(() => vi.restoreAllMocks());

describe("samples of all kinds give the same evaluation", () => {
  const batchSize = 5;
  const expected = trainer().evaluate(SET, { batchSize });

  test("of tensors, waited for", async () => {
    expect(expected.accuracy).toBeGreaterThan(0);
    expect(await trainer().evaluateAsync(SET, { batchSize })).toEqual(expected);
  });

  test.each([
    ["values", (): undefined => undefined],
    ["promises", later],
  ])("by index, %s", async (_, wait) => {
    const log: string[] = [];
    expect(await trainer().evaluateAsync(indexed(log, wait), { batchSize })).toEqual(expected);
    expect(log).toEqual(starts(batchSize).map((indices) => `0: ${indices.join(" ")}`));
  });

  test("by index, values without a promise", () => {
    expect(
      trainer().evaluate(
        indexed([], () => undefined),
        { batchSize },
      ),
    ).toEqual(expected);
  });

  test("streams, asynchronous or not", async () => {
    const epochs: number[] = [];
    const list = {
      batches(epoch: number): Iterable<AnyBatch> {
        epochs.push(epoch);
        return starts(batchSize).map(batchAt);
      },
    };
    const stream = {
      async *batches(): AsyncGenerator<AnyBatch> {
        for (const indices of starts(batchSize)) {
          await later();
          yield batchAt(indices);
        }
      },
    };
    expect(trainer().evaluate(list)).toEqual(expected);
    expect(await trainer().evaluateAsync(list)).toEqual(expected);
    expect(await trainer().evaluateAsync(stream)).toEqual(expected);
    expect(epochs).toEqual([0, 0]);
  });
});

test.each([false, true])("the next batch is asked for before the current one runs, as a promise: %s", async (waits) => {
  const execute = vi.spyOn(Program.prototype, "execute");
  const runs: number[] = [];
  const given = indexed([], () => {
    runs.push(execute.mock.calls.length);
    return waits ? later() : undefined;
  });
  await trainer().evaluateAsync(given, { batchSize: 8 });
  expect(runs).toEqual([0, 0, 1]);
});

describe("pauses", () => {
  const evaluator = (): Evaluator => new Evaluator(trainer().model, nn.crossEntropyLoss());

  function pausesOf(work: Pausable<Evaluation>): number {
    let pauses = 0;
    while (!work.next().done) pauses++;
    return pauses;
  }

  test("tensors are evaluated without one", () => {
    expect(pausesOf(evaluator().evaluation(SET, { batchSize: 1 }))).toBe(0);
  });

  test("with a turn there is one every 50 ms", async () => {
    tick(20);
    let turns = 0;
    const turn = async (): Promise<void> => void turns++;
    await finish(evaluator().evaluation(SET, { batchSize: 1, turn }));
    // The clock is read after each of 23 batches, and after each turn: a turn at every third batch.
    expect(turns).toBe(7);
  });

  test("other events are handled while a set is evaluated or predicted", async () => {
    const given = trainer();
    const [expected, predicted] = [given.evaluate(SET, { batchSize: 1 }), given.model.predict(X)];
    tick(60);
    let events = 0;
    const handled = (): void => {
      events++;
      next = setImmediate(handled);
    };
    let next = setImmediate(handled);
    expect(await given.evaluateAsync(SET, { batchSize: 1 })).toEqual(expected);
    expect(events).toBeGreaterThan(20);
    events = 0;
    expect(await given.model.predictAsync(X, { batchSize: 1 })).toEqual(predicted);
    expect(events).toBeGreaterThan(20);
    clearImmediate(next);
  });

  test("modes may change and others may run meanwhile", async () => {
    const expected = trainer().evaluate(SET, { batchSize: 5 });
    const given = trainer();
    const other = trainer();
    let calls = 0;
    const meanwhile = async (): Promise<void> => {
      await later();
      given.model.train(calls++ % 2 === 0);
      other.step(X, Y);
      given.evaluate(SET);
      given.model.run(X);
    };
    const found = await given.evaluateAsync(indexed([], meanwhile), { batchSize: 5 });
    expect(found).toEqual(expected);
    expect(calls).toBe(5);
  });

  test.each([
    ["a step", (given: Trainer): unknown => given.step(X, Y)],
    ["a loaded state", (given: Trainer): unknown => given.model.loadStateDict(given.model.stateDict())],
    ["running statistics", (given: Trainer): unknown => given.model.train().run(X)],
  ])("%s meanwhile is refused", async (_, change) => {
    const given = trainer(nn.batchNorm1d(8));
    const meanwhile = async (): Promise<void> => {
      await later();
      change(given);
    };
    await expect(given.evaluateAsync(indexed([], meanwhile))).rejects.toThrow(
      "evaluateAsync: parameters and buffers must not change before it ends; got a write to those of sequential of 5",
    );
  });

  test("a step while predictAsync waits is refused", async () => {
    tick(60);
    const given = trainer();
    const predicting = given.model.predictAsync(X, { batchSize: 4 });
    given.step(X, Y);
    await expect(predicting).rejects.toThrow(
      "predictAsync: parameters and buffers must not change before it ends; got a write to those of sequential of 4",
    );
  });
});

describe("what goes wrong in samples", () => {
  test("a stream makes its batches itself", () => {
    expect(thrownBy(() => trainer().evaluate({ batches: () => [batchAt(Int32Array.of(0))] }, { batchSize: 2 }))).toBe(
      "TypeError: evaluate: batchSize must be an option of the stream, which makes the batches; got 2",
    );
  });

  test("promises are refused by evaluate, which names evaluateAsync; their rejections are handled", async () => {
    const must =
      "TypeError: evaluate: batches must be given without a promise, which evaluateAsync takes; got a promise";
    expect(thrownBy(() => trainer().evaluate(indexed([], later)))).toBe(must);
    async function* batches(): AsyncGenerator<AnyBatch> {
      yield batchAt(Int32Array.of(0));
    }
    expect(thrownBy(() => trainer().evaluate({ batches }))).toBe(must);
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    const rows = (): Promise<AnyBatch> => Promise.reject(new Error("nobody waits for it"));
    expect(thrownBy(() => trainer().evaluate({ length: ROWS, rows }))).toBe(must);
    await later();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("a stream that fails midway rejects with its error; one that is left is closed", async () => {
    let closed = 0;
    async function* batches(): AsyncGenerator<AnyBatch> {
      try {
        yield batchAt(Int32Array.of(0, 1));
        throw new Error("disk: it must be there; got none");
      } finally {
        closed++;
      }
    }
    await expect(trainer().evaluateAsync({ batches })).rejects.toThrow("disk: it must be there; got none");
    function* wrong(): Generator<AnyBatch> {
      try {
        yield { x: X, y: Y, weights: tensor([1]) };
        yield batchAt(Int32Array.of(0, 1));
        yield batchAt(Int32Array.of(2));
      } finally {
        closed++;
      }
    }
    await expect(trainer().evaluateAsync({ batches: wrong })).rejects.toThrow(
      "evaluateAsync: weights must be [23], one for each sample; got float32 [1]",
    );
    expect(closed).toBe(2);
  });

  test("of two errors the first is thrown, and none is left unhandled", async () => {
    const failing = (first: AnyBatch): data.IndexedDataset => ({
      length: ROWS,
      rows: (indices) => (indices[0] === 0 ? later().then(() => first) : Promise.reject(new Error("second"))),
    });
    const rows = Int32Array.of(0, 1, 2, 3, 4);
    await expect(trainer().evaluateAsync(failing({ x: X, y: Y }), { batchSize: 5 })).rejects.toThrow(
      "evaluateAsync: rows() of the data set must give 5 samples, one for each index; got x float32 [23, 4], y int32 [23]",
    );
    const unfit = failing({ ...batchAt(rows), weights: tensor([1]) });
    await expect(trainer().evaluateAsync(unfit, { batchSize: 5 })).rejects.toThrow("weights must be [5]");
    await expect(trainer().evaluateAsync(failing(batchAt(rows)), { batchSize: 5 })).rejects.toThrow("second");
    await later(); // Vitest fails a run with a rejection that nobody handled.
  });

  const wrong: readonly (readonly [string, unknown, string])[] = [
    [
      "no samples",
      { length: 0, rows: () => SET },
      "RangeError: evaluateAsync: length of the data set must be a whole number of at least 1; got 0",
    ],
    [
      "an empty stream",
      { batches: () => [] },
      "RangeError: evaluateAsync: a stream must have at least one batch; got none",
    ],
    [
      "no stream",
      { batches: () => 3 },
      "TypeError: evaluateAsync: batches() of the data set must return an iterable; got 3",
    ],
    [
      "no batch",
      { batches: () => [3] },
      "TypeError: evaluateAsync: batches() of the data set must give batches with x and y; got 3",
    ],
    [
      "no tensor",
      { batches: () => [{ x: [1], y: Y }] },
      "TypeError: evaluateAsync: x of the data set must be a tensor",
    ],
    [
      "other rows",
      { batches: () => [{ x: X, y: tensor([1]) }] },
      "ShapeError: evaluateAsync: batches() of the data set must give tensors with one row for each sample",
    ],
    [
      "no rows",
      { batches: () => [batchAt(Int32Array.of())] },
      "ShapeError: evaluateAsync: batches() of the data set must give at least one sample",
    ],
    ["no data set", {}, "TypeError: evaluateAsync: the data set must have x, y and length"],
  ];
  test.each(wrong)("%s", async (_, samples, message) => {
    const error: unknown = await trainer()
      .evaluateAsync(samples as data.Samples)
      .catch((each: unknown) => each);
    expect(String(error)).toContain(message);
  });
});

describe("metrics that evaluate follows", () => {
  const unweighted = data.fromArrays(X, Y);
  const own = {
    f1: (p, y) => metrics.f1(p, y, { average: "macro" }),
    matthews: metrics.matthewsCorrelation,
    balanced: metrics.balancedAccuracy,
  } satisfies MetricFunctions;

  test.each([1, 5, 256])("are those of predictions of all samples, in batches of %i", (batchSize) => {
    const given = trainer();
    const p = given.model.predict(X);
    const { metrics: found } = given.evaluate(unweighted, { batchSize, metrics: own });
    expect(found).toEqual({
      f1: metrics.f1(p, Y, { average: "macro" }),
      matthews: metrics.matthewsCorrelation(p, Y),
      balanced: metrics.balancedAccuracy(p, Y),
    });
  });

  test("are weighted as the data set is, unless they ignore it", async () => {
    const given = trainer();
    const p = given.model.predict(X);
    const expected = {
      f1: metrics.f1(p, Y, { average: "macro" }),
      matthews: metrics.matthewsCorrelation(p, Y, { sampleWeight: WEIGHTS }),
      balanced: metrics.balancedAccuracy(p, Y, { sampleWeight: WEIGHTS }),
    };
    expect(given.evaluate(SET, { batchSize: 5, metrics: own }).metrics).toEqual(expected);
    const waited = await given.evaluateAsync(indexed([], later), { batchSize: 4, metrics: own });
    expect(waited.metrics).toEqual(expected);
    expect(expected.balanced).not.toBe(metrics.balancedAccuracy(p, Y));
  });

  test("batches of a stream without weights have weight 1 among others", () => {
    const [first, second] = [Int32Array.of(0, 1, 2, 3), Int32Array.of(4, 5, 6)];
    const { x, y } = batchAt(second);
    const weights: unknown[] = [];
    trainer().evaluate(
      { batches: () => [batchAt(first), { x, y }] },
      {
        metrics: {
          weights: (_, targets, { sampleWeight }) => weights.push(targets.toArray(), sampleWeight?.toArray()),
        },
      },
    );
    expect(weights).toEqual([
      [0, 1, 2, 0, 1, 2, 0],
      [0, 3, 2, 1, 1, 1, 1],
    ]);
  });

  test("without the option there are none", () => {
    const { metrics: found, uncertainty } = trainer().evaluate(SET);
    expect([found, uncertainty]).toEqual([undefined, undefined]);
  });

  const refused: readonly (readonly [unknown, string])[] = [
    [
      { loss: () => 1 },
      'TypeError: evaluate: metrics must have names other than "", "loss" and "accuracy"; got "loss"',
    ],
    [
      { accuracy: () => 1 },
      'TypeError: evaluate: metrics must have names other than "", "loss" and "accuracy"; got "accuracy"',
    ],
    [[metrics.f1], "TypeError: evaluate: metrics must be an object of functions, as { f1: metrics.f1 }; got"],
    [{ f1: "f1" }, 'TypeError: evaluate: metric "f1" must be a function; got "f1"'],
    [{ text: () => "1" }, 'TypeError: evaluate: metric "text" must give a number; got "1"'],
    [{ late: async () => 1 }, 'TypeError: evaluate: metric "late" must give a number; got'],
    [
      { auc: (p: never, y: never) => metrics.rocCurve(p, y) },
      'RangeError: evaluate: metric "auc" must give a number; got ShapeError: rocCurve: positiveClass must be given',
    ],
  ];
  test.each(refused)("%o is refused", (given, message) => {
    expect(thrownBy(() => trainer().evaluate(SET, { metrics: given as MetricFunctions }))).toContain(message);
  });
});
