/** Files of every layer and many models: their structure. `npm run onnx-check` has other programs judge validity and numbers. */
import { describe, expect, test } from "vitest";
import { type Operand, ShapeError, nn, ops, tensor } from "../../src/index.ts";
import { addEffect, predicated } from "../../src/graph/scope.ts";
import { exportOnnx } from "../../src/onnx/index.ts";
import { type GraphProto, type ModelProto, type TensorProto, DATA, readModel } from "../../src/onnx/model.ts";
import { Lambda, randomTensor } from "../support.ts";
import { edgeCases, factoryCases, networkCases, parityCases } from "./models.ts";

const read = (bytes: Uint8Array): ModelProto => readModel("test", bytes);

function graphOf(bytes: Uint8Array): GraphProto {
  const { graph } = read(bytes);
  if (!graph) throw new Error("the file must have a graph");
  return graph;
}

/** The operators of a graph, in order. */
function operators(graph: GraphProto): string[] {
  return graph.node?.map(({ opType = "" }) => opType) ?? [];
}

function initializer(graph: GraphProto, name: string): TensorProto {
  const found = graph.initializer?.find((each) => each.name === name);
  if (!found)
    throw new Error(`no initializer ${name}; there are ${graph.initializer?.map((each) => each.name).join(", ")}`);
  return found;
}

function floatsOf({ rawData = new Uint8Array(0), dataType }: TensorProto): number[] {
  expect(dataType).toBe(DATA.FLOAT);
  return Array.from(new Float32Array(rawData.slice().buffer));
}

function integersOf({ rawData = new Uint8Array(0), dataType }: TensorProto): number[] {
  expect(dataType).toBe(DATA.INT64);
  return Array.from(new BigInt64Array(rawData.slice().buffer), Number);
}

/** The extents of the only input or output; a name for one that is free. */
function extents(ports: GraphProto["input"]): unknown[][] {
  const dimensions = (ports ?? []).map(({ type }) => type?.tensorType?.shape?.dim ?? []);
  return dimensions.map((all) => all.map(({ dimValue, dimParam }) => dimParam ?? dimValue));
}

/** Names are different, values are defined before they are read, and all constants are read. */
function expectSound(graph: GraphProto): void {
  const defined = new Set([...(graph.input ?? []), ...(graph.initializer ?? [])].map(({ name }) => name));
  expect(defined.size).toBe((graph.input?.length ?? 0) + (graph.initializer?.length ?? 0));
  const readNames = new Set<string>();
  for (const { input = [], output = [], opType } of graph.node ?? []) {
    for (const name of input) {
      expect(name === "" || defined.has(name), `${opType} reads ${name}`).toBe(true);
      readNames.add(name);
    }
    for (const name of output) {
      expect(defined, `${opType} writes ${name} again`).not.toContain(name);
      defined.add(name);
    }
  }
  const names = graph.node?.map(({ name }) => name) ?? [];
  expect(new Set(names).size).toBe(names.length);
  for (const { name } of graph.output ?? []) expect(defined).toContain(name);
  for (const { name = "" } of graph.initializer ?? []) expect(readNames).toContain(name);
}

const cases = [...factoryCases(), ...parityCases(), ...networkCases(), ...edgeCases()];
test.each(cases.map((each) => [each.name, each] as const))(
  "%s: a sound graph, the same bytes again",
  (_, { make, inputs }) => {
    const model = make();
    const given = inputs.length === 1 && inputs[0] ? inputs[0] : inputs;
    const bytes = exportOnnx(model, given);
    const { irVersion, opsetImport, producerName, docString } = read(bytes);
    expect({ irVersion, opsetImport, producerName }).toEqual({
      irVersion: 8,
      opsetImport: [{ domain: "", version: 17 }],
      producerName: "lanegrad",
    });
    expect(docString).toBe(String(model));
    const graph = graphOf(bytes);
    expectSound(graph);
    expect(extents(graph.input)).toEqual(inputs.map(({ shape }) => shape));
    const result: object = model.inMode(false, () => model.run(...inputs));
    const outputs = "shape" in result ? [result] : Object.values(result);
    expect(extents(graph.output)).toEqual(outputs.map((each: { readonly shape: readonly number[] }) => each.shape));
    expect(exportOnnx(model, given)).toEqual(bytes);
  },
);

