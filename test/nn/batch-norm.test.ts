import { describe, expect, test } from "vitest";
import { Trainer, manualSeed, nn, optim, tensor, vjp } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values: readonly number[], less = 0): number => {
  const mean = meanOf(values);
  return (meanOf(values.map((value) => (value - mean) ** 2)) * values.length) / (values.length - less);
};
/** The values of column c of a matrix [rows, columns]. */
const column = (values: Float32Array, columns: number, c: number): number[] =>
  [...values].filter((_, i) => i % columns === c);

describe("state and description", () => {
  test.each([
    [nn.batchNorm1d(3), ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"], "batchNorm1d 3"],
    [nn.batchNorm2d(3, { affine: false }), ["running_mean", "running_var", "num_batches_tracked"], "batchNorm2d 3"],
    [nn.batchNorm1d(3, { trackRunningStats: false }), ["weight", "bias"], "batchNorm1d 3"],
  ] as const)("%o", (module, names, described) => {
    const state = module.stateDict();
    expect(Object.keys(state)).toEqual(names);
    expect(Object.entries(state).map(([name, { shape, dtype }]) => [shape, dtype, name])).toEqual(
      names.map((name) => (name === "num_batches_tracked" ? [[], "int32", name] : [[3], "float32", name])),
    );
    expect(module.describe()).toBe(described);
  });
});

test.each([0, 1e4])("a batch whose mean is near %d has mean 0 and variance 1 afterwards", (mean) => {
  const x = randomTensor([64, 5], 1, Math.sqrt(3));
  x.data.forEach((value, i) => (x.data[i] = value + mean));
  const layers = [nn.batchNorm1d(5), nn.batchNorm2d(1), nn.groupNorm(1, 64)];
  const shapes = [
    [64, 5],
    [64, 1, 1, 5],
    [1, 64, 5],
  ];
  layers.forEach((layer, i) => {
    const y = layer.run(tensor(x.data, shapes[i] ?? []));
    const groups = i === 0 ? [0, 1, 2, 3, 4].map((c) => column(y.data, 5, c)) : [[...y.data]];
    for (const group of groups) {
      // The mean of x is a float: half of 2^-10 near 1e4.
      expect(Math.abs(meanOf(group))).toBeLessThan(mean === 0 ? 1e-6 : 2 ** -11 * 1.5);
      expectClose([varianceOf(group)], [1], { relative: 3e-5 }); // eps is 1e-5
    }
  });
});

describe("running statistics", () => {
  const batches = [1, 2, 3].map((seed) => randomTensor([6, 2], seed));

  test.each([
    ["move by momentum", 0.3],
    ["are averages of all batches where momentum is null", null],
  ])("%s", (_, momentum) => {
    const layer = nn.batchNorm1d(2, { momentum });
    for (const batch of batches) layer.run(batch);
    const state = layer.stateDict();
    for (const c of [0, 1]) {
      let [mean, variance] = [0, 1];
      batches.forEach(({ data }, i) => {
        const way = momentum ?? 1 / (i + 1);
        mean += way * (meanOf(column(data, 2, c)) - mean);
        variance += way * (varianceOf(column(data, 2, c), 1) - variance);
      });
      expectClose([state["running_mean"]?.data[c] ?? NaN], [mean]);
      expectClose([state["running_var"]?.data[c] ?? NaN], [variance]);
    }
    expect(state["num_batches_tracked"]?.item()).toBe(3);
  });

  test("normalize in evaluation, and follow what is loaded", () => {
    const layer = nn.batchNorm1d(2, { eps: 0 });
    layer.eval();
    const x = tensor([1, 2, 3, 4], [2, 2]);
    expect([...layer.run(x).data]).toEqual([1, 2, 3, 4]);
    const state = layer.stateDict();
    layer.loadStateDict({ ...state, running_mean: tensor([1, 2]), running_var: tensor([4, 0.25]) });
    expect([...layer.run(x).data]).toEqual([0, 0, 1, 4]);
    expect([...layer.predict(x).data]).toEqual([0, 0, 1, 4]);
    expect(layer.stateDict()["num_batches_tracked"]?.item()).toBe(0);
  });

  test("stand still where the layer is in evaluation, though the model trains", () => {
    const frozen = nn.batchNorm1d(2);
    const model = nn.sequential(nn.linear(2, 2), frozen, nn.linear(2, 1));
    frozen.eval();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const before = frozen.stateDict();
    trainer.step(randomTensor([4, 2], 1), randomTensor([4, 1], 2));
    expect(frozen.stateDict()["running_mean"]).toEqual(before["running_mean"]);
    expect(frozen.stateDict()["weight"]).not.toEqual(before["weight"]);
    frozen.train();
    trainer.step(randomTensor([4, 2], 1), randomTensor([4, 1], 2));
    expect(frozen.stateDict()["running_mean"]).not.toEqual(before["running_mean"]);
    expect(frozen.stateDict()["num_batches_tracked"]?.item()).toBe(1);
  });

  test("where there are none, batches are normalized in evaluation too", () => {
    const layer = nn.batchNorm1d(2, { trackRunningStats: false });
    const [x] = batches as [(typeof batches)[number]];
    const y = layer.run(x);
    expect(layer.eval().run(x)).toEqual(y);
    expect(thrownBy(() => layer.run(tensor([[1, 2]])))).toBe(
      "ShapeError: batchNorm1d: a batch must have more than one value for each channel while training; got input [1, 2]",
    );
  });
});

test("a model with batch normalization learns, and evaluation follows training", () => {
  manualSeed(1);
  const model = nn.sequential(nn.linear(3, 8), nn.batchNorm1d(8), nn.tanh(), nn.linear(8, 1));
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.02 }) });
  const x = randomTensor([32, 3], 1);
  const y = tensor(
    [...Array(32).keys()].map((r) => Math.sin(3 * (x.data[3 * r] ?? 0)) + 5),
    [32, 1],
  );
  for (let step = 0; step < 500; step++) trainer.step(x, y);
  const error = meanOf([...model.predict(x).data].map((value, r) => (value - (y.data[r] ?? 0)) ** 2));
  expect(error).toBeLessThan(0.05); // the variance of y is about 0.5
});

