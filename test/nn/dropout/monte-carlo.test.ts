import { afterEach, describe, expect, test } from "vitest";
import { Operand, Tensor, configure, manualSeed, monteCarlo, nn, ops, tensor } from "../../../src/index.ts";
import { call } from "../../../src/graph/call.ts";
import { expectClose, randomTensor, thrownBy } from "../../support.ts";
import { expectSameBits } from "../../threads/shared-runs.ts";
import { TWO_SIDED } from "../../statistics.ts";
import { momentsOf } from "./support.ts";

afterEach(() => configure({ threads: "auto", debug: false }));

/** Refuses to be traced for training, as batch normalization must not be here. */
class Evaluating extends nn.Module {
  override forward(x: Operand): Operand {
    if (this.training) throw new Error("evaluation only");
    return ops.affine(x, 0.5, 0.1);
  }
}

/** Adds 1 to a count each time that it is carried out, and gives its input on. */
class Counted extends nn.Module {
  readonly runs = new nn.Buffer([1]);
  override forward(x: Operand): Operand {
    const { runs } = this;
    return new Operand("counted", x.shape, [x, runs], {
      calls: (out) => [call("affine", runs, runs, 1, 1, 1), call("affine", x, out, 1, 0, x.size)],
    });
  }
}

/** Only what is no form of dropout knows its mode as evaluation. */
function masking(model: nn.Module): nn.Module {
  model.eval();
  for (const module of model.modules()) if ("counter" in module) module.training = true;
  return model;
}

const MODELS: readonly { readonly name: string; readonly make: () => nn.Module; readonly shape: readonly number[] }[] =
  [
    {
      name: "dropout between layers",
      make: () => nn.sequential(nn.linear(6, 12), new Evaluating(), nn.relu(), nn.dropout(0.4), nn.linear(12, 3)),
      shape: [7, 6],
    },
    {
      name: "dropout first, and two draws of one layer",
      make: () => {
        const dropout = nn.alphaDropout(0.3);
        return nn.sequential(dropout, nn.linear(6, 6), new Evaluating(), dropout, nn.linear(6, 3));
      },
      shape: [5, 6],
    },
    {
      name: "two ways that meet, one without draws",
      make: () => new Ways(),
      shape: [5, 6],
    },
    {
      name: "weights, noise and branches",
      make: () =>
        nn.sequential(
          nn.linear(6, 6),
          nn.stochasticDepth(nn.sequential(nn.linear(6, 6), nn.tanh()), 0.5),
          nn.weightDrop(nn.linear(6, 6), ["weight"], 0.3),
          nn.gaussianDropout(0.2),
          nn.dropConnect(6, 3, { masks: "sample" }),
        ),
      shape: [5, 6],
    },
    {
      name: "an LSTM with dropout of every kind",
      make: () =>
        nn.sequential(
          nn.lstm(6, 4, {
            batchFirst: true,
            numLayers: 2,
            dropout: 0.3,
            variational: { input: 0.2, recurrent: 0.3 },
            zoneout: { hidden: 0.2 },
          }),
          nn.linear(4, 3),
        ),
      shape: [3, 4, 6],
    },
  ];

class Ways extends nn.Module {
  readonly first = nn.linear(6, 8);
  readonly dropout = nn.dropout(0.5);
  readonly second = nn.linear(8, 3);
  readonly third = nn.linear(6, 3);

  override forward(x: Operand): Operand {
    const hidden = ops.tanh(this.first.call(x));
    const drawn = this.second.call(this.dropout.call(hidden));
    const steady = ops.relu(this.third.call(ops.square(x)));
    return ops.add(ops.multiply(drawn, steady), this.second.call(hidden));
  }
}

/** Outputs of that many runs of a model made after the same seed. */
function outputsOf(make: () => nn.Module, x: Tensor, samples: number): Float32Array[] {
  manualSeed(3);
  const model = masking(make());
  return Array.from({ length: samples }, () => model.run(x).data);
}

