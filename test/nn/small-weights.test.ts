import { describe, expect, test } from "vitest";
import { type Tensor, manualSeed, nn, tensor } from "../../src/index.ts";
import { executionOrder } from "../../src/graph/order.ts";
import { forwardProgram } from "../../src/nn/module/run.ts";
import { weightsOf } from "../../src/nn/module/weights.ts";
import { randomTensor } from "../support.ts";

/** The layers of a model, for one input, whose weights are packed into a small format. */
function smallLayers(model: nn.Module, x: Tensor, options: nn.WeightOptions): string[] {
  const program = model.inMode(false, () => forwardProgram(model, [x], weightsOf("test", model, options)));
  return executionOrder(program.outputs)
    .filter(({ rule }) => rule.holds !== undefined)
    .map(({ layer }) => layer);
}

function largest(values: ArrayLike<number>): number {
  return Math.max(...Array.from(values, Math.abs));
}

/** The largest difference of two tensors, as a share of the largest number of the second. */
function difference(a: Tensor, b: Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return largest(a.data.map((value, i) => value - b.data[i]!)) / largest(b.data);
}

/** Convolutions, of which that with two outputs and the transposed one keep float32. */
function convolutions(): nn.Module {
  return nn.sequential(
    nn.conv2d(3, 12, 3, { padding: 1 }),
    nn.relu(),
    nn.conv2d(12, 8, 3, { stride: 2 }),
    nn.relu(),
    nn.convTranspose2d(8, 9, 2),
    nn.conv2d(9, 2, 2),
  );
}

describe("int8 weights", () => {
  test.each([1, 2, 5, 40])("linear, %i rows: within half a step of each activation and each weight", (rows) => {
    manualSeed(1);
    const [inputs, outputs] = [37, 21];
    const model = nn.linear(inputs, outputs);
    const x = randomTensor([rows, inputs], 2);
    const exact = model.predict(x).data;
    const small = model.compile([rows, inputs], { weights: "int8" })(x).data;
    const weight = model.weight.read();
    for (let m = 0; m < rows; m++) {
      const row = x.data.subarray(m * inputs, (m + 1) * inputs);
      const step = (Math.max(0, ...row) - Math.min(0, ...row)) / 127;
      for (let n = 0; n < outputs; n++) {
        const channel = weight.slice(n * inputs, (n + 1) * inputs);
        const weightStep = largest(channel) / 127;
        // |x w - x' w'| <= |x - x'| |w| + |x'| |w - w'|, each difference at most half a step; x' is at most half a step larger than x.
        const bound = channel.reduce(
          (sum, w, k) => sum + (step / 2) * Math.abs(w) + (weightStep / 2) * (Math.abs(row[k]!) + step / 2),
          0,
        );
        const error = Math.abs(small[m * outputs + n]! - exact[m * outputs + n]!);
        expect(error).toBeLessThanOrEqual(bound * 1.0001);
      }
    }
    expect(small).not.toEqual(exact);
  });

  const models: readonly (readonly [string, nn.Module, Tensor, small: number])[] = [
    ["a network", nn.sequential(nn.linear(24, 32), nn.relu(), nn.linear(32, 5)), randomTensor([3, 24], 1), 2],
    ["an RNN", nn.rnn(8, 12), randomTensor([5, 3, 8], 2), 2],
    ["an LSTM in both directions", nn.lstm(8, 12, { bidirectional: true }), randomTensor([5, 3, 8], 3), 4],
    ["a GRU", nn.gru(8, 12), randomTensor([5, 1, 8], 4), 2],
    ["convolutions", convolutions(), randomTensor([2, 3, 9, 9], 6), 2],
    ["attention", nn.multiheadAttention(16, 4), randomTensor([6, 2, 16], 5), 2],
  ];

  test.each(models)("%s: near float32, and the weights of all products are small", (_, model, x, small) => {
    const wrapped = nn.sequential(model);
    const out = wrapped.compile(x.shape, { weights: "int8" })(x);
    const exact = wrapped.predict(x);
    expect(out).not.toEqual(exact);
    expect(difference(out, exact)).toBeLessThan(0.03);
    expect(smallLayers(wrapped, x, { weights: "int8" })).toHaveLength(small);
    expect(smallLayers(wrapped, x, { weights: "int8", keep: ["0"] })).toEqual([]);
    expect(wrapped.compile(x.shape, { weights: "int8", keep: ["0"] })(x)).toEqual(exact);
  });

  test("follow the weights", () => {
    const model = nn.linear(3, 2);
    const compute = model.compile([1, 3], { weights: "int8" });
    const x = tensor([127, 0, 1], [1, 3]);
    model.weight.assign([1, 0, 0, 0, 0, 127]);
    model.bias?.assign([0, 0]);
    expect([...compute(x).data]).toEqual([127, 127]);
    model.weight.assign([2, 0, 0, 0, 0, 127]);
    expect([...compute(x).data]).toEqual([254, 127]);
  });

  test("leave other programs as they are", () => {
    manualSeed(3);
    const model = nn.sequential(nn.linear(24, 32), nn.relu(), nn.linear(32, 5));
    const x = randomTensor([3, 24], 1);
    const before = model.predict(x);
    const small = model.compile([3, 24], { weights: "int8" });
    const first = small(x);
    expect(model.predict(x)).toEqual(before);
    expect(model.compile([3, 24])(x)).toEqual(before);
    expect(small(x)).toEqual(first);
  });
});
