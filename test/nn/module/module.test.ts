import { describe, expect, test } from "vitest";
import { type Operand, configure, manualSeed, nn, ops, tensor } from "../../../src/index.ts";
import { expectClose, randomTensor } from "../../support.ts";

class Classifier extends nn.Module {
  readonly hidden = nn.linear(784, 128);
  readonly heads = [nn.linear(128, 10), nn.linear(128, 3)] as const;

  override forward(x: Operand): Operand {
    const hidden = ops.relu(this.hidden.call(x));
    return ops.concatenate(
      this.heads.map((head) => head.call(hidden)),
      1,
    );
  }
}

describe("module", () => {
  test("state names are PyTorch's, for sequences and for properties", () => {
    const sequence = nn.sequential(nn.linear(4, 3), nn.relu(), nn.sequential(nn.linear(3, 2, { bias: false })));
    expect(sequence.namedParameters().map(([name, { shape }]) => [name, shape])).toEqual([
      ["0.weight", [3, 4]],
      ["0.bias", [3]],
      ["2.0.weight", [2, 3]],
    ]);
    const names = ["hidden.weight", "hidden.bias", "heads.0.weight", "heads.0.bias", "heads.1.weight", "heads.1.bias"];
    expect(Object.keys(new Classifier().stateDict())).toEqual(names);
  });

  test("as text it is a tree of what it holds", () => {
    const inner = nn.sequential(nn.linear(3, 2), nn.tanh());
    expect(String(nn.sequential(nn.weightDrop(nn.linear(4, 3), ["weight"], 0.2), nn.residual(inner)))).toBe(
      [
        "sequential of 2",
        "  0: weightDrop 0.2 of weight",
        "    linear 4 -> 3",
        "  1: residual",
        "    body: sequential of 2",
        "      0: linear 3 -> 2",
        "      1: tanh",
      ].join("\n"),
    );
  });

  test("a layer that stands in two places is one set of parameters under two names", () => {
    const shared = nn.linear(3, 3);
    const model = nn.sequential(shared, nn.relu(), shared);
    expect(model.parameters()).toHaveLength(2);
    expect(Object.keys(model.stateDict())).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
  });

  test("a state dict is a copy, and sets an equal model to equal outputs", () => {
    const [first, second] = [new Classifier(), new Classifier()];
    const x = randomTensor([2, 784], 1);
    const state = first.stateDict();
    second.loadStateDict(state);
    expect(second.run(x).data).toEqual(first.run(x).data);
    state["hidden.bias"]?.data.fill(9);
    expect(first.stateDict()["hidden.bias"]?.data[0]).not.toBe(9);
  });

  test("the same seed makes the same model, layers differ from each other", () => {
    const make = (): Float32Array => {
      manualSeed(7);
      const model = nn.sequential(nn.linear(5, 5), nn.linear(5, 5));
      return Float32Array.from(model.parameters().flatMap((each) => [...each.read()]));
    };
    const values = make();
    expect(make()).toEqual(values);
    expect(values.slice(0, 25)).not.toEqual(values.slice(30, 55));
    expect(values.every((value) => Math.abs(value) <= 1 / Math.sqrt(5))).toBe(true);
  });

  test("run follows the mode of each module, predict is always evaluation, and neither changes it", () => {
    const model = nn.sequential(nn.dropout(1));
    const x = tensor([[1, 2]]);
    expect([...model.run(x).data]).toEqual([0, 0]);
    expect([...model.predict(x).data]).toEqual([1, 2]);
    expect(model.training).toBe(true);
    expect([...model.eval().run(x).data]).toEqual([1, 2]);
    model.layers[0]?.train();
    expect([...model.run(x).data]).toEqual([0, 0]);
  });

  test("predict computes any number of rows in batches, to the same bits where each has more than 4 rows", () => {
    const model = nn.sequential(nn.linear(70, 131), nn.tanh(), nn.linear(131, 9));
    const x = randomTensor([23, 70], 3);
    const whole = model.predict(x, { batchSize: 23 });
    expect(whole.shape).toEqual([23, 9]);
    for (const batchSize of [6, 8, 9, 18, 100]) expect(model.predict(x, { batchSize })).toEqual(whole);
    // Few rows are multiplied by another kernel, which adds up in another order; the batches before have the same bits.
    for (const [batchSize, same] of [
      [1, 0],
      [4, 0],
      [5, 20],
      [22, 22],
    ] as const) {
      const { data } = model.predict(x, { batchSize });
      expect(data.slice(0, same * 9)).toEqual(whole.data.slice(0, same * 9));
      expectClose(data, whole.data, { relative: 1e-5, absolute: 1e-6 });
    }
  });

  test("the summary names layers, shapes, parameters, FLOPs and planned memory", () => {
    const model = nn.sequential(nn.linear(784, 512), nn.relu(), nn.dropout(0.3), nn.linear(512, 10));
    expect(model.summary([128, 784])).toMatchInlineSnapshot(`
      "   layer              output      parameters        FLOPs
      -  -----------------  ----------  ----------  -----------
      0  linear 784 -> 512  [128, 512]     401,920  102,825,984
      1  relu               [128, 512]           0       65,536
      2  dropout 0.3        [128, 512]           0      131,072
      3  linear 512 -> 10   [128, 10]        5,130    1,312,000

      input [128, 784], 407,050 parameters
      evaluation: 104 MFLOP, 688 kB of planned memory, 1.64 MB cached from run to run
      training, forward and backward: 210 MFLOP, 2.99 MB of planned memory"
    `);
  });

  test("the debug option stops at the first value that is not finite, and names operation and layer", () => {
    const model = nn.sequential(nn.linear(2, 2), nn.relu(), nn.linear(2, 1));
    nn.init.constant((model.layers[0] as nn.Linear).weight, 3e38);
    configure({ debug: true });
    try {
      expect(() => model.run(tensor([[1, 1]]))).toThrow(
        /^matmul \[1, 2\]: every value must be finite; got Infinity at index 0 \(in "0" \(linear 2 -> 2\)\)$/,
      );
    } finally {
      configure({ debug: false });
    }
    expect(model.run(tensor([[1, 1]])).data).toHaveLength(1);
  });
});

