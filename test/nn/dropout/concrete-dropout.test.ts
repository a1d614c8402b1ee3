import { describe, expect, test } from "vitest";
import { type Operand, Trainer, manualSeed, monteCarlo, nn, ops, optim, tensor } from "../../../src/index.ts";
import { expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";
import { Held, momentsOf, parameterFaults } from "./support.ts";

const logit = (p: number): number => Math.log(p / (1 - p));

describe("concreteDropout", () => {
  test("gradients by input, weights and p, the noise held", () => {
    manualSeed(1);
    // Soft masks, so that a step of the difference is small against their slope.
    const layer = nn.concreteDropout(nn.linear(4, 3), { p: 0.3, temperature: 0.7 });
    expectGradient(new Held(layer), [randomTensor([5, 4], 2)]);
    expect(parameterFaults(layer, randomTensor([5, 4], 2))).toBeLessThan(2e-3);
    expectGradient(new Held(nn.concreteDropout(nn.relu(), { temperature: 0.7, axes: [2] })), [
      randomTensor([2, 3, 4], 3),
    ]);
  });

  test("masks are soft, nearly 0 or 1, with the mean of dropout; evaluation is the layer", () => {
    manualSeed(2);
    const layer = nn.concreteDropout(nn.identity(), { p: 0.3 });
    const ones = tensor(new Float32Array(100_000).fill(1), [1000, 100]);
    const { data } = layer.run(ones);
    // P(z > 1/2) = P(logit u > -logit p) = p, for any temperature.
    const dropped = data.filter((value) => value * 0.7 < 0.5).length / data.length;
    expect(Math.abs(dropped - 0.3)).toBeLessThan(3.9 * Math.sqrt((0.3 * 0.7) / data.length));
    expect(data.filter((value) => value * 0.7 > 0.1 && value * 0.7 < 0.9).length / data.length).toBeLessThan(0.12);
    expect(Math.abs(momentsOf(data)[0] - 1)).toBeLessThan(0.02);
    expect(layer.predict(ones).data).toEqual(ones.data);
    expect(layer.p).toBeCloseTo(0.3, 6);
    expect(layer.describe()).toBe("concreteDropout 0.30");
    const shared = nn.concreteDropout(nn.identity(), { axes: [1] }).run(ones).data;
    for (let row = 0; row < 1000; row++) expect(new Set(shared.subarray(row * 100, row * 100 + 100)).size).toBe(1);
  });

  test("state names are p_logit and the layer's", () => {
    const layer = nn.concreteDropout(nn.linear(2, 1), { p: 0.25 });
    expect(Object.keys(layer.stateDict())).toEqual(["p_logit", "layer.weight", "layer.bias"]);
    expectClose(layer.stateDict()["p_logit"]?.data ?? [], [logit(0.25)]);
  });

  test("its regularizer is added to the loss of a step, with its gradient, and to no evaluation", () => {
    const [p, weightRegularizer, dropoutRegularizer] = [0.3, 0.01, 0.02];
    const layer = nn.concreteDropout(nn.linear(3, 2), { p, weightRegularizer, dropoutRegularizer });
    const zero = new nn.Loss("zero", (prediction: Operand) => ops.affine(ops.sum(prediction), 0, 0));
    const trainer = new Trainer(layer, { loss: zero, optimizer: optim.sgd({ lr: 1 }) });
    const [x, y] = [randomTensor([5, 3], 1), randomTensor([5, 2], 2)];
    const before = layer.stateDict();
    const values = ["layer.weight", "layer.bias"].flatMap((name) => [...(before[name]?.data ?? [])]);
    const squares = values.reduce((sum, value) => sum + value ** 2, 0);
    const entropy = p * Math.log(p) + (1 - p) * Math.log(1 - p);
    expect(trainer.evaluate({ x, y, length: 5 }).loss).toBe(0);
    const expected = (weightRegularizer * squares) / (1 - p) + dropoutRegularizer * 3 * entropy;
    expectClose([trainer.step(x, y)], [expected], { relative: 1e-5 });
    // d/dp of both terms, times dp/dlogit = p (1 - p).
    const byP = (weightRegularizer * squares) / (1 - p) ** 2 + dropoutRegularizer * 3 * logit(p);
    expectClose(layer.pLogit.read(), [logit(p) - byP * p * (1 - p)], { relative: 1e-5 });
    const after = values.map((value) => value * (1 - (2 * weightRegularizer) / (1 - p)));
    expectClose((layer.layer as nn.Linear).weight.read(), after.slice(0, 6), { relative: 1e-5 });
  });

  test("a branch that is left out asks for nothing", () => {
    const inner = nn.concreteDropout(nn.linear(3, 3), { dropoutRegularizer: 1 });
    const branch = nn.stochasticDepth(inner, 0);
    const zero = new nn.Loss("zero", (prediction: Operand) => ops.affine(ops.sum(prediction), 0, 0));
    const trainer = new Trainer(branch, { loss: zero, optimizer: optim.sgd({ lr: 0.1 }) });
    const x = randomTensor([5, 3], 1);
    expect(trainer.step(x, x)).toBeLessThan(-0.5);
    branch.p = 1;
    const before = inner.p;
    expect(trainer.step(x, x)).toBe(0);
    expect(inner.p).toBe(before);
  });

  // The target follows from the input exactly: where the entropy weighs nothing, the rate falls as far as the fit wants;
  // where it weighs much, the rate goes to 1/2, where entropy is highest.
  test.each([
    { dropoutRegularizer: 0, from: 0, to: 0.05 },
    { dropoutRegularizer: 10, from: 0.4, to: 0.6 },
  ])(
    "p moves from 0.2 to between $from and $to with an entropy of weight $dropoutRegularizer",
    ({ dropoutRegularizer, from, to }) => {
      manualSeed(3);
      const layer = nn.concreteDropout(nn.linear(4, 1), { p: 0.2, dropoutRegularizer });
      const trainer = new Trainer(layer, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.03 }) });
      const x = randomTensor([256, 4], 4);
      const y = tensor(
        Float32Array.from({ length: 256 }, (_, i) => 2 * (x.data[4 * i] ?? 0) - (x.data[4 * i + 1] ?? 0)),
        [256, 1],
      );
      for (let i = 0; i < 400; i++) trainer.step(x, y);
      expect(layer.p).toBeGreaterThan(from);
      expect(layer.p).toBeLessThan(to);
    },
  );

  test("joins Monte Carlo dropout by itself", () => {
    const model = nn.sequential(nn.linear(3, 8), nn.concreteDropout(nn.linear(8, 1), { p: 0.4 }));
    const { variance } = monteCarlo(model, randomTensor([4, 3], 1));
    expect(variance.data.every((value) => value > 0)).toBe(true);
  });
});

