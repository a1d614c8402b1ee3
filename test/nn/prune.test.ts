import { describe, expect, test } from "vitest";
import { data, manualSeed, nn, optim, tensor, Trainer } from "../../src/index.ts";
import { randomTensor, thrownBy } from "../support.ts";

/** Weights of sizes 1 to 6 and 10 to 60, and biases. */
function make(): nn.Sequential {
  const model = nn.sequential(nn.linear(3, 2), nn.tanh(), nn.linear(2, 3));
  model.loadStateDict({
    "0.weight": tensor([
      [1, -2, 3],
      [-4, 5, -6],
    ]),
    "0.bias": tensor([0.1, 0.2]),
    "2.weight": tensor([
      [10, -20],
      [30, -40],
      [50, -60],
    ]),
    "2.bias": tensor([0.1, 0.2, 0.3]),
  });
  return model;
}

const weightsOf = (model: nn.Module): number[][] =>
  model
    .parameters()
    .filter(({ shape }) => shape.length > 1)
    .map((each) => [...each.read()]);

describe("prune", () => {
  const cases: readonly [nn.PruneOptions, number[][]][] = [
    [
      { amount: 0.5 },
      [
        [0, 0, 0, -4, 5, -6],
        [0, 0, 0, -40, 50, -60],
      ],
    ],
    [
      { amount: 0.5, scope: "global" },
      [
        [0, 0, 0, 0, 0, 0],
        [10, -20, 30, -40, 50, -60],
      ],
    ],
    [
      { threshold: 4, scope: "global" },
      [
        [0, 0, 0, 0, 5, -6],
        [10, -20, 30, -40, 50, -60],
      ],
    ],
    [
      { amount: 1, parameters: (name) => name === "2.weight" },
      [
        [1, -2, 3, -4, 5, -6],
        [0, 0, 0, 0, 0, 0],
      ],
    ],
    [
      { amount: 0 },
      [
        [1, -2, 3, -4, 5, -6],
        [10, -20, 30, -40, 50, -60],
      ],
    ],
  ];
  test.each(cases)("%o", (options, expected) => {
    const model = make();
    nn.prune(model, options);
    expect(weightsOf(model)).toEqual(expected);
    expect([...(model.stateDict()["0.bias"]?.data ?? [])]).toEqual([...Float32Array.of(0.1, 0.2)]);
  });

  test("a further share is one of what is left; of equal sizes the first go", () => {
    const model = make();
    nn.prune(model, { amount: 1 / 3 });
    nn.prune(model, { amount: 0.5 });
    expect(weightsOf(model)).toEqual([
      [0, 0, 0, 0, 5, -6],
      [0, 0, 0, 0, 50, -60],
    ]);
    const equal = nn.linear(4, 1);
    equal.weight.assign([2, 2, -2, 2]);
    nn.prune(equal, { amount: 0.5 });
    expect([...equal.weight.read()]).toEqual([0, 0, -2, 2]);
  });

  test("reports how sparse weights are", () => {
    const model = make();
    const report = nn.prune(model, { amount: 1 / 3, parameters: (name) => name === "0.weight" });
    expect(report.layers).toEqual([{ name: "0.weight", zeros: 2, size: 6 }]);
    const whole = nn.sparsity(model);
    expect([whole.zeros, whole.size, whole.share]).toEqual([2, 12, 2 / 12]);
    expect(String(whole)).toBe(
      [
        "weights   zeros  of  sparsity",
        "--------  -----  --  --------",
        "0.weight      2   6    33.3 %",
        "2.weight      0   6     0.0 %",
        "all           2  12    16.7 %",
      ].join("\n"),
    );
  });

  test("training keeps zeros, whatever the optimizer remembers, and goes on with the rest", async () => {
    const optimizers = [
      optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
      optim.adam({ lr: 0.05 }),
      optim.lion({ lr: 0.01, l1: 0.1 }),
      optim.rmsprop({ lr: 0.01, momentum: 0.9, centered: true }),
      optim.adadelta({ maxNorm: 0.5 }),
    ];
    for (const optimizer of optimizers) {
      manualSeed(1);
      const model = nn.sequential(nn.linear(6, 20), nn.tanh(), nn.linear(20, 3));
      const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer, clip: { norm: 1 } });
      const set = data.fromArrays(randomTensor([16, 6], 1), randomTensor([16, 3], 2));
      await trainer.fit(set, { epochs: 2, batchSize: 4, progress: false });
      const { zeros } = nn.prune(model, { amount: 0.7, scope: "global" });
      const kept = weightsOf(model).flat();
      await trainer.fit(set, { epochs: 2, batchSize: 4, progress: false });
      trainer.step(set.x, set.y);
      const after = weightsOf(model).flat();
      expect(after.filter((value) => value === 0)).toHaveLength(zeros);
      expect(after.filter((value, i) => value === 0 && kept[i] === 0)).toHaveLength(zeros);
      expect(after).not.toEqual(kept);
    }
  });

  test("within an epoch of fit it holds from the next step on", async () => {
    manualSeed(1);
    const model = nn.linear(6, 3);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.05 }) });
    const zeros: number[] = [];
    await trainer.fit(data.fromArrays(randomTensor([8, 6], 1), randomTensor([8, 3], 2)), {
      batchSize: 2,
      progress: false,
      onStep: ({ step }) => {
        if (step === 2) nn.prune(model, { amount: 0.5 });
        zeros.push(nn.sparsity(model).zeros);
      },
    });
    expect(zeros).toEqual([0, 9, 9, 9]);
  });

  test("pruned weights stay 0 where values are initialized again", () => {
    const layer = nn.linear(4, 4);
    nn.prune(layer, { amount: 0.5 });
    const mask = [...(layer.weight.mask?.read() ?? [])];
    nn.init.constant(layer.weight, 2);
    expect([...layer.weight.read()]).toEqual(mask.map((isLearned) => 2 * isLearned));
    nn.init.normal(layer.weight);
    expect(nn.sparsity(layer).zeros).toBe(8);
  });

  test("pruned weights count in no norm", () => {
    const model = nn.linear(2, 1, { bias: false });
    model.weight.assign([1, 5]);
    nn.prune(model, { amount: 0.5 });
    const loss = new nn.Loss("first", (prediction) => prediction);
    const trainer = new Trainer(model, { loss, optimizer: optim.sgd({ lr: 0 }), clip: { norm: 1 } });
    trainer.step(tensor([[3, 4]]), tensor([[0]]));
    expect(trainer.gradientNorm).toBe(4);
  });

  test("a state that is loaded has zeros where weights are pruned; a sparse one gives its masks again", () => {
    const model = make();
    nn.prune(model, { amount: 0.5 });
    const state = model.stateDict();
    model.loadStateDict(make().stateDict());
    expect(model.stateDict()).toEqual(state);
    const other = make();
    other.loadStateDict(state);
    expect(nn.prune(other, { threshold: 0 }).zeros).toBe(6);
    other.loadStateDict(make().stateDict());
    expect(other.stateDict()).toEqual(state);
  });

  test("removed, zeros are learned again", () => {
    const model = nn.linear(4, 2);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    nn.prune(model, { amount: 1 });
    trainer.step(randomTensor([3, 4], 1), randomTensor([3, 2], 2));
    nn.removePruning(model);
    expect(nn.sparsity(model).share).toBe(1);
    trainer.step(randomTensor([3, 4], 1), randomTensor([3, 2], 2));
    expect(nn.sparsity(model).share).toBe(0);
  });

  const refused: readonly [() => unknown, string][] = [
    [() => nn.prune(make(), {}), "TypeError: prune: amount or threshold must be given; got neither"],
    [
      () => nn.prune(make(), { amount: 0.1, threshold: 1 }),
      "TypeError: prune: amount or threshold must be given; got both",
    ],
    [() => nn.prune(make(), { amount: 1.5 }), "RangeError: prune: amount must be from 0 to 1; got 1.5"],
    [() => nn.prune(make(), { amount: NaN }), "RangeError: prune: amount must be from 0 to 1; got NaN"],
    [
      () => nn.prune(make(), { threshold: -1 }),
      "RangeError: prune: threshold must be a finite number of at least 0; got -1",
    ],
    [
      () => nn.prune(make(), { amount: 0.5, scope: "model" as never }),
      'RangeError: prune: scope must be "layer" or "global"; got "model"',
    ],
    [
      () => nn.prune(make(), { share: 0.5 } as never),
      "TypeError: prune: options must be amount, threshold, scope, parameters; got share",
    ],
    [
      () => nn.prune(make(), { amount: 0.5, parameters: [nn.linear(1, 1).weight] }),
      "TypeError: prune: parameters must be parameters of the model; got parameter [1, 1], which is not",
    ],
    [
      () => nn.prune(make(), { amount: 0.5, parameters: () => false }),
      "TypeError: prune: there must be parameters; got none",
    ],
    [() => nn.sparsity(nn.relu()), "TypeError: sparsity: there must be parameters; got none"],
    [
      () => nn.sparsity(make(), "0.weight" as never),
      'TypeError: sparsity: parameters must be a function or an array; got "0.weight"',
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
