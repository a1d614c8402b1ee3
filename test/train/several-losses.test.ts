import { describe, expect, test } from "vitest";
import {
  type FitOptions,
  type Operand,
  type Tensor,
  Trainer,
  type TrainerOptions,
  data,
  manualSeed,
  metrics,
  nn,
  ops,
  optim,
  tensor,
} from "../../src/index.ts";
import { scratch } from "../files/support.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";
import { expectSameBits } from "../threads/shared-runs.ts";

class Heads extends nn.Module {
  readonly body = nn.linear(4, 6);
  readonly drop = nn.dropout(0.2);
  readonly price = nn.linear(6, 1);
  readonly kind = nn.linear(6, 3);

  override forward(x: Operand): { price: Operand; kind: Operand } {
    const h = this.drop.call(ops.relu(this.body.call(x)));
    return { price: this.price.call(h), kind: this.kind.call(h) };
  }
}

const X = randomTensor([20, 4], 1);
const PRICE = randomTensor([20, 1], 2);
const KIND = Int32Array.from({ length: 20 }, (_, i) => (i * 7) % 3);
const WEIGHTS = randomTensor([20], 3).data.map(Math.abs);
const SET = data.fromArrays(X, { price: PRICE, kind: KIND });
const WEIGHTED = data.fromArrays(X, { price: PRICE, kind: KIND }, { weights: WEIGHTS });
const QUIET = { progress: false, batchSize: 6 } as const;

const mse = (prediction: Operand, target: Operand): Operand => ops.mean(ops.square(ops.subtract(prediction, target)));

function make(options: Partial<TrainerOptions> = {}, model = (): nn.Module => new Heads()): Trainer {
  manualSeed(1);
  const loss = { price: nn.mseLoss(), kind: nn.crossEntropyLoss() };
  return new Trainer(model(), { loss, optimizer: optim.adam({ lr: 0.02 }), ...options });
}

const stateOf = ({ model }: Trainer): Record<string, Tensor> => model.stateDict();

async function failure(act: () => Promise<unknown>): Promise<string> {
  const error: unknown = await act().then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return String(error);
}