describe.each(MODELS)("monteCarlo: $name", ({ make, shape }) => {
  const x = randomTensor(shape, 1);
  const samples = 25;

  test.each([false, true])("mean and variance are those of runs one by one, debug %s", (debug) => {
    const outputs = outputsOf(make, x, samples);
    manualSeed(3);
    configure({ debug });
    const { mean, variance } = monteCarlo(make(), x, { samples });
    const columns = Array.from(mean.data, (_, i) => momentsOf(outputs.map((output) => output[i] ?? NaN)));
    expectClose(
      mean.data,
      columns.map(([each]) => each),
      { relative: 1e-6, absolute: 1e-7 },
    );
    expectClose(
      variance.data,
      columns.map(([, each]) => each),
      { relative: 1e-5, absolute: 1e-9 },
    );
    expect(mean.shape).toEqual(variance.shape);
  });

  test("modes are afterwards as they were, and the same seed gives the same numbers, another call others", () => {
    const twice = (): readonly unknown[] => {
      manualSeed(4);
      const model = make();
      const [first, ...rest] = model.modules();
      first?.eval();
      rest.forEach((module, i) => (module.training = i % 2 === 0));
      const before = model.modules().map((module) => module.training);
      const spreads = [monteCarlo(model, x, { samples: 3 }), monteCarlo(model, x, { samples: 3 })];
      expect(model.modules().map((module) => module.training)).toEqual(before);
      return spreads;
    };
    const [first, second] = twice();
    expect(second).not.toEqual(first);
    expect(twice()).toEqual([first, second]);
  });
});

