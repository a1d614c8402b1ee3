import { beforeEach, describe, expect, test } from "vitest";
import {
  type FitOptions,
  NonFiniteError,
  type Operand,
  type Trainer as AnyTrainer,
  Trainer,
  data,
  manualSeed,
  nn,
  ops,
  optim,
  tensor,
  Tensor,
} from "../../src/index.ts";
import { randomTensor } from "../support.ts";
import { expectSameBits } from "../threads/shared-runs.ts";

const X = randomTensor([12, 3], 1);
const Y = randomTensor([12, 2], 2);
const SET = data.fromArrays(X, Y);
const QUIET = { progress: false, shuffle: false, batchSize: 4 } as const;

beforeEach(() => manualSeed(1));

/** All state but the position in the data, which counts time, and the streams of random numbers, which each fit takes. */
function stateOf(trainer: AnyTrainer): unknown {
  return { ...trainer.stateDict(), position: undefined, random: undefined };
}

/** A copy of a tensor with one other number. */
function withNumber(x: Tensor<"float32">, index: number, value: number): Tensor<"float32"> {
  return new Tensor(
    x.shape,
    "float32",
    x.data.map((each, i) => (i === index ? value : each)),
  );
}

class Exponential extends nn.Module {
  override forward(x: Operand): Operand {
    return ops.exp(x);
  }
}

/** A block in a block, so that paths have several parts. */
function nested(): nn.Module {
  return nn.sequential(nn.linear(3, 4), nn.sequential(nn.relu(), new Exponential()), nn.linear(4, 2));
}

const mse = (prediction: Operand, target: Operand): Operand => ops.mean(ops.square(ops.subtract(prediction, target)));

function make(model: nn.Module, options: { lr?: number; loss?: nn.Loss | typeof mse } = {}): Trainer {
  const { lr = 0.1, loss = nn.mseLoss() } = options;
  return new Trainer(model, { loss, optimizer: optim.sgd({ lr }) });
}

/** The error that `fit` ends with. */
async function failure(trainer: AnyTrainer, set = SET, options: FitOptions = {}): Promise<string> {
  const error: unknown = await trainer.fit(set, { ...QUIET, ...options }).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof NonFiniteError)) throw new Error(`fit must end with a NonFiniteError; got ${String(error)}`);
  return error.message;
}

