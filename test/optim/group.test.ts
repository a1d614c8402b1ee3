import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, manualSeed, nn, ops, optim, tensor, Trainer } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

/** A model whose gradients are given: of sum(weight * g) + sum(bias * h). */
class Given extends nn.Module {
  readonly weight = new nn.Parameter([2, 3]);
  readonly bias = new nn.Parameter([3]);

  override forward(g: Operand): Operand {
    const weighted = ops.sum(ops.multiply(this.weight, ops.slice(g, 0, 0, 2)));
    return ops.add(weighted, ops.sum(ops.multiply(this.bias, ops.reshape(ops.slice(g, 0, 2, 3), [3]))));
  }
}

const GRADIENT = tensor([
  [1, -2, 3],
  [0.5, 0, -1],
  [2, 4, -6],
]);
const START = {
  weight: tensor([
    [1, 2, 3],
    [-4, 5, -6],
  ]),
  bias: tensor([1, -1, 0]),
};
const loss = new nn.Loss("first", (prediction) => prediction);

/** State after so many steps with one gradient. */
function after(optimizer: optim.Optimizer, steps = 1): Record<string, Tensor> {
  const model = new Given();
  model.loadStateDict(START);
  const trainer = new Trainer(model, { loss, optimizer });
  for (let step = 0; step < steps; step++) trainer.step(GRADIENT, tensor([0, 0, 0]));
  return model.stateDict();
}

const biases: nn.Selection = (name) => name.endsWith("bias");

describe("parameter groups", () => {
  test("each has its own numbers, and what it leaves out is the optimizer's", () => {
    const groups = [{ parameters: biases, lr: 0.5, weightDecay: 0 }];
    const state = after(optim.sgd({ lr: 0.1, weightDecay: 0.2, l1: 0.1, groups }));
    const exact = (values: Tensor, g: number[], lr: number, decay: number): number[] =>
      Array.from(values.data, (p, i) => p - lr * ((g[i] ?? NaN) + decay * p + 0.1 * Math.sign(p)));
    expectClose(state["weight"]?.data ?? [], exact(START.weight, [1, -2, 3, 0.5, 0, -1], 0.1, 0.2));
    expectClose(state["bias"]?.data ?? [], exact(START.bias, [2, 4, -6], 0.5, 0));
  });

  test("as separate optimizers give, whatever the optimizer", () => {
    for (const make of [optim.adam, optim.adamW, optim.rmsprop, optim.nAdam, optim.rAdam, optim.lion, optim.adamax]) {
      const [slow, fast] = [after(make({ lr: 0.01 }), 5), after(make({ lr: 0.1, weightDecay: 0.5 }), 5)];
      const both = after(make({ lr: 0.01, groups: [{ parameters: biases, lr: 0.1, weightDecay: 0.5 }] }), 5);
      expect(both["weight"]).toEqual(slow["weight"]);
      expect(both["bias"]).toEqual(fast["bias"]);
    }
  });

  test("learning rates are set by group, without a new program", () => {
    const optimizer = optim.sgd({ lr: 0, groups: [{ parameters: biases }] });
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0, 0]);
    const [, group] = optimizer.groups;
    if (group) group.lr = 0.25;
    const state = after(optimizer);
    expect(state["weight"]).toEqual(START.weight);
    expectClose(state["bias"]?.data ?? [], [0.5, -2, 1.5]);
  });

  test("one call updates a group, though weights and biases alternate in the model", () => {
    manualSeed(1);
    const model = nn.sequential(nn.linear(4, 8), nn.relu(), nn.linear(8, 8), nn.relu(), nn.linear(8, 2));
    const optimizer = optim.adam({ groups: [{ parameters: biases, weightDecay: 0 }] });
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer });
    const program = String(trainer.stepProgram(randomTensor([3, 4], 1), randomTensor([3, 2], 2)));
    expect(program.match(/adam\(/g)).toHaveLength(2);
    expect(program).not.toContain("copyBlock");
  });

  test("parameters may be listed", () => {
    const model = new Given();
    model.loadStateDict(START);
    const optimizer = optim.sgd({ lr: 0.1, groups: [{ parameters: [model.weight], lr: 0 }] });
    new Trainer(model, { loss, optimizer }).step(GRADIENT, tensor([0, 0, 0]));
    expect(model.stateDict()["weight"]).toEqual(START.weight);
    expectClose(model.bias.read(), [0.8, -1.4, 0.6]);
  });
});

describe("max-norm", () => {
  test("weights of a unit are no longer than is allowed after an update, biases and shorter ones are as they were", () => {
    const state = after(optim.sgd({ lr: 0, maxNorm: 4 }));
    const length = Math.sqrt(77);
    expectClose(state["weight"]?.data ?? [], [1, 2, 3, -16 / length, 20 / length, -24 / length]);
    expect(state["bias"]).toEqual(START.bias);
  });

  test("holds for its group alone", () => {
    manualSeed(2);
    const model = nn.sequential(nn.linear(10, 6), nn.relu(), nn.linear(6, 3));
    const groups = [{ parameters: (name: string) => name.startsWith("0."), maxNorm: 0.3 }];
    const trainer = new Trainer(model, {
      loss: nn.mseLoss(),
      optimizer: optim.sgd({ lr: 0.1, momentum: 0.9, groups }),
    });
    for (let step = 0; step < 5; step++) trainer.step(randomTensor([4, 10], step), randomTensor([4, 3], 9));
    const lengths = (name: string, columns: number): number[] =>
      Array.from({ length: (model.stateDict()[name]?.size ?? 0) / columns }, (_, r) =>
        Math.hypot(...(model.stateDict()[name]?.data.slice(r * columns, (r + 1) * columns) ?? [])),
      );
    // The length is that of the scaled floats: each is rounded once more.
    expect(Math.max(...lengths("0.weight", 10))).toBeLessThanOrEqual(0.3 * (1 + 1e-6));
    expect(Math.max(...lengths("0.weight", 10))).toBeGreaterThan(0.29);
    expect(Math.max(...lengths("2.weight", 6))).toBeGreaterThan(0.3);
  });
});