describe("losses by name", () => {
  test("train a model with several outputs, which an evaluation tells apart", async () => {
    const trainer = make({ lossWeights: { kind: 0.5 } });
    const before = trainer.evaluate(SET);
    await trainer.fit(SET, { ...QUIET, epochs: 60 });
    const after = trainer.evaluate(SET);
    for (const name of ["price", "kind"]) {
      expect(after.losses?.[name]).toBeLessThan(0.9 * (before.losses?.[name] ?? NaN));
    }
    expect(after.loss).toBe((after.losses?.["price"] ?? NaN) + 0.5 * (after.losses?.["kind"] ?? NaN));
    const model = trainer.model as Heads;
    const { price, kind } = model.predict(X);
    expect(after.accuracies).toEqual({ kind: metrics.accuracy(kind, tensor(KIND)) });
    expect(after.accuracy).toBe(after.accuracies?.["kind"]);
    const squares = price.data.map((each, i) => (each - (PRICE.data[i] ?? NaN)) ** 2);
    expectClose([after.losses?.["price"] ?? NaN], [squares.reduce((sum, each) => sum + each) / 20]);
  });

  test("give the bits of one loss that is their sum", async () => {
    /** Price and kind side by side. */
    class Joined extends Heads {
      override forward(x: Operand): never {
        const { price, kind } = super.forward(x);
        return ops.concatenate([price, kind], 1) as never;
      }
    }
    const joint = (prediction: Operand, price: Operand, kind: Operand): Operand => {
      const ofPrice = nn.mseLoss().call(ops.slice(prediction, 1, 0, 1), price);
      const ofKind = nn.crossEntropyLoss().call(ops.slice(prediction, 1, 1, 4), kind);
      return ops.add(ofPrice, ops.affine(ofKind, 0.25, 0));
    };
    const [named, joined] = [make({ lossWeights: { kind: 0.25 } }), make({ loss: joint }, () => new Joined())];
    const listed = data.fromArrays(X, [PRICE, tensor(KIND)]);
    const history = await named.fit(SET, { ...QUIET, epochs: 3, shuffle: false });
    const expected = await joined.fit(listed, { ...QUIET, epochs: 3, shuffle: false });
    expect(stateOf(named)).toEqual(stateOf(joined));
    expectClose(
      history.epochs.map(({ loss }) => loss),
      expected.epochs.map(({ loss }) => loss),
    );
  });

  test("take targets by name in any order, or in the order of the losses", () => {
    const trainers = [make(), make(), make()];
    const [byName, reversed, listed] = trainers.map((trainer, i) =>
      trainer.step(
        X,
        [{ price: PRICE, kind: tensor(KIND) }, { kind: tensor(KIND), price: PRICE }, [PRICE, tensor(KIND)]][i] ?? [],
      ),
    );
    expect(reversed).toBe(byName);
    expect(listed).toBe(byName);
  });

  test("weigh samples in each", () => {
    const trainer = make({ lossWeights: { price: 3 } });
    const { losses = {}, loss } = trainer.evaluate(WEIGHTED, { batchSize: 7 });
    const { price } = (trainer.model as Heads).predict(X);
    const squares = price.data.map((each, i) => (WEIGHTS[i] ?? NaN) * (each - (PRICE.data[i] ?? NaN)) ** 2);
    const sum = (values: Float32Array): number => values.reduce((total, each) => total + each, 0);
    expectClose([losses["price"] ?? NaN], [sum(squares) / sum(WEIGHTS)]);
    expect(loss).toBe(3 * (losses["price"] ?? NaN) + (losses["kind"] ?? NaN));
    expect(losses["kind"]).not.toBe(trainer.evaluate(SET).losses?.["kind"]);
  });

  test("average over batches by the weights of each: ignored labels count in one and not in the other", () => {
    const labels = KIND.map((label, i) => (i < 9 ? -100 : label));
    const set = data.fromArrays(X, { price: PRICE, kind: labels });
    const trainer = make();
    const whole = trainer.evaluate(set, { batchSize: 20 });
    const parts = trainer.evaluate(set, { batchSize: 4 }); // of two batches all labels are ignored
    expectClose(Object.values(parts.losses ?? {}), Object.values(whole.losses ?? {}));
    expect(Number.isFinite(parts.loss)).toBe(true);
    expect(parts.accuracies).toEqual(whole.accuracies);
  });

  test("several that classify have accuracies and no accuracy; one by name is enough for a model with one name", () => {
    class Two extends nn.Module {
      readonly layer = nn.linear(4, 3);
      override forward(x: Operand): Record<"a" | "b", Operand> {
        return { a: this.layer.call(x), b: ops.affine(this.layer.call(x), -1, 0) };
      }
    }
    const loss = { a: nn.crossEntropyLoss(), b: nn.crossEntropyLoss() };
    const two = new Trainer(new Two(), { loss, optimizer: optim.sgd() });
    const { accuracy, accuracies } = two.evaluate(data.fromArrays(X, { a: KIND, b: KIND }));
    expect(accuracy).toBeUndefined();
    expect(Object.keys(accuracies ?? {})).toEqual(["a", "b"]);
    const directory = scratch();
    const best = two.fit(data.fromArrays(X, { a: KIND, b: KIND }), {
      ...QUIET,
      checkpoint: { directory, best: "accuracy" },
    });
    return expect(best).rejects.toThrow('best "accuracy" must have exactly one loss that gives an accuracy');
  });

  test("count penalties in the loss of an epoch, beside the losses", async () => {
    const regularization = { l2: 0.5 };
    const trainer = make({ regularization, optimizer: optim.sgd({ lr: 0 }) });
    trainer.model.modules().forEach((module) => module instanceof nn.Dropout && (module.p = 0));
    const squares = ["body", "price", "kind"].flatMap((name) => [...(stateOf(trainer)[`${name}.weight`]?.data ?? [])]);
    const penalty = 0.5 * squares.reduce((sum, each) => sum + each ** 2, 0);
    const { epochs } = await trainer.fit(SET, QUIET);
    const { loss, losses } = trainer.evaluate(SET);
    expectClose([epochs[0]?.loss ?? NaN], [loss + penalty]);
    expectClose(Object.values(epochs[0]?.losses ?? {}), Object.values(losses ?? {}));
  });

  test("leave one loss as it is: it has no losses by name", () => {
    const trainer = new Trainer(nn.linear(4, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const keys = Object.keys(trainer.evaluate(data.fromArrays(X, PRICE)));
    expect(keys).toEqual(["loss", "accuracy", "metrics", "uncertainty"]);
  });

  test("give the same bits on 1 and 2 threads", () =>
    expectSameBits([2], async () => {
      const trainer = make({ lossWeights: { kind: 0.5 }, clip: { norm: 0.1 }, averaging: { decay: 0.9 } });
      const history = await trainer.fit(WEIGHTED, { ...QUIET, epochs: 2, validation: SET });
      return [
        history.epochs.map((epoch) => ({ ...epoch, seconds: 0 })),
        stateOf(trainer),
        trainer.gradientNorm,
        trainer.averaged?.stateDict(),
      ];
    }));

  test("print, profile, clip and accumulate", () => {
    const trainer = make({ lossWeights: { kind: 0.5 }, clip: { norm: 1e-3 }, accumulate: 2 });
    expect(String(trainer)).toContain("price: mseLoss, kind: 0.5 crossEntropyLoss");
    expect(String(trainer.profile(X, SET.y, { runs: 1 }))).toContain("crossEntropy");
    const before = stateOf(trainer);
    trainer.step(X, SET.y);
    expect(stateOf(trainer)).toEqual(before);
    trainer.step(X, SET.y);
    expect(stateOf(trainer)).not.toEqual(before);
    expect(trainer.gradientNorm).toBeGreaterThan(1e-3);
    const program = trainer.stepProgram(X, SET.y);
    expect(program.outputs.map(({ size }) => size)).toEqual([1, 20, 60, 1, 1, 1]);
  });

  test("modules and parameters of losses follow the trainer's mode and have names", () => {
    class Centered extends nn.Loss {
      readonly center = new nn.Parameter([1]);
      readonly drop = nn.dropout(0.5);
      constructor() {
        super("centered", (prediction) => prediction);
      }
      override forward(prediction: Operand, target: Operand): Operand {
        return mse(this.drop.call(prediction), ops.add(target, this.center));
      }
    }
    const price = new Centered();
    const trainer = make({ loss: { price, kind: nn.crossEntropyLoss() } });
    expect(thrownBy(() => trainer.step(X, SET.y))).toContain(
      'every parameter that the loss uses must be one of the model, or be frozen by requiresGrad = false; got "loss.price.center"',
    );
    price.requiresGrad(false);
    trainer.step(X, SET.y);
    expect(trainer.evaluate(SET)).toEqual(trainer.evaluate(SET));
    expect(Object.keys(trainer.stateDict().loss["state"] as object)).toEqual(["price.center"]);
  });
});

describe("a loss that is not finite", () => {
  const failing = (loss: TrainerOptions["loss"], set = SET, options: FitOptions = {}): Promise<string> =>
    failure(() => make({ loss }).fit(set, { ...QUIET, shuffle: false, ...options }));

  test("names the loss whose operation gave it", async () => {
    const log = (prediction: Operand): Operand => ops.mean(ops.log(ops.affine(prediction, 0, 0)));
    expect(await failing({ price: log, kind: nn.crossEntropyLoss() })).toMatch(
      /^NonFiniteError: fit: the loss must be finite; got -Infinity in epoch 1, step 1: log \[6, 1\] from "loss\.price" \(log\) gave -Infinity at index 0 for finite numbers/,
    );
  });

  test("names the target and the sample", async () => {
    const price = [...PRICE.data].map((each, i) => (i === 8 ? NaN : each));
    const set = data.fromArrays(X, { price: tensor(price, [20, 1]), kind: KIND });
    expect(await failing({ price: mse, kind: nn.crossEntropyLoss() }, set)).toContain(
      "in epoch 1, step 2: y.price has NaN in sample 8, at index 0",
    );
  });

  test("is none where all labels of a batch are ignored by one of the losses", async () => {
    const labels = KIND.map((label, i) => (i < 6 ? -100 : label));
    const set = data.fromArrays(X, { price: PRICE, kind: labels });
    const trainer = make();
    const { epochs } = await trainer.fit(set, { ...QUIET, shuffle: false });
    expect(Number.isFinite(epochs[0]?.losses?.["price"])).toBe(true);
    expect(Number.isFinite(epochs[0]?.losses?.["kind"])).toBe(true);
    expect(Number.isFinite(epochs[0]?.loss)).toBe(true);
  });

  test("says which prediction is outside its loss's domain", () => {
    const trainer = make({ loss: { price: nn.bceLoss(), kind: nn.crossEntropyLoss() } });
    expect(thrownBy(() => trainer.evaluate(SET))).toContain("RangeError: bceLoss");
  });
});

const cross = nn.crossEntropyLoss();
const refused: readonly [string, () => unknown, message: string][] = [
  [
    "one loss for several outputs",
    () => make({ loss: nn.mseLoss() }).step(X, PRICE),
    "TypeError: trainer: loss must be an object of losses by the names of the outputs, price, kind; got mseLoss",
  ],
  [
    "losses by name for one output",
    () =>
      new Trainer(nn.linear(4, 1), { loss: { price: nn.mseLoss() }, optimizer: optim.sgd() }).step(X, { price: PRICE }),
    "TypeError: trainer: the model must return operands by the names of the losses, price; got one without a name",
  ],
  [
    "another name",
    () => make({ loss: { prize: mse, kind: cross } }).step(X, { prize: PRICE, kind: tensor(KIND) }),
    "TypeError: trainer: the model must return operands by the names of the losses, prize, kind; got price, kind",
  ],
  [
    "an output without a loss",
    () => make({ loss: { price: mse } }).step(X, { price: PRICE }),
    "TypeError: trainer: the model must return operands by the names of the losses, price; got price, kind",
  ],
  [
    "a target of another name",
    () => make().step(X, { prize: PRICE, kind: tensor(KIND) }),
    "TypeError: step: targets must be price, kind; got prize, kind",
  ],
  [
    "Monte Carlo uncertainty",
    () => make().evaluate(SET, { monteCarlo: 3 }),
    "TypeError: evaluate: monteCarlo must be of one loss; got price: mseLoss, kind: crossEntropyLoss",
  ],
  [
    "metrics of several outputs",
    () => make().evaluate(SET, { metrics: { mse: () => 1 } }),
    "ShapeError: evaluate: metrics must be of one target; got float32 [20, 1], int32 [20]",
  ],
  ["too few targets", () => make().step(X, PRICE), "TypeError: step: targets must be price, kind; got 1"],
  [
    "too few targets of a set",
    () => make().evaluate(data.fromArrays(X, PRICE)),
    "TypeError: evaluate: targets must be",
  ],
  [
    "a loss that is none",
    () => make({ loss: { price: nn.mseLoss as never, kind: cross } }),
    "TypeError: trainer: loss.price must be one of nn, as nn.mseLoss(), or a function of prediction and target; got",
  ],
  [
    'reduction "none"',
    () => make({ loss: { price: nn.mseLoss({ reduction: "none" }), kind: cross } }),
    'TypeError: trainer: the loss must give one number, by reduction "mean" or "sum"; got mseLoss with "none"',
  ],
  [
    "a loss that ignores the weights of samples",
    () => make({ loss: { price: mse, kind: cross } }).evaluate(WEIGHTED),
    "TypeError: trainer: the loss must use the weights of samples, its operand after the targets; got mse that does not",
  ],
  [
    "a loss of several targets",
    () => make({ loss: { price: new nn.Loss("two", mse, { targets: 2 }), kind: cross } }),
    "TypeError: trainer: loss.price must have one target; got two of 2",
  ],
  [
    "a loss with several numbers",
    () => make({ loss: { price: (x) => x, kind: cross } }).step(X, SET.y),
    "ShapeError: trainer: the loss must give one number; got",
  ],
  [
    "a target that broadcasts",
    () => make({ loss: { price: mse, kind: cross } }).step(X, { price: tensor(PRICE.data), kind: tensor(KIND) }),
    "ShapeError: trainer: the target must have the shape of the prediction, [20, 1], or be reshaped; got [20]",
  ],
  [
    "weights of one loss",
    () => make({ loss: nn.mseLoss(), lossWeights: { price: 1 } }),
    "TypeError: trainer: lossWeights must be for an object of losses by name; got one loss",
  ],
  [
    "a weight without a loss",
    () => make({ lossWeights: { prize: 1 } }),
    "TypeError: trainer: lossWeights: options must be price, kind; got prize",
  ],
  ["no weights", () => make({ lossWeights: 3 as never }), "TypeError: trainer: lossWeights: options must be an object"],
  [
    "a weight below 0",
    () => make({ lossWeights: { price: -1 } }),
    "RangeError: trainer: lossWeights.price must be a finite number of at least 0; got -1",
  ],
  [
    "a weight that is NaN",
    () => make({ lossWeights: { price: NaN } }),
    "RangeError: trainer: lossWeights.price must be",
  ],
  ["no losses", () => make({ loss: {} }), "TypeError: trainer: loss must be one of nn"],
];

test.each(refused)("refused: %s", (_, act, message) => {
  expect(thrownBy(act)).toContain(message);
});

test("losses that were saved must be those that go on", async () => {
  const directory = scratch();
  await make({ lossWeights: { kind: 0.5 } }).fit(SET, { ...QUIET, checkpoint: { directory } });
  const other = failure(() => make().fit(SET, { ...QUIET, epochs: 2, checkpoint: { directory }, resume: true }));
  expect(await other).toContain(
    'loss "price: mseLoss, kind: 0.5 crossEntropyLoss" instead of "price: mseLoss, kind: crossEntropyLoss"',
  );
});