describe("the error names", () => {
  test("the layer and the operation that gave the first number that is not finite", async () => {
    const model = nested();
    model.parameters()[1]?.write().fill(100);
    expect(await failure(make(model))).toBe(
      'fit: the loss must be finite; got NaN in epoch 1, step 1: exp [4, 4] from "1.1" (Exponential) gave Infinity at index 0 for finite numbers (the step changed nothing; nonFinite: "continue" goes on)',
    );
  });

  test("the operation of a loss", async () => {
    const loss = (x: Operand, target: Operand): Operand => ops.mean(ops.subtract(target, ops.log(ops.multiply(x, 0))));
    expect(await failure(make(nn.linear(3, 2), { loss }))).toContain(
      "got Infinity in epoch 1, step 1: log [4, 2] from the loss gave -Infinity at index 0 for finite numbers",
    );
  });

  test("the sample that has it, by its index in the data set", async () => {
    const set = data.fromArrays(withNumber(X, 7 * 3 + 1, NaN), Y);
    expect(await failure(make(nn.linear(3, 2)), set)).toContain(
      "got NaN in epoch 1, step 2: x has NaN in sample 7, at index 1",
    );
    manualSeed(3);
    expect(await failure(make(nn.linear(3, 2)), set, { shuffle: true })).toContain("x has NaN in sample 7, at index 1");
  });

  test("the target that has it", async () => {
    const set = data.fromArrays(X, withNumber(Y, 10 * 2, -Infinity));
    expect(await failure(make(nn.linear(3, 2)), set)).toContain(
      "got Infinity in epoch 1, step 3: y has -Infinity in sample 10, at index 0",
    );
  });

  test("the sample of a data set that is streamed", async () => {
    const set = data.fromArrays(withNumber(randomTensor([12, 300], 3), 5 * 300 + 299, NaN), Y);
    expect(await failure(make(nn.linear(300, 2)), set)).toContain("step 2: x has NaN in sample 5, at index 299");
  });

  test("the parameter that had it before the first step", async () => {
    const model = nested();
    model.loadStateDict({ ...model.stateDict(), "2.weight": tensor(new Float32Array(8).fill(NaN, 3), [2, 4]) });
    expect(await failure(make(model))).toContain(
      'got NaN in epoch 1, step 1: "2.weight" had NaN at index 3 before the first update',
    );
  });

  test("the parameter that an update made infinite, and says so", async () => {
    const far = new Tensor(
      [12, 2],
      "float32",
      Y.data.map((y) => y + 100),
    );
    const message = await failure(make(nn.linear(3, 2), { lr: 3e38 }), data.fromArrays(X, far));
    expect(message).toMatch(
      /got NaN in epoch 1, step 2: "(weight|bias)" had (NaN|-?Infinity) at index \d after update 1, /,
    );
    expect(message).toContain("whose gradients may have overflowed, or the learning rate is too high");
  });

  test("the parameter that infinite gradients of a finite loss changed", async () => {
    // The loss is √(x²) at 0 plus the mean: its derivative at 0 is infinite.
    const loss = (x: Operand, target: Operand): Operand =>
      ops.mean(ops.add(ops.sqrt(ops.multiply(x, 0)), ops.multiply(target, 0)));
    expect(await failure(make(nn.linear(3, 2), { loss }))).toMatch(
      /got NaN in epoch 1, step 2: "bias" had NaN at index 0 after update 1, /,
    );
  });

  test("not numbers that are infinite on purpose, but what made them NaN", async () => {
    const masked = (x: Operand, target: Operand): Operand =>
      ops.mean(ops.multiply(ops.softmax(ops.where(ops.greater(target, -1e9), -Infinity, x)), target));
    expect(await failure(make(nn.linear(3, 2), { loss: masked }))).toContain(
      "softmax [4, 2] from the loss gave NaN at index 0 for finite numbers",
    );
  });
});

describe("dropout", () => {
  test("draws the same mask in the search", async () => {
    // exp(60 / p) overflows where the number is kept; where it is dropped the loss is finite.
    for (let seed = 0; seed < 12; seed++) {
      manualSeed(seed);
      const model = nn.sequential(nn.linear(1, 1), nn.dropout(0.5), new Exponential());
      const [weight, bias] = model.parameters();
      weight?.write().fill(0);
      bias?.write().fill(60);
      const trainer = make(model, { lr: 0, loss: mse });
      const set = data.fromArrays(
        new Tensor([20, 1], "float32", new Float32Array(20)),
        new Tensor([20, 1], "float32", new Float32Array(20)),
      );
      expect(await failure(trainer, set, { batchSize: 1 })).toContain(
        'exp [1, 1] from "2" (Exponential) gave Infinity',
      );
    }
  });
});

/** A trainer with everything that a step changes. */
function everything(accumulate: number): Trainer {
  manualSeed(5);
  const model = nn.sequential(nn.linear(3, 8), nn.batchNorm1d(8), nn.relu(), nn.dropout(0.3), nn.linear(8, 2));
  nn.prune(model, { amount: 0.3 });
  return new Trainer(model, {
    loss: nn.mseLoss(),
    optimizer: optim.adam({ lr: 0.05, weightDecay: 0.1, maxNorm: 0.5 }),
    clip: { norm: 0.1 },
    accumulate,
    averaging: { decay: 0.9, useBuffers: true },
  });
}