/** The operators that layers are written as, for one batch. */
const OPERATORS: readonly (readonly [nn.Module, readonly number[], readonly string[]])[] = [
  [nn.linear(8, 4), [3, 8], ["Gemm"]],
  [nn.linear(8, 4, { bias: false }), [3, 8], ["Gemm"]],
  [nn.linear(8, 4), [2, 3, 8], ["Reshape", "Gemm", "Reshape"]],
  [nn.conv2d(3, 4, 3), [2, 3, 8, 8], ["Conv"]],
  [nn.conv1d(3, 4, 3, { padding: "same" }), [2, 3, 8], ["Conv"]],
  [nn.convTranspose2d(3, 4, 3), [2, 3, 8, 8], ["ConvTranspose"]],
  [nn.sequential(nn.conv1d(3, 4, 3), nn.maxPool1d(2), nn.avgPool1d(2)), [2, 3, 20], ["Conv", "MaxPool", "AveragePool"]],
  [nn.adaptiveAvgPool2d(4), [2, 3, 8, 8], ["AveragePool"]],
  [nn.adaptiveAvgPool2d(1), [2, 3, 8, 8], ["GlobalAveragePool"]],
  [nn.adaptiveAvgPool2d(3), [2, 3, 8, 8], ["MatMul", "MatMul"]],
  [nn.avgPool2d(3, { stride: 2, padding: 1, ceilMode: true }), [2, 3, 8, 8], ["Pad", "AveragePool"]],
  [nn.batchNorm2d(3), [2, 3, 8, 8], ["BatchNormalization"]],
  [nn.layerNorm(8), [3, 8], ["LayerNormalization"]],
  [nn.embedding(6, 3), [4], ["Gather"]],
  [nn.lstm(8, 4, { batchFirst: true }), [2, 5, 8], ["Transpose", "LSTM", "Squeeze", "Transpose"]],
  [nn.gru(8, 4), [5, 2, 8], ["GRU", "Squeeze"]],
  [nn.rnn(8, 4), [5, 2, 8], ["RNN", "Squeeze"]],
  [nn.gelu(), [3], ["Mul", "Erf", "Add", "Mul", "Mul"]],
  [nn.softmax(), [3, 4], ["Softmax"]],
  [nn.prelu(3), [2, 3, 4], ["Reshape", "PRelu"]],
  [nn.dropout(0.5), [3, 4], ["Identity"]],
];

test.each(OPERATORS)("%s of %o: %o", (layer, shape, expected) => {
  const dtype = layer instanceof nn.Embedding ? "int32" : "float32";
  expect(operators(graphOf(exportOnnx(layer, { shape, dtype })))).toEqual(expected);
});

test("names: those of the state dict, of layers, and of inputs and outputs", () => {
  const model = nn.sequential(nn.linear(8, 4), nn.relu(), nn.residual(nn.linear(4, 4)));
  const graph = graphOf(exportOnnx(model, [3, 8]));
  expect(graph.initializer?.map(({ name }) => name)).toEqual(["0.weight", "0.bias", "2.body.weight", "2.body.bias"]);
  expect(graph.node?.map(({ name }) => name)).toEqual(["0/Gemm", "1/Relu", "2.body/Gemm", "2/Add"]);
  expect(graph.node?.map(({ docString }) => docString)).toEqual(["linear 8 -> 4", "relu", "linear 4 -> 4", "residual"]);
  expect([graph.input?.[0]?.name, graph.output?.[0]?.name]).toEqual(["input", "output"]);
  expect(floatsOf(initializer(graph, "0.weight"))).toEqual(Array.from(model.stateDict()["0.weight"]?.data ?? []));
  const named = graphOf(exportOnnx(model, [3, 8], { names: { inputs: ["pixels"], outputs: ["scores"] } }));
  expect([named.input?.[0]?.name, named.output?.[0]?.name]).toEqual(["pixels", "scores"]);
  expect(named.node?.at(-1)?.output).toEqual(["scores"]);
});