describe("wrong groups and options", () => {
  const attach = (optimizer: optim.Optimizer): unknown => new Trainer(new Given(), { loss, optimizer });
  const number = "must be a finite number of at least 0";
  const refused: readonly [() => unknown, string][] = [
    [() => optim.sgd({ groups: 3 as never }), "TypeError: sgd: groups must be an array; got 3"],
    [
      () => optim.sgd({ groups: [{ parameters: "bias" as never }] }),
      'TypeError: sgd: groups[0]: parameters must be a function or an array; got "bias"',
    ],
    [
      () => optim.adam({ groups: [{ parameters: biases, betas: [0, 0] } as never] }),
      "TypeError: adam: groups[0]: options must be parameters, lr, weightDecay, l1, maxNorm; got betas",
    ],
    [() => optim.adam({ groups: [null as never] }), "TypeError: adam: groups[0]: options must be an object; got null"],
    [
      () => optim.adam({ groups: [{ parameters: biases, lr: NaN }] }),
      `RangeError: adam: groups[0]: lr ${number}; got NaN`,
    ],
    [
      () => optim.adam({ groups: [{ parameters: biases }, { parameters: biases, l1: -1 }] }),
      `RangeError: adam: groups[1]: l1 ${number}; got -1`,
    ],
    [() => optim.sgd({ maxNorm: 0 }), "RangeError: sgd: maxNorm must be a finite number above 0; got 0"],
    [() => optim.sgd({ maxNorm: NaN }), "RangeError: sgd: maxNorm must be a finite number above 0; got NaN"],
    [
      () => attach(optim.sgd({ groups: [{ parameters: () => false }] })),
      "TypeError: sgd: groups[0] must have parameters; got none",
    ],
    [
      () => attach(optim.sgd({ groups: [{ parameters: biases }, { parameters: () => true }] })),
      'TypeError: sgd: a parameter must be in one group; got "bias" in groups[0] and groups[1]',
    ],
    [
      () => attach(optim.sgd({ groups: [{ parameters: [new nn.Parameter([7])] }] })),
      "TypeError: sgd: groups[0]: parameters must be parameters of the model; got parameter [7], which is not",
    ],
    [
      () => (optim.sgd().momentum = 0.9),
      "TypeError: sgd: momentum must be one that it was made with; got 0.9 for none",
    ],
    [() => (optim.adam().momentum = 1), "RangeError: adam: momentum must be from 0 to below 1; got 1"],
    [() => (optim.adam().momentum = NaN), "RangeError: adam: momentum must be from 0 to below 1; got NaN"],
    [() => optim.rmsprop({ alpha: 1 }), "RangeError: rmsprop: alpha must be from 0 to below 1; got 1"],
    [() => optim.rmsprop({ alpha: NaN }), "RangeError: rmsprop: alpha must be from 0 to below 1; got NaN"],
    [() => optim.rmsprop({ eps: 0 }), "RangeError: rmsprop: eps must be a finite number above 0; got 0"],
    [() => optim.rmsprop({ momentum: -1 }), `RangeError: rmsprop: momentum ${number}; got -1`],
    [() => optim.adagrad({ lrDecay: -1 }), `RangeError: adagrad: lrDecay ${number}; got -1`],
    [
      () => optim.adagrad({ initialAccumulatorValue: NaN }),
      `RangeError: adagrad: initialAccumulatorValue ${number}; got NaN`,
    ],
    [() => optim.adadelta({ rho: 1 }), "RangeError: adadelta: rho must be from 0 to below 1; got 1"],
    [() => optim.adamax({ betas: [0.9, 1] }), "RangeError: adamax: betas[1] must be from 0 to below 1; got 1"],
    [() => optim.nAdam({ momentumDecay: -1 }), `RangeError: nAdam: momentumDecay ${number}; got -1`],
    [() => optim.rAdam({ betas: [0.9] as never }), "TypeError: rAdam: betas must be two numbers; got [0.9]"],
    [() => optim.lion({ lr: -1 }), `RangeError: lion: lr ${number}; got -1`],
    [
      () => optim.lion({ eps: 1 } as never),
      "TypeError: lion: options must be lr, weightDecay, l1, maxNorm, groups, betas; got eps",
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });

  test("a trainer that is refused leaves the optimizer free", () => {
    const optimizer = optim.sgd({ groups: [{ parameters: biases }] });
    expect(() => new Trainer(nn.linear(2, 2, { bias: false }), { loss, optimizer })).toThrow("must have parameters");
    expect(attach(optimizer)).toBeInstanceOf(Trainer);
  });
});

test("adagrad begins with the sum that it is given, and its learning rate falls", () => {
  const state = after(optim.adagrad({ lr: 0.1, initialAccumulatorValue: 3, lrDecay: 1 }), 2);
  let [p, sum] = [1, 3];
  for (const step of [1, 2]) {
    sum += 1;
    p -= 0.1 / step / Math.sqrt(sum);
  }
  expectClose(state["weight"]?.data.subarray(0, 1) ?? [], [p]);
});