const refused: readonly [() => unknown, string][] = [
  ...[0, 1, -1, NaN].map((p): [() => unknown, string] => [
    () => nn.concreteDropout(nn.relu(), { p }),
    `RangeError: concreteDropout: p must be above 0 and below 1; got ${p}`,
  ]),
  [
    () => nn.concreteDropout(nn.relu(), { p: "0.5" as never }),
    'RangeError: concreteDropout: p must be above 0 and below 1; got "0.5"',
  ],
  [
    () => nn.concreteDropout(nn.relu(), { temperature: 0 }),
    "RangeError: concreteDropout: temperature must be a finite number above 0; got 0",
  ],
  [
    () => nn.concreteDropout(nn.relu(), { weightRegularizer: -1 }),
    "RangeError: concreteDropout: weightRegularizer must be a finite number of at least 0; got -1",
  ],
  [
    () => nn.concreteDropout(nn.relu(), { dropoutRegularizer: NaN }),
    "RangeError: concreteDropout: dropoutRegularizer must be a finite number of at least 0; got NaN",
  ],
  [
    () => nn.concreteDropout(nn.relu(), { rate: 0.1 } as never),
    "TypeError: concreteDropout: options must be p, weightRegularizer, dropoutRegularizer, temperature, axes; got rate",
  ],
  [() => nn.concreteDropout(5 as never), "TypeError: concreteDropout: the layer must be a module; got 5"],
  [
    () => nn.concreteDropout(nn.relu(), { axes: [2] }).run(randomTensor([2, 3], 1)),
    "RangeError: concreteDropout: axis must be from -2 to 1; got 2 for input [2, 3]",
  ],
  [() => nn.addLoss(ops.filled([2], 0)), "TypeError: addLoss: the term must be one number; got fill [2]"],
];
test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