test("outputs by name; one that is an input, or another output too, has a node of its own", () => {
  const model = new (class extends nn.Module {
    override readonly inputNames = ["left", "right"];
    override forward(x: Operand, y: Operand): Readonly<Record<string, Operand>> {
      const sum = ops.add(x, y);
      return { sum, again: sum, same: x };
    }
  })();
  const graph = graphOf(exportOnnx(model, { right: [2, 3], left: [2, 3] }));
  expect(graph.input?.map(({ name }) => name)).toEqual(["left", "right"]);
  expect(graph.output?.map(({ name }) => name)).toEqual(["sum", "again", "same"]);
  expect(operators(graph)).toEqual(["Add", "Identity", "Identity"]);
  expectSound(graph);
});

test("gates of an LSTM are in the order i, o, f, c, those of a GRU z, r, h; biases one after the other", () => {
  const blocks = (rows: readonly number[], size: number): number[] =>
    Array.from({ length: rows.length / size }, (_, i) => Math.floor((rows[i * size] ?? NaN) / size));
  const counted = (layer: nn.Module): GraphProto => {
    for (const parameter of layer.parameters())
      parameter.assign(Float32Array.from({ length: parameter.size }, (_, i) => i));
    return graphOf(exportOnnx(layer, [5, 1, 1]));
  };
  const lstm = counted(nn.lstm(1, 3));
  expect(blocks(floatsOf(initializer(lstm, "weight_ih_l0.iofc")), 3)).toEqual([0, 3, 1, 2]);
  expect(blocks(floatsOf(initializer(lstm, "weight_hh_l0.iofc")), 9)).toEqual([0, 3, 1, 2]);
  expect(blocks(floatsOf(initializer(lstm, "bias_ih_l0+bias_hh_l0.iofc")), 3)).toEqual([0, 3, 1, 2, 0, 3, 1, 2]);
  const gru = counted(nn.gru(1, 3));
  expect(blocks(floatsOf(initializer(gru, "weight_ih_l0.zrh")), 3)).toEqual([1, 0, 2]);
  expect(blocks(floatsOf(initializer(gru, "bias_ih_l0+bias_hh_l0.zrh")), 3)).toEqual([1, 0, 2, 1, 0, 2]);
});