describe("wrong use of modules", () => {
  const model = nn.sequential(nn.linear(784, 512), nn.relu(), nn.linear(512, 10));
  const nested = new Classifier();

  test("sizes that do not fit name the layer and its path", () => {
    expect(() => model.run(tensor(new Float32Array(28 * 32), [32, 28]))).toThrow(
      'linear: the last axis of the input must be 784; got input [32, 28] (in "0" (linear 784 -> 512))',
    );
    expect(() => nested.predict(tensor(new Float32Array(28), [1, 28]))).toThrow(
      'linear: the last axis of the input must be 784; got input [1, 28] (in "hidden" (linear 784 -> 128))',
    );
  });

  test("sequential checks adjoining sizes at run time too", () => {
    const width: number = 512;
    expect(() => nn.sequential(nn.linear(784, width), nn.linear(500, 10)).run(randomTensor([1, 784], 1))).toThrow(
      'linear: the last axis of the input must be 500; got add [1, 512] from "0" (linear 784 -> 512) (in "1" (linear 500 -> 10))',
    );
  });

  test("integers where floats belong", () => {
    expect(() => nn.linear(2, 2).run(tensor([[1, 2]], undefined, "int32"))).toThrow(
      "matmul: a must be float32; got int32 input [1, 2]",
    );
  });

  test("no rows to predict", () => {
    expect(() => model.predict(tensor(new Float32Array(0), [0, 784]))).toThrow(
      "predict: inputs must have at least one row; got float32 [0, 784]",
    );
    expect(() => model.predict(randomTensor([1, 784], 1), { batchSize: 0 })).toThrow(
      "predict: batchSize must be a whole number of at least 1; got 0",
    );
  });

  test("a state dict whose names all begin with a prefix is refused by naming it", () => {
    const model = nn.sequential(nn.linear(2, 2), nn.linear(2, 2));
    const wrapped = Object.fromEntries(
      Object.entries(model.stateDict()).map(([name, each]) => [`module.${name}`, each]),
    );
    expect(() => model.loadStateDict(wrapped)).toThrow(
      'loadStateDict: the entries must be those of the model; got names that all begin with "module."',
    );
    const { "module.1.bias": _, ...others } = wrapped;
    expect(() => model.loadStateDict(others)).toThrow('got no "0.weight"; no "0.bias"; ');
  });

  test("of many entries that differ, the first twenty are listed", () => {
    const model = nn.sequential(...Array.from({ length: 12 }, () => nn.linear(1, 1)));
    expect(() => model.loadStateDict({})).toThrow(/; no "9.weight"; no "9.bias"; and 4 more$/);
  });

  test("a state dict with missing, extra and misshapen entries is refused whole", () => {
    const before = model.stateDict();
    const bias = tensor([1, 2]);
    expect(() =>
      model.loadStateDict({ "0.weight": before["0.weight"] as never, "0.bias": bias, "3.bias": bias }),
    ).toThrow(
      'loadStateDict: the entries must be those of the model; got "0.bias" as [2] instead of [512]; no "2.weight"; no "2.bias"; unknown "3.bias"',
    );
    expect(() =>
      nn.linear(1, 1).loadStateDict({ weight: tensor([[1]]), bias: tensor([1], undefined, "int32") }),
    ).toThrow('loadStateDict: the entries must be those of the model; got "bias" as int32 instead of float32');
    expect(model.stateDict()).toEqual(before);
  });

  const wrong: readonly [() => unknown, string][] = [
    [() => nn.linear(0, 3), "linear: inFeatures must be a whole number of at least 1; got 0"],
    [() => nn.linear(3, 2.5), "linear: outFeatures must be a whole number of at least 1; got 2.5"],
    [() => nn.linear(NaN, 3), "linear: inFeatures must be a whole number of at least 1; got NaN"],
    [() => nn.dropout(1.5), "dropout: p must be from 0 to 1; got 1.5"],
    [() => nn.dropout(NaN), "dropout: p must be from 0 to 1; got NaN"],
    [
      () => nn.dropout(0.5, { scaling: "double" as never }),
      'dropout: scaling must be "inverted" or "classic"; got "double"',
    ],
    [() => nn.dropout(0.5, { rate: 0.1 } as never), "dropout: options must be scaling, axes, group; got rate"],
    [
      () => nn.crossEntropyLoss({ smoothing: 0.1 } as never),
      "crossEntropyLoss: options must be reduction, weight, ignoreIndex, labelSmoothing; got smoothing",
    ],
    [() => nn.leakyRelu(Infinity), "leakyRelu: negativeSlope must be a finite number; got Infinity"],
    [() => nn.elu(NaN), "elu: alpha must be a finite number; got NaN"],
    [() => nn.softplus({ beta: 0 }), "softplus: beta must be a finite number above 0; got 0"],
    [() => nn.gelu({ approximate: "erf" as never }), 'gelu: approximate must be "none" or "tanh"; got "erf"'],
    [
      () => nn.mseLoss({ reduction: "means" as never }),
      'mseLoss: reduction must be "none", "mean" or "sum"; got "means"',
    ],
    [() => nn.crossEntropyLoss({ labelSmoothing: 2 }), "crossEntropyLoss: labelSmoothing must be from 0 to 1; got 2"],
    [
      () => nn.crossEntropyLoss({ weight: [1, NaN] }),
      "crossEntropyLoss: weight[1] must be a finite number of at least 0; got NaN",
    ],
    [() => nn.sequential(nn.relu(), {} as never), "sequential: layer 1 must be a module; got {}"],
    [
      () => nn.init.kaimingUniform(new nn.Parameter([3])),
      "kaiming: the parameter must have at least two axes; got [3]",
    ],
    [() => nn.init.uniform(new nn.Parameter([3]), 2, 1), "uniform: high must be a finite number of at least 2; got 1"],
    [() => nn.init.normal(new nn.Parameter([3]), 0, -1), "normal: std must be a finite number of at least 0; got -1"],
    [() => manualSeed(-1), "manualSeed: seed must be a whole number of at least 0; got -1"],
    [
      () => configure({ fast: true } as never),
      "configure: options must be reproducible, threads, wide, cachedPrograms, cachedBytes, debug; got fast",
    ],
    [() => configure({ debug: 1 } as never), "configure: debug must be true or false; got 1"],
    [() => tensor([[1, 2], [3]]), "tensor: rows must be of one length; got 1 at [1] where the first has 2"],
    [() => tensor([1, [2]]), "tensor: rows must be of one length; got 1 at [1] where the first has a number"],
    [() => tensor([1, 2, 3], [2, 2]), "tensor: shape [2, 2] must hold as many numbers as given, but it holds 4; got 3"],
    [() => tensor([1.5], undefined, "int32"), "tensor: int32 must be whole numbers of 32 bits; got 1.5 at index 0"],
    [() => tensor(["1"] as never), 'tensor: values must be numbers or arrays of them; got "1" at [0]'],
    [() => tensor([1, 2]).item(), "item: the tensor must hold one number; got shape [2]"],
  ];
  test.each(wrong)("%s", (act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });
});
