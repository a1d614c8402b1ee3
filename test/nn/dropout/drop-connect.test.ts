import { describe, expect, test } from "vitest";
import { type Operand, Trainer, manualSeed, nn, ops, optim, tensor } from "../../../src/index.ts";
import { expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";
import { TWO_SIDED } from "../../statistics.ts";
import { Held, momentsOf, parameterFaults } from "./support.ts";

/** The same row again and again. */
const repeated = (row: ArrayLike<number>, times: number) =>
  tensor(
    Float32Array.from({ length: row.length * times }, (_, i) => row[i % row.length] ?? NaN),
    [times, row.length],
  );

const OPTIONS: readonly nn.DropConnectOptions[] = [
  {},
  { bias: false },
  { masks: "sample" },
  { masks: "sample", bias: false },
  { activation: nn.tanh() },
  { evaluation: "moments", activation: nn.tanh(), masks: "sample" },
];

describe.each(OPTIONS)("dropConnect %o", (options) => {
  test.each([true, false])("gradients by input and parameters, training %s", (training) => {
    manualSeed(1);
    const layer = nn.dropConnect(5, 4, { p: 0.4, ...options }).train(training);
    const x = randomTensor([3, 5], 2);
    expectGradient(new Held(layer), [x]);
    // Squares of weights near 0 bend sharply, and a step of 1e-2 would not see it.
    expect(parameterFaults(layer, x, 2e-3)).toBeLessThan(4e-3);
  });

  test("names and shapes are those of a linear layer", () => {
    const layer = nn.dropConnect(5, 4, options);
    const state = nn.linear(5, 4, { bias: options.bias ?? true }).stateDict();
    layer.loadStateDict(state);
    expect(layer.stateDict()).toEqual(state);
    expect(Object.keys(nn.sequential(nn.relu(), layer).stateDict())).toEqual(
      Object.keys(state).map((name) => `1.${name}`),
    );
    expect(layer.run(randomTensor([2, 3, 5], 1)).shape).toEqual([2, 3, 4]);
  });
});

describe("dropConnect", () => {
  test("one mask a batch: equal rows stay equal; one a sample: mean and variance by formula", () => {
    manualSeed(2);
    const [samples, inputs, outputs, p] = [20_000, 6, 3, 0.3];
    const row = randomTensor([inputs], 3).data;
    const batch = nn.dropConnect(inputs, outputs, { p });
    const { data: equal } = batch.run(repeated(row, 50));
    expect(equal).toEqual(repeated(equal.subarray(0, outputs), 50).data);

    const sample = nn.dropConnect(inputs, outputs, { p, masks: "sample" });
    const { data } = sample.run(repeated(row, samples));
    const mean = sample.predict(tensor(row, [1, inputs])).data;
    for (let o = 0; o < outputs; o++) {
      const [gotMean, gotVariance] = momentsOf(data.filter((_, i) => i % outputs === o));
      const terms = Array.from(row, (value, i) => value * (sample.weight.read()[o * inputs + i] ?? NaN));
      const variance =
        (p / (1 - p)) * [...terms, sample.bias?.read()[o] ?? NaN].reduce((sum, term) => sum + term ** 2, 0);
      expect(Math.abs(gotMean - (mean[o] ?? NaN))).toBeLessThan(TWO_SIDED * Math.sqrt(variance / samples));
      // The fourth moment of a sum of independent terms is below that of a normal one by their own excess, at most
      // (1 - 6 p (1 - p)) / (p (1 - p)) = -1.2 for p = 0.3: the bound of the normal distribution holds.
      expect(Math.abs(gotVariance / variance - 1)).toBeLessThan(TWO_SIDED * Math.sqrt(2 / samples));
    }
  });

  test("moments: the mean of the activation over masks, which the mean weights miss", () => {
    manualSeed(3);
    const [samples, inputs, outputs] = [40_000, 64, 4];
    const make = (evaluation: "mean" | "moments"): nn.DropConnect =>
      nn.dropConnect(inputs, outputs, { masks: "sample", evaluation, activation: nn.relu() });
    const [moments, mean] = [make("moments"), make("mean")];
    const row = randomTensor([1, inputs], 4, 2);
    mean.loadStateDict(moments.stateDict());
    const { data } = moments.run(repeated(row.data, samples));
    const columns = Array.from({ length: outputs }, (_, o) => momentsOf(data.filter((__, i) => i % outputs === o)));
    const drawn = columns.map(([each]) => each);
    // 64 weights make the sum normal to about 1 / 64 of its deviation of 1.
    const bounds = columns.map(([, variance]) => TWO_SIDED * Math.sqrt(variance / samples) + 1 / 64);
    const off = (found: Float32Array): number =>
      Math.max(...found.map((value, o) => Math.abs(value - (drawn[o] ?? NaN)) / (bounds[o] ?? NaN)));
    expect(off(moments.predict(row).data)).toBeLessThan(1);
    expect(off(mean.predict(row).data)).toBeGreaterThan(3);
  });

  test("moments: E relu(u) of a normal u, in closed form", () => {
    const layer = nn.dropConnect(2, 1, { p: 0.5, bias: false, evaluation: "moments", activation: nn.relu() });
    layer.weight.assign([0.6, -0.8]); // on [1, 1]: mean -0.2, variance 1
    const mean = -0.2;
    const density = Math.exp(-(mean ** 2) / 2) / Math.sqrt(2 * Math.PI);
    // mean Φ(mean) + density, with Φ(-0.2) = 0.42074029056089696
    const expected = mean * 0.42074029056089696 + density;
    // Points 10 / 63 apart see the kink of relu to within the square of that times the density, over 8.
    expectClose(layer.predict(tensor([[1, 1]])).data, [expected], {
      relative: 0,
      absolute: ((10 / 63) ** 2 * 0.4) / 8,
    });
  });

  test("trains", () => {
    manualSeed(4);
    const model = nn.sequential(nn.linear(2, 16), nn.tanh(), nn.dropConnect(16, 1, { p: 0.2, masks: "sample" }));
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.05 }) });
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = tensor([[0], [1], [1], [0]]);
    for (let i = 0; i < 300; i++) trainer.step(x, y);
    expect(trainer.evaluate({ x, y, length: 4 }).loss).toBeLessThan(0.05);
  });
});

