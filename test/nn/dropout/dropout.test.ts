import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, manualSeed, nn, optim, tensor, Trainer } from "../../../src/index.ts";
import { expectClose, expectGradient, randomTensor } from "../../support.ts";

const ones = tensor(new Float32Array(100_000).fill(1), [100, 1000]);
const zeros = (values: Float32Array): number => values.filter((value) => value === 0).length;

describe("dropout", () => {
  test("evaluation is the identity, by construction: it is no part of the program", () => {
    const model = nn.sequential(nn.linear(4, 4), nn.dropout(0.5), nn.relu());
    const program = (training: boolean): string => model.train(training).summary([2, 4]);
    const x = randomTensor([2, 4], 1);
    expect(nn.dropout(0.5).predict(x).data).toEqual(x.data);
    expect(program(true)).toContain("dropout 0.5");
    expect(model.describe()).toBe("sequential of 3");
  });

  // The count of zeros is binomial: 5 standard deviations are passed once in 1.7 million draws.
  test.each([0.1, 0.3, 0.5, 0.7, 0.9])("p = %d: share of zeros, scale and mean", (p) => {
    manualSeed(11);
    const { data } = nn.dropout(p).run(ones);
    const deviation = Math.sqrt(data.length * p * (1 - p));
    expect(Math.abs(zeros(data) - data.length * p)).toBeLessThan(5 * deviation);
    expect(new Set(data)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(Math.abs(mean - 1)).toBeLessThan((5 * deviation) / (1 - p) / data.length);
  });

  test("p = 0 changes nothing, p = 1 zeroes everything, as in PyTorch", () => {
    const x = randomTensor([3, 5], 2);
    expect(nn.dropout(0).run(x).data).toEqual(x.data);
    expect([...nn.dropout(1).run(x).data].every((value) => value === 0)).toBe(true);
  });

  // Masks draw p in steps of 2^-16; where that matters, the scale follows what is drawn.
  test.each([0.999, 0.9999, 0.99999])("p = %d: the mean is preserved all the same", (p) => {
    manualSeed(12);
    const layer = nn.dropout(p);
    const many = tensor(new Float32Array(4_000_000).fill(1));
    const { data } = layer.run(many);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const scale = data.reduce((most, value) => Math.max(most, value), 0);
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(scale / data.length));
  });

  test("classic scaling drops without a scale in training and multiplies by 1 - p in evaluation", () => {
    const layer = nn.dropout(0.25, { scaling: "classic" });
    expect(new Set(layer.run(ones).data)).toEqual(new Set([0, 1]));
    expect(new Set(layer.predict(ones).data)).toEqual(new Set([0.75]));
  });

  test("every run draws a new mask, and the same seed draws the same masks again", () => {
    const draw = (): Float32Array[] => {
      manualSeed(5);
      const layer = nn.dropout(0.5);
      return [layer.run(ones).data, layer.run(ones).data];
    };
    const [first, second] = draw() as [Float32Array, Float32Array];
    expect(second).not.toEqual(first);
    expect(draw()).toEqual([first, second]);
  });

  test("two layers made alike do not share a mask, nor do two places of one layer", () => {
    manualSeed(5);
    const [a, b] = [nn.dropout(0.5), nn.dropout(0.5)];
    expect(a.run(ones).data).not.toEqual(b.run(ones).data);
    // BlockSelection by both places with probability 1/4: were the masks one, it would be 1/2.
    const layer = nn.dropout(0.5);
    const share = 1 - zeros(nn.sequential(layer, layer).run(ones).data) / ones.size;
    expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / ones.size));
  });

  test("the gradient passes through what was kept, with the same scale", () => {
    manualSeed(5);
    const model = nn.dropout(0.5);
    const x = randomTensor([4, 9], 7);
    // The mask of a step is a function of the counter, so a counter set back draws it again.
    const held = new (class extends nn.Module {
      readonly dropout = model;
      override forward(x: Operand): Operand {
        return model.call(x);
      }
      override run<M extends nn.Module>(this: M, ...inputs: readonly Tensor[]): nn.Prediction<M> {
        model["counter"].write()[3] = 0;
        const out = super.run(...inputs) as nn.Prediction<M>;
        model["counter"].write()[3] = 0;
        return out;
      }
    })();
    expectGradient(held, [x]);
  });

  test("a step that fails draws no mask", () => {
    const layer = nn.dropout(0.5);
    const trainer = new Trainer(nn.sequential(layer, nn.linear(2, 2)), {
      loss: nn.crossEntropyLoss(),
      optimizer: optim.sgd(),
    });
    trainer.step(tensor([[1, 2]]), tensor([0], undefined, "int32"));
    expect(layer["counter"].step).toBe(1);
    expect(() => trainer.step(tensor([[1, 2]]), tensor([7], undefined, "int32"))).toThrow(
      "crossEntropyLoss: labels must be from 0 to 1 or -100; got 7 at index 0",
    );
    expect(layer["counter"].step).toBe(1);
  });

  test("the mean over many masked networks approaches the evaluation output of a linear network", () => {
    manualSeed(9);
    const model = nn.sequential(nn.dropout(0.4), nn.linear(20, 3));
    const x = randomTensor([1, 20], 3);
    const expected = model.predict(x).data;
    const sum = new Float64Array(3);
    const runs = 4000;
    for (let i = 0; i < runs; i++) model.run(x).data.forEach((value, j) => (sum[j] = (sum[j] ?? 0) + value / runs));
    // Each output's deviation is below √(p / (1 - p) Σ (w x)²) < 0.5; the mean's is 0.5 / √4000.
    expectClose(sum, expected, { relative: 0, absolute: (5 * 0.5) / Math.sqrt(runs) });
  });
});