describe("any batch size", () => {
  test("the first axis of inputs and outputs has a name, and extents are inferred", () => {
    const model = nn.sequential(nn.conv2d(1, 4, 3), nn.relu(), nn.flatten(), nn.linear(144, 2));
    const graph = graphOf(exportOnnx(model, [1, 1, 8, 8], { batch: "dynamic" }));
    expect(extents(graph.input)).toEqual([["batch", 1, 8, 8]]);
    expect(extents(graph.output)).toEqual([["batch", 2]]);
    expect(integersOf(initializer(graph, "2/Reshape/shape"))).toEqual([-1, 144]);
    const fixed = graphOf(exportOnnx(model, [1, 1, 8, 8]));
    expect(integersOf(initializer(fixed, "2/Reshape/shape"))).toEqual([1, 144]);
  });

  test("an output whose extent is a multiple of the batch has a free one", () => {
    const flat = new Lambda((x) => ops.reshape(x, [-1]));
    expect(extents(graphOf(exportOnnx(flat, [4, 3], { batch: "dynamic" })).output)).toEqual([[undefined]]);
  });

  test.each([
    ["a factor", (x: Operand): Operand => ops.multiply(x, x.shape[0] ?? 0), "Mul"],
    ["a part", (x: Operand): Operand => ops.slice(x, 0, 0, (x.shape[0] ?? 0) - 1), "Slice"],
    ["an attribute", (x: Operand): Operand => ops.leakyRelu(x, x.shape[0] ?? 0), "LeakyRelu"],
    ["a number of operations", (x: Operand): Operand => ops.concatenate(ops.unbind(x)), "Concat"],
    ["a constant", (x: Operand): Operand => ops.add(x, ops.constant(tensor(new Float32Array(x.size), x.shape))), "Add"],
  ])("%s that depends on the batch is refused", (_, apply, operator) => {
    expect(() => exportOnnx(new Lambda(apply), [4, 3], { batch: "dynamic" })).toThrow(
      new RegExp(`^exportOnnx: batch may be "dynamic" if .*; got ${operator} "${operator}`),
    );
  });

  test("errors of the second batch size name it", () => {
    const fixed = new Lambda((x) => ops.reshape(x, [4, 3]));
    expect(() => exportOnnx(fixed, [4, 3], { batch: "dynamic" })).toThrow(
      / \(for 5 rows, because batch is "dynamic"\)$/,
    );
  });

  test("inputs of different first axes are refused", () => {
    const model = nn.lstm(3, 2);
    const shapes = [[5, 4, 3], [1, 4, 2], [1, 4, 2]]; // prettier-ignore
    expect(() => exportOnnx(model, shapes, { batch: "dynamic" })).toThrow(ShapeError);
  });
});

describe("refused", () => {
  const x = randomTensor([2, 3], 1);

  test("operations without a form in ONNX, by name", () => {
    const labels = { shape: [2], dtype: "int32" } as const;
    expect(() => exportOnnx(nn.crossEntropyLoss(), [[2, 3], labels])).toThrow(
      /^exportOnnx: every operation must have a form in ONNX; got "\w+"/,
    );
  });

  test("operations that change variables, and those that some runs skip", () => {
    const changing = new Lambda((input) => {
      addEffect(() => ops.sum(input));
      return input;
    });
    expect(() => exportOnnx(changing, x)).toThrow("exportOnnx: no operation may change variables; got sum []");
    const taken = ops.constant(tensor(Int32Array.of(1)));
    const skipped = new Lambda((input) => predicated(taken, () => ops.relu(input)));
    expect(() => exportOnnx(skipped, x)).toThrow("exportOnnx: every operation must always run; got relu [2, 3]");
  });

  test("operands of another trace", () => {
    const seen: Operand[] = [];
    const keeping = new Lambda((input) => {
      seen.push(input);
      return ops.relu(input);
    });
    exportOnnx(keeping, x);
    const mixing = new Lambda((input) => seen.reduce((sum, each) => ops.add(sum, each), input));
    const message = "trace: operands must be of the trace that uses them; got input [2, 3] of another one";
    expect(() => exportOnnx(mixing, x)).toThrow(message);
    expect(() => mixing.predict(x)).toThrow(message);
  });

  test("names that are not as many or not different", () => {
    const model = nn.relu();
    expect(() => exportOnnx(model, x, { names: { inputs: [] } })).toThrow(
      "exportOnnx: names of inputs must be an array of length 1 with non-empty strings; got []",
    );
    expect(() => exportOnnx(model, x, { names: { outputs: [""] } })).toThrow(RangeError);
    expect(() => exportOnnx(model, x, { names: { inputs: ["x"], outputs: ["x"] } })).toThrow(
      'exportOnnx: names of inputs and outputs must be different; got "x", "x"',
    );
  });

  test("another opset", () => {
    expect(() => exportOnnx(nn.relu(), x, { opset: 16 as 17 })).toThrow("exportOnnx: opset must be 17; got 16");
  });
});