describe("weightDrop", () => {
  test("masks the named weights while training, and is the layer itself in evaluation", () => {
    manualSeed(5);
    const layer = nn.linear(40, 50);
    const dropped = nn.weightDrop(layer, ["weight"], 0.5);
    expect(dropped.describe()).toBe("weightDrop 0.5 of weight");
    const identity = tensor(
      Float32Array.from({ length: 1600 }, (_, i) => (i % 41 === 0 ? 1 : 0)),
      [40, 40],
    );
    const weights = dropped.run(identity).data.map((value, i) => value - (layer.bias?.read()[i % 50] ?? NaN));
    const expected = weights.map((_, i) => layer.weight.read()[(i % 50) * 40 + Math.floor(i / 50)] ?? NaN);
    const isDropped = weights.map((value, i) => Number(Math.abs(value) < 1e-6 && Math.abs(expected[i] ?? 0) > 1e-5));
    expectClose(
      weights,
      expected.map((value, i) => (isDropped[i] ? 0 : 2 * value)),
      { relative: 1e-5, absolute: 3e-5 },
    );
    const count = isDropped.reduce((sum, each) => sum + each, 0);
    expect(Math.abs(count - 1000)).toBeLessThan(TWO_SIDED * Math.sqrt(500));
    expect(dropped.predict(identity)).toEqual(layer.predict(identity));
    expect(dropped.run(identity)).not.toEqual(dropped.run(identity));
    dropped.p = 0;
    expect(dropped.run(identity)).toEqual(layer.run(identity));
  });

  test("state names stay those of the layer, however deep, and shared weights share a mask", () => {
    const layer = nn.linear(4, 4);
    const body = nn.sequential(layer, nn.relu(), layer);
    expect(Object.keys(nn.weightDrop(body, ["0.weight"]).stateDict())).toEqual(Object.keys(body.stateDict()));
    const model = nn.sequential(nn.relu(), nn.weightDrop(body, ["0.weight", "0.bias"], 1));
    expect(Object.keys(model.stateDict())).toEqual(["1.0.weight", "1.0.bias", "1.2.weight", "1.2.bias"]);
    expect([...model.run(randomTensor([3, 4], 1)).data].every((value) => value === 0)).toBe(true);
    expect(layer.weight).toBeInstanceOf(nn.Parameter);
  });

  test("gradients by input and parameters, in arrays and in properties", () => {
    class Product extends nn.Module {
      readonly weights = [1, 2].map((seed) => {
        const parameter = new nn.Parameter([3, 3]);
        parameter.assign(randomTensor([3, 3], seed).data);
        return parameter;
      });
      override forward(x: Operand): Operand {
        return this.weights.reduce<Operand>((value, weight) => ops.matmul(value, weight), x);
      }
    }
    manualSeed(6);
    const x = randomTensor([2, 3], 3);
    for (const layer of [
      nn.weightDrop(new Product(), ["weights.1"], 0.5),
      nn.weightDrop(nn.sequential(nn.linear(3, 5), nn.tanh(), nn.linear(5, 2)), ["2.weight", "0.bias"], 0.5),
    ]) {
      expectGradient(new Held(layer), [x]);
      expect(parameterFaults(layer, x)).toBeLessThan(2e-3);
    }
  });

  test("an error in the layer leaves it whole", () => {
    const layer = nn.linear(3, 2);
    const weight = layer.weight;
    expect(thrownBy(() => nn.weightDrop(layer, ["weight"]).run(randomTensor([2, 4], 1)))).toContain("must be 3");
    expect(layer.weight).toBe(weight);
  });
});