describe("after the error", () => {
  const BROKEN = data.fromArrays(withNumber(X, 9 * 3, NaN), Y);

  test.each([1, 2, 3])("all state is as before the step, with %d batches for an update", async (accumulate) => {
    const trainer = everything(accumulate);
    let before = trainer.stateDict();
    const onStep = (): void => void (before = trainer.stateDict());
    expect(await failure(trainer, BROKEN, { onStep })).toContain("epoch 1, step 3: x has NaN in sample 9");
    expect(trainer.stateDict()).toEqual(before);
  });

  test("training goes on as if there had been no such batch", async () => {
    const [trainer, other] = [everything(1), everything(1)];
    await failure(trainer, BROKEN);
    await other.fit(
      data.fromArrays(
        new Tensor([8, 3], "float32", X.data.slice(0, 24)),
        new Tensor([8, 2], "float32", Y.data.slice(0, 16)),
      ),
      QUIET,
    );
    expect(stateOf(trainer)).toEqual(stateOf(other));
    for (const each of [trainer, other]) {
      each.options.optimizer.lr = 0.01;
      await each.fit(SET, QUIET);
    }
    expect(stateOf(trainer)).toEqual(stateOf(other));
    expect(trainer.evaluate(SET).loss).toBeLessThan(10);
  });

  test("weights outside a loss's domain are those before the step too", async () => {
    const trainer = make(nn.linear(3, 2), { loss: nn.bceLoss() });
    trainer.model.parameters()[1]?.write().fill(7);
    const before = stateOf(trainer);
    const labels = new Tensor([12, 2], "float32", new Float32Array(24));
    await expect(trainer.fit(data.fromArrays(X, labels), QUIET)).rejects.toThrow(RangeError);
    expect(stateOf(trainer)).toEqual(before);
  });

  test("on one thread and on two, of the same message and bits", async () => {
    await expectSameBits([2], async () => {
      const trainer = everything(1);
      return [await failure(trainer, BROKEN), stateOf(trainer)];
    });
  });
});

describe("steps that update all the same", () => {
  const BROKEN = data.fromArrays(withNumber(X, 9 * 3, NaN), Y);
  const rows = (x: Tensor<"float32">, from: number, to: number): Tensor<"float32"> => {
    const width = x.size / 12;
    return new Tensor([to - from, width], "float32", x.data.slice(from * width, to * width));
  };

  test("those of step, and of fit with nonFinite: continue", async () => {
    const [fitted, stepped] = [everything(1), everything(1)];
    const losses: number[] = [];
    await fitted.fit(BROKEN, { ...QUIET, nonFinite: "continue", onStep: ({ loss }) => void losses.push(loss) });
    stepped.model.train();
    const own = [0, 4, 8].map((from) => stepped.step(rows(BROKEN.x, from, from + 4), rows(Y, from, from + 4)));
    expect(losses).toEqual(own);
    expect(own.map(Number.isNaN)).toEqual([false, false, true]);
    expect(stateOf(fitted)).toEqual(stateOf(stepped));
    expect(fitted.options.optimizer.steps).toBe(3);
    expect(fitted.model.parameters()[4]?.read()[0]).toBeNaN();
  });

  test("step, called while fit waits", async () => {
    const [trainer, other] = [everything(1), everything(1)];
    const bad = withNumber(rows(X, 0, 4), 0, NaN);
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 3) trainer.step(bad, rows(Y, 0, 4));
    };
    await trainer.fit(SET, { ...QUIET, onStep });
    await other.fit(SET, QUIET);
    expect(trainer.options.optimizer.steps).toBe(other.options.optimizer.steps + 1);
    expect(trainer.model.parameters()[4]?.read()[0]).toBeNaN();
    expect(await failure(trainer)).toMatch(/"\d\.\w+" had NaN at index \d+ after update 4/);
  });

  test("those of a batch of weight 0, whose loss is NaN", async () => {
    const labels = Int32Array.from({ length: 12 }, (_, i) => (i < 4 ? -100 : i % 2));
    const fit = async (nonFinite: "throw" | "continue"): Promise<unknown> => {
      manualSeed(7);
      const trainer = new Trainer(nn.sequential(nn.linear(3, 6), nn.batchNorm1d(6), nn.dropout(0.5), nn.linear(6, 2)), {
        loss: nn.crossEntropyLoss(),
        optimizer: optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.1 }),
      });
      const losses: number[] = [];
      const onStep = ({ loss }: { readonly loss: number }): void => void losses.push(loss);
      await trainer.fit(data.fromArrays(X, labels), { ...QUIET, epochs: 2, nonFinite, onStep });
      expect(losses.map(Number.isNaN)).toEqual([true, false, false, true, false, false]);
      return [losses, stateOf(trainer)];
    };
    expect(await fit("throw")).toEqual(await fit("continue"));
  });
});