test("gradients by weight and bias in evaluation are those of the running statistics", () => {
  const layer = nn.batchNorm1d(2).eval();
  const found = vjp(layer, [tensor([1, 2, 3, 4], [2, 2])], tensor([1, 1, 1, 1], [2, 2]));
  expectClose(found.parameters["weight"]?.data ?? [], [4, 6]);
  expectClose(found.parameters["bias"]?.data ?? [], [2, 2]);
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.batchNorm1d(0), "RangeError: batchNorm1d: numFeatures must be a whole number of at least 1; got 0"],
  [() => nn.batchNorm2d(2, { momentum: NaN }), "RangeError: batchNorm2d: momentum must be from 0 to 1; got NaN"],
  [() => nn.batchNorm2d(2, { eps: -1 }), "RangeError: batchNorm2d: eps must be a finite number of at least 0; got -1"],
  [
    () => nn.batchNorm1d(2, { track: true } as never),
    "TypeError: batchNorm1d: options must be eps, momentum, affine, trackRunningStats; got track",
  ],
  [
    () => nn.batchNorm1d(2).run(randomTensor([1, 2], 1)),
    "ShapeError: batchNorm1d: a batch must have more than one value for each channel while training; got input [1, 2]",
  ],
  [
    () => nn.batchNorm2d(2).run(randomTensor([1, 2, 1, 1], 1)),
    "ShapeError: batchNorm2d: a batch must have more than one value for each channel while training; got input [1, 2, 1, 1]",
  ],
  [
    () => nn.batchNorm1d(2).run(randomTensor([4, 3], 1)),
    "ShapeError: batchNorm1d: x must be [N, 2] or [N, 2, L]; got input [4, 3]",
  ],
  [
    () => nn.batchNorm2d(2).run(randomTensor([4, 2, 3], 1)),
    "ShapeError: batchNorm2d: x must be [N, 2, H, W]; got input [4, 2, 3]",
  ],
  [
    () => nn.batchNorm1d(1).run(tensor([[1], [2]], undefined, "int32")),
    "TypeError: batchNorm1d: x must be float32; got int32 input [2, 1]",
  ],
  [() => nn.groupNorm(4, 6), "RangeError: groupNorm: numChannels must be a multiple of numGroups; got 6 and 4"],
  [() => nn.groupNorm(0, 6), "RangeError: groupNorm: numGroups must be a whole number of at least 1; got 0"],
  [() => nn.groupNorm(1, 6, { bias: true } as never), "TypeError: groupNorm: options must be eps, affine; got bias"],
  [
    () => nn.groupNorm(2, 6).run(randomTensor([2, 4], 1)),
    "ShapeError: groupNorm: x must be [N, 6, ...]; got input [2, 4]",
  ],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