/** Holds its parameter where nothing finds it but its own list of names. */
class Hidden extends nn.Module {
  readonly #weight = new nn.Parameter([1]);

  override forward(x: Operand): Operand {
    return x;
  }

  override namedState(): [string, nn.Parameter][] {
    return [["weight", this.#weight]];
  }
}

const refused: readonly [() => unknown, string][] = [
  [() => nn.dropConnect(2, 2, { p: 1.5 }), "RangeError: dropConnect: p must be from 0 to 1; got 1.5"],
  [() => nn.dropConnect(2, 2, { p: NaN }), "RangeError: dropConnect: p must be from 0 to 1; got NaN"],
  [
    () => nn.dropConnect(2, 2, { masks: "each" as never }),
    'RangeError: dropConnect: masks must be "batch" or "sample"; got "each"',
  ],
  [
    () => nn.dropConnect(2, 2, { evaluation: "draws" as never }),
    'RangeError: dropConnect: evaluation must be "mean" or "moments"; got "draws"',
  ],
  [
    () => nn.dropConnect(2, 2, { evaluation: "moments" }),
    "TypeError: dropConnect: evaluation by moments must have an activation; got none",
  ],
  [
    () => nn.dropConnect(2, 2, { evaluation: "moments", activation: nn.relu(), p: 1 }),
    "RangeError: dropConnect: p must be below 1 for evaluation by moments; got 1",
  ],
  [
    () => nn.dropConnect(2, 2, { activation: "relu" as never }),
    'TypeError: dropConnect: activation must be a module; got "relu"',
  ],
  [
    () => nn.dropConnect(2, 2, { points: 1 }),
    "RangeError: dropConnect: points must be a whole number of at least 2; got 1",
  ],
  [() => nn.dropConnect(0, 2), "RangeError: linear: inFeatures must be a whole number of at least 1; got 0"],
  [
    () => nn.dropConnect(2, 2, { mask: "batch" } as never),
    "TypeError: dropConnect: options must be p, bias, masks, evaluation, activation, points; got mask",
  ],
  [
    () => nn.dropConnect(3, 2).run(randomTensor([2, 2], 1)),
    "ShapeError: dropConnect: the last axis of the input must be 3; got input [2, 2]",
  ],
  [() => nn.weightDrop(nn.linear(1, 1), ["weight"], -1), "RangeError: weightDrop: p must be from 0 to 1; got -1"],
  [
    () => nn.weightDrop(nn.linear(1, 1), ["wieght"]),
    "TypeError: weightDrop: names must be among weight, bias; got wieght",
  ],
  [
    () => nn.weightDrop(new Hidden(), ["weight"]),
    "TypeError: weightDrop: Hidden must have weight in a property, or in an array there",
  ],
];
test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
