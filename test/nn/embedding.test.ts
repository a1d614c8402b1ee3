import { describe, expect, expectTypeOf, test } from "vitest";
import { type Tensor, Trainer, manualSeed, nn, ops, optim, tensor, vjp } from "../../src/index.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../support.ts";

const ids = (values: readonly number[], shape?: readonly number[]): Tensor => tensor(values, shape, "int32");
const table = tensor([0, 1, 10, 11, 20, 21], [3, 2]);

describe("ops.embedding", () => {
  test.each([
    ["a list", ids([2, 0, 2]), [3, 2], [20, 21, 0, 1, 20, 21]],
    ["a matrix", ids([1, 2], [2, 1]), [2, 1, 2], [10, 11, 20, 21]],
    ["one id", ids([1], []), [2], [10, 11]],
    ["no ids", ids([], [0]), [0, 2], []],
  ])("%s: values and gradients", (_, given, shape, values) => {
    const module = new Lambda((x, weight) => ops.embedding(x, weight));
    const out = module.run(given, table);
    expect(out.shape).toEqual(shape);
    expect([...out.data]).toEqual(values);
    expectGradient(module, [given, table]);
  });

  test("no gradient flows to the padding row", () => {
    const module = new Lambda((x, weight) => ops.embedding(x, weight, 2));
    const found = vjp(module, [ids([2, 0, 2, 0]), table], tensor([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]));
    expect(found.inputs[1]?.data).toEqual(Float32Array.of(10, 12, 0, 0, 0, 0));
  });

  test("a table that is computed, as with rows dropped", () => {
    const module = new Lambda((x, weight) => ops.embedding(x, ops.tanh(weight)));
    expectGradient(module, [ids([2, 0, 2, 1]), randomTensor([3, 5], 1)]);
  });
});

test("the state, the description and the sizes of a layer", () => {
  const layer = nn.embedding(5, 3, { paddingIdx: -2 });
  expect(Object.entries(layer.stateDict()).map(([name, { shape }]) => [name, shape])).toEqual([["weight", [5, 3]]]);
  expect(layer.describe()).toBe("embedding 5 x 3, padding 3");
  expect(nn.embedding(5, 3).describe()).toBe("embedding 5 x 3");
  expect(layer.run(ids([3, 0])).data.subarray(0, 3)).toEqual(new Float32Array(3));
  expectTypeOf(nn.sequential(nn.embedding(5, 3), nn.linear(3, 2))).toExtend<nn.Sequential>();
  // @ts-expect-error "expects 4 features, but the layer before gives 3"
  nn.sequential(nn.embedding(5, 3), nn.linear(4, 2));
});

test("initial values are standard normal, and padding changes no others", () => {
  const values = (paddingIdx?: number): Float32Array => {
    manualSeed(3);
    return nn
      .embedding(100, 50, paddingIdx === undefined ? {} : { paddingIdx })
      .weight.read()
      .slice();
  };
  const all = values();
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  // Five standard deviations of each for 5000 draws.
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(5000));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 5000));
  expect(values(1)).toEqual(all.slice().fill(0, 50, 100));
});

test("a model of words learns, and its padding stays 0", () => {
  manualSeed(1);
  const words = nn.embedding(6, 4, { paddingIdx: 0 });
  const model = nn.sequential(words, nn.flatten(), nn.linear(8, 1));
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.05 }) });
  const x = ids([1, 0, 2, 3, 4, 5, 1, 5], [4, 2]);
  const y = tensor([1, -1, 2, 0], [4, 1]);
  for (let step = 0; step < 200; step++) trainer.step(x, y);
  expectClose(model.predict(x).data, y.data, { absolute: 0.05 });
  expect(words.weight.read().subarray(0, 4)).toEqual(new Float32Array(4));
  expect(thrownBy(() => trainer.step(ids([1, 0, 2, 3, 4, 6, 1, 5], [4, 2]), y))).toBe(
    "RangeError: embedding: ids must be from 0 to 5; got 6 at index 5",
  );
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.embedding(0, 2), "RangeError: embedding: numEmbeddings must be a whole number of at least 1; got 0"],
  [() => nn.embedding(2, NaN), "RangeError: embedding: embeddingDim must be a whole number of at least 1; got NaN"],
  [
    () => nn.embedding(3, 2, { paddingIdx: 3 }),
    "RangeError: embedding: paddingIdx must be a whole number from -3 to 2; got 3",
  ],
  [
    () => nn.embedding(3, 2, { paddingIdx: NaN }),
    "RangeError: embedding: paddingIdx must be a whole number from -3 to 2; got NaN",
  ],
  [() => nn.embedding(3, 2, { padding: 1 } as never), "TypeError: embedding: options must be paddingIdx; got padding"],
  [() => nn.embedding(3, 2).run(ids([0, -1])), "RangeError: embedding: ids must be from 0 to 2; got -1 at index 1"],
  [() => nn.embedding(3, 2).run(ids([3])), "RangeError: embedding: ids must be from 0 to 2; got 3 at index 0"],
  [
    () => nn.embedding(3, 2).run(tensor([1])),
    'TypeError: embedding: ids must be int32, as tensor(values, shape, "int32") or an input { shape, dtype: "int32" } gives; got float32 input [1]',
  ],
  [
    () => new Lambda((x, weight) => ops.embedding(x, weight)).run(ids([1]), tensor([1, 2])),
    "ShapeError: embedding: the operand must have two axes; got input 1 [2]",
  ],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
