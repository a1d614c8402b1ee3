import { describe, expect, test } from "vitest";
import { type FitOptions, type Operand, configure, data, nn, optim, tensor, Trainer, vjp } from "../../src/index.ts";

/** Keeps its layer where it is not found. */
class Mapped extends nn.Module {
  readonly layers = new Map([["only", nn.linear(1, 1)]]);

  override forward(x: Operand): Operand {
    return this.layers.get("only")?.call(x) ?? x;
  }
}

describe("wrong use of a trainer", () => {
  const trainer = new Trainer(nn.sequential(nn.linear(2, 3)), { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const good = tensor([0, 2], undefined, "int32");

  const wrong: readonly [string, () => unknown, string][] = [
    [
      "a label out of range",
      () => trainer.step(x, tensor([0, 3], undefined, "int32")),
      "crossEntropyLoss: labels must be from 0 to 2 or -100; got 3 at index 1",
    ],
    [
      "a negative label",
      () => trainer.step(x, tensor([-1, 0], undefined, "int32")),
      "crossEntropyLoss: labels must be from 0 to 2 or -100; got -1 at index 0",
    ],
    [
      "float labels",
      () => trainer.step(x, tensor([0, 1])),
      'crossEntropyLoss: labels must be int32, as tensor(values, shape, "int32") or an input { shape, dtype: "int32" } gives; got float32 y [2]',
    ],
    [
      "integers for the input",
      () =>
        trainer.step(
          tensor(
            [
              [1, 2],
              [3, 4],
            ],
            undefined,
            "int32",
          ),
          good,
        ),
      'matmul: a must be float32; got int32 x [2, 2] (in "0" (linear 2 -> 3))',
    ],
    [
      "one label too few",
      () => trainer.step(x, tensor([0], undefined, "int32")),
      "crossEntropyLoss: labels must be [2], one for each row of logSoftmax [2, 3]; got y [1]",
    ],
    [
      "an input that is too wide",
      () => trainer.step(tensor([[1, 2, 3]]), good),
      'linear: the last axis of the input must be 2; got x [1, 3] (in "0" (linear 2 -> 3))',
    ],
  ];
  test.each(wrong)("%s is refused, and nothing changes", (_, act, message) => {
    trainer.step(x, good);
    const before = [trainer.model.stateDict(), trainer.options.optimizer.steps];
    expect(act).toThrow(expect.objectContaining({ message }));
    expect([trainer.model.stateDict(), trainer.options.optimizer.steps]).toEqual(before);
  });

  test("what is not finite stops before the update when the debug option is on", () => {
    const before = trainer.model.stateDict();
    configure({ debug: true });
    try {
      expect(() =>
        trainer.step(
          tensor([
            [NaN, 1],
            [1, 1],
          ]),
          good,
        ),
      ).toThrow('matmul [2, 3]: every value must be finite; got NaN at index 0 (in "0" (linear 2 -> 3))');
    } finally {
      configure({ debug: false });
    }
    expect(trainer.model.stateDict()).toEqual(before);
  });

  test("the debug option looks at parameters, and not at what others left in memory", () => {
    const [dirty, clean] = [nn.linear(64, 24), nn.sequential(nn.linear(64, 24), nn.relu(), nn.linear(24, 8))];
    dirty.run(tensor(new Float32Array(8 * 64).fill(NaN), [8, 64]));
    configure({ debug: true });
    try {
      const rows = tensor(new Float32Array(8 * 64), [8, 64]);
      expect(clean.run(rows).shape).toEqual([8, 8]);
      (clean.layers[2] as nn.Linear).bias?.write().fill(Infinity);
      expect(() => clean.run(rows)).toThrow("parameter [8]: every value must be finite; got Infinity at index 0");
    } finally {
      configure({ debug: false });
    }
  });

  const options: readonly [() => unknown, string][] = [
    [() => optim.adam({ lr: -1 }), "adam: lr must be a finite number of at least 0; got -1"],
    [() => optim.adam({ lr: NaN }), "adam: lr must be a finite number of at least 0; got NaN"],
    [() => optim.adam({ betas: [1, 0.9] }), "adam: betas[0] must be from 0 to below 1; got 1"],
    [() => optim.adamW({ eps: 0 }), "adamW: eps must be a finite number above 0; got 0"],
    [
      () => optim.adamW({ weightDecay: Infinity }),
      "adamW: weightDecay must be a finite number of at least 0; got Infinity",
    ],
    [() => optim.sgd({ momentum: -0.1 }), "sgd: momentum must be a finite number of at least 0; got -0.1"],
    [() => optim.sgd({ nesterov: true }), "sgd: nesterov needs momentum above 0 and dampening 0; got 0 and 0"],
    [() => (trainer.options.optimizer.lr = NaN), "adam: lr must be a finite number of at least 0; got NaN"],
    [
      () => new Trainer(nn.relu(), { loss: nn.mseLoss(), optimizer: optim.sgd() }),
      "trainer: the model must have parameters; got none (keep layers in properties, or in arrays there)",
    ],
    [
      () => new Trainer(new Mapped(), { loss: nn.mseLoss(), optimizer: optim.sgd() }),
      "trainer: the model must have parameters; got none (keep layers in properties, or in arrays there)",
    ],
    [
      () => new Trainer(nn.linear(1, 1), { loss: nn.mseLoss(), optimizer: optim.adam as never }),
      "trainer: optimizer must be an optimizer; got adam that was not called",
    ],
    [
      () => nn.sequential(nn.linear(2, 2), nn.relu as never),
      "sequential: layer 1 must be a module; got relu that was not called",
    ],
    [() => nn.sequential((() => 1) as never), "sequential: layer 0 must be a module; got a function"],
    [
      () => trainer.step(x, new Int32Array(2) as never),
      "step: targets must be tensors; got an Int32Array (make one by tensor(values, shape))",
    ],
    [
      () => trainer.step(new Float32Array(4) as never, good),
      "step: inputs must be tensors; got a Float32Array (make one by tensor(values, shape))",
    ],
    [() => new Trainer(nn.linear(1, 1), trainer.options), "adam: an optimizer must serve one trainer; got a second"],
    [
      () => new Trainer(nn.linear(1, 1), { loss: nn.mseLoss(), optimizer: optim.sgd(), regularization: { l1: NaN } }),
      "trainer: regularization.l1 must be a finite number of at least 0; got NaN",
    ],
    [() => vjp(nn.relu(), [tensor([1, 2])], tensor([1])), "vjp: the cotangent must be [2] like the output; got [1]"],
  ];
  test.each(options)("%s", (act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });

  test.each([
    [{ epochs: 0 }, "fit: epochs must be a whole number of at least 1; got 0"],
    [{ epochs: NaN }, "fit: epochs must be a whole number of at least 1; got NaN"],
    [
      { epoch: 3 },
      "fit: options must be epochs, batchSize, shuffle, dropLast, validation, metrics, progress, onStep, onEpoch, callbacks, signal, timeLimit, stepLimit, schedule, scheduleBy, nonFinite, checkpoint, resume; got epoch",
    ],
  ])("fit with %o", async (bad, message) => {
    await expect(trainer.fit(data.fromArrays(x, good), bad as FitOptions)).rejects.toThrow(message);
  });
  test("fit without data, or without a batch", async () => {
    await expect(trainer.fit(data.fromArrays(x, good), { batchSize: 3, dropLast: true })).rejects.toThrow(
      "fit: batchSize must be at most the number of samples, 2, with dropLast; got 3",
    );
    await expect(
      trainer.fit(data.fromArrays(tensor(new Float32Array(0), [0, 2]), tensor(new Int32Array(0)))),
    ).rejects.toThrow("fit: the number of samples must be a whole number of at least 1; got 0");
  });
});