describe("monteCarlo", () => {
  test("computes once what comes before the first draw", () => {
    const [before, behind] = [new Counted(), new Counted()];
    const model = nn.sequential(nn.linear(4, 4), before, nn.tanh(), nn.dropout(0.5), nn.linear(4, 4), behind);
    monteCarlo(model, randomTensor([6, 4], 1), { samples: 10 });
    expect([before.runs.read()[0], behind.runs.read()[0]]).toEqual([1, 10]);
    monteCarlo(model, randomTensor([6, 4], 1), { samples: 10, batchSize: 4 });
    expect([before.runs.read()[0], behind.runs.read()[0]]).toEqual([3, 30]);
  });

  test("batch normalization stays in evaluation: its statistics are used, and stand still", () => {
    const norm = nn.batchNorm1d(4);
    norm.loadStateDict({ ...norm.stateDict(), running_mean: tensor([1, 2, 3, 4]), running_var: tensor([4, 4, 4, 4]) });
    const before = norm.stateDict();
    const x = randomTensor([6, 4], 1);
    const { mean } = monteCarlo(nn.sequential(norm, nn.dropout(0)), x, { samples: 3 });
    const expected = x.data.map((value, i) => (value - 1 - (i % 4)) / Math.sqrt(4 + 1e-5));
    expectClose(mean.data, expected, { relative: 1e-5 });
    expect(norm.stateDict()).toEqual(before);
  });

  test("entropy and mutual information, of logits and of probabilities", () => {
    const layers = (): nn.Module[] => [nn.linear(5, 9), nn.relu(), nn.dropout(0.5), nn.linear(9, 4)];
    const x = randomTensor([6, 5], 2, 3);
    const samples = 40;
    const outputs = outputsOf(() => new nn.Sequential(...layers(), nn.softmax()), x, samples);
    const kinds = [
      ["classification", []],
      ["classification", [nn.logSoftmax()]],
      ["probabilities", [nn.softmax()]],
    ] as const;
    const entropy = (p: readonly number[]): number => -p.reduce((sum, each) => sum + each * Math.log(each), 0);
    for (const [kind, last] of kinds) {
      manualSeed(3);
      const found = monteCarlo(new nn.Sequential(...layers(), ...last), x, { samples, kind });
      for (let row = 0; row < 6; row++) {
        const drawn = outputs.map((output) => Array.from(output.subarray(row * 4, row * 4 + 4)));
        const mean = [0, 1, 2, 3].map((c) => momentsOf(drawn.map((p) => p[c] ?? NaN))[0]);
        const each = drawn.reduce((sum, p) => sum + entropy(p) / samples, 0);
        expectClose(found.mean.data.subarray(row * 4, row * 4 + 4), mean, { relative: 1e-5 });
        expectClose([found.entropy.data[row] ?? NaN], [entropy(mean)], { relative: 1e-5 });
        expectClose([found.mutualInformation.data[row] ?? NaN], [entropy(mean) - each], { relative: 1e-4 });
      }
      expect(found.mutualInformation.shape).toEqual([6]);
    }
  });

  test.each([
    ["classification", []],
    ["probabilities", [nn.sigmoid()]],
  ] as const)("one column, as %s, is that of class 1 of two", (kind, last) => {
    const x = randomTensor([6, 5], 2, 3);
    const [hidden, one, two] = [nn.linear(5, 9), nn.linear(9, 1), nn.linear(9, 2)];
    // The softmax of [0, z] is [1 - sigmoid(z), sigmoid(z)].
    two.weight.assign([...new Float32Array(9), ...one.weight.read()]);
    two.bias?.assign([0, ...(one.bias?.read() ?? [])]);
    const dropout = nn.dropout(0.5);
    const draws = dropout.randomState();
    const single = monteCarlo(nn.sequential(hidden, dropout, one, ...last), x, { samples: 20, kind });
    dropout.loadRandomState(draws);
    const both = monteCarlo(nn.sequential(hidden, dropout, two), x, { samples: 20, kind: "classification" });
    expectClose(
      single.mean.data,
      both.mean.data.filter((_, i) => i % 2 === 1),
    );
    expectClose(single.entropy.data, both.entropy.data);
    expectClose(single.mutualInformation.data, both.mutualInformation.data);
  });

  test("the variance of a linear network by formula, any number of rows", () => {
    manualSeed(6);
    const [inputs, p, samples] = [30, 0.25, 20_000];
    const layer = nn.linear(inputs, 1);
    const x = randomTensor([3, inputs], 5);
    const { mean, variance } = monteCarlo(nn.sequential(nn.dropout(p), layer), x, { samples, batchSize: 2 });
    const expectedMean = layer.predict(x).data;
    for (let row = 0; row < 3; row++) {
      const terms = Array.from(layer.weight.read(), (weight, i) => weight * (x.data[row * inputs + i] ?? NaN));
      const expected = (p / (1 - p)) * terms.reduce((sum, term) => sum + term ** 2, 0);
      expect(Math.abs((mean.data[row] ?? NaN) - (expectedMean[row] ?? NaN))).toBeLessThan(
        TWO_SIDED * Math.sqrt(expected / samples),
      );
      // A sum of 30 terms is nearly normal.
      expect(Math.abs((variance.data[row] ?? NaN) / expected - 1)).toBeLessThan(TWO_SIDED * Math.sqrt(2.2 / samples));
    }
  });

  test("the same numbers on 1 and 3 threads", async () => {
    await expectSameBits([3], () => {
      manualSeed(7);
      const model = nn.sequential(nn.linear(64, 96), nn.relu(), nn.dropout(0.5), nn.linear(96, 64));
      return monteCarlo(model, randomTensor([200, 64], 1), { samples: 30 });
    });
  });

  const model = nn.sequential(nn.linear(2, 3), nn.dropout(0.5));
  const x = randomTensor([2, 2], 1);
  const refused: readonly [() => unknown, string][] = [
    [
      () => monteCarlo(nn.sequential(nn.linear(2, 3), nn.relu()), x),
      "TypeError: monteCarlo: the model must have a random layer, such as dropout; got sequential of 2",
    ],
    [
      () => monteCarlo(model, x, { samples: 0 }),
      "RangeError: monteCarlo: samples must be a whole number of at least 1; got 0",
    ],
    [
      () => monteCarlo(model, x, { batchSize: 0.5 }),
      "RangeError: monteCarlo: batchSize must be a whole number of at least 1; got 0.5",
    ],
    [
      () => monteCarlo(model, x, { kind: "classifier" as never }),
      'RangeError: monteCarlo: kind must be "regression", "classification" or "probabilities"; got "classifier"',
    ],
    [
      () => monteCarlo(model, x, { sample: 1 } as never),
      "TypeError: monteCarlo: options must be samples, batchSize, kind; got sample",
    ],
    [() => monteCarlo(model, [1] as never), "TypeError: monteCarlo: inputs must be tensors; got 1"],
    [
      () => monteCarlo(model, new Tensor([0, 2], "float32", new Float32Array())),
      "ShapeError: monteCarlo: inputs must have at least one row; got float32 [0, 2]",
    ],
    [
      () => monteCarlo(nn.sequential(nn.dropout(0.5), nn.flatten(0)), x),
      "ShapeError: monteCarlo: the output must have a row for each row of the input; got [4] from float32 [2, 2]",
    ],
    [
      () => monteCarlo(nn.sequential(nn.dropout(0.5), nn.unflatten(1, [1, 2])), x, { kind: "classification" }),
      "ShapeError: monteCarlo: the output must be [rows, classes]; got [2, 1, 2]",
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
    expect(model.training).toBe(true);
  });
  test("integers may be what it is asked about", () => {
    const spread = monteCarlo(nn.sequential(new Whole(), nn.dropout(0.5)), tensor([1, 2], [2, 1], "int32"), {
      samples: 4,
    });
    expect(spread.mean.shape).toEqual([2, 3]);
  });
});

/** Three ones for each row of integers. */
class Whole extends nn.Module {
  override forward(x: Operand): Operand {
    return new Operand("ones", [x.shape[0] ?? 0, 3], [x], { calls: (out) => [call("fill", out, 1, out.size)] });
  }
}
