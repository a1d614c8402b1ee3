/** `importOnnx` on models made here, one operator or a few each. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FormatError, ShapeError } from "../../src/base/errors.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import { exportWasm } from "../../src/export/index.ts";
import { Input } from "../../src/graph/operand.ts";
import { nn } from "../../src/index.ts";
import { type OnnxModule, exportOnnx, importOnnx } from "../../src/onnx/index.ts";
import {
  ATTRIBUTE,
  type AttributeProto,
  DATA,
  type GraphProto,
  type ModelProto,
  type TensorProto,
  writeModel,
} from "../../src/onnx/model.ts";

/** A node in one line: `Gemm x W b -> y`. */
function node(text: string, attributes: Readonly<Record<string, number | string | readonly number[]>> = {}): NodeOf {
  const [left = "", right = ""] = text.split(" -> ");
  const [opType = "", ...input] = left.split(" ");
  return {
    opType,
    input: input.map((name) => (name === "_" ? "" : name)),
    output: right.split(" "),
    attribute: Object.entries(attributes).map(([name, value]): AttributeProto => {
      if (typeof value === "string") return { name, s: value, type: ATTRIBUTE.STRING };
      if (typeof value !== "number") return { name, ints: value, type: ATTRIBUTE.INTS };
      return Number.isInteger(value)
        ? { name, i: value, type: ATTRIBUTE.INT }
        : { name, f: value, type: ATTRIBUTE.FLOAT };
    }),
  };
}

type NodeOf = NonNullable<GraphProto["node"]>[number];

const floats = (name: string, dims: readonly number[], floatData: readonly number[]): TensorProto => ({
  name,
  dims,
  dataType: DATA.FLOAT,
  floatData,
});
const integers = (name: string, dims: readonly number[], int64Data: readonly number[]): TensorProto => ({
  name,
  dims,
  dataType: DATA.INT64,
  int64Data,
});

/** A file with inputs x of these shapes; text in a shape is a free extent. */
function file(
  nodes: readonly NodeOf[],
  inputs: Readonly<Record<string, readonly (number | string)[]>>,
  initializer: readonly TensorProto[] = [],
  {
    opset = 17,
    graph = {},
    elemType = 1,
  }: { readonly opset?: number; readonly graph?: GraphProto; readonly elemType?: number } = {},
): Uint8Array {
  const model: ModelProto = {
    irVersion: 8,
    opsetImport: [{ version: opset }],
    graph: {
      node: nodes,
      initializer,
      input: Object.entries(inputs).map(([name, shape]) => ({
        name,
        type: {
          tensorType: {
            elemType,
            shape: { dim: shape.map((each) => (typeof each === "number" ? { dimValue: each } : { dimParam: each })) },
          },
        },
      })),
      output: (nodes.at(-1)?.output ?? []).map((name) => ({ name })),
      ...graph,
    },
  };
  return writeModel(model);
}

async function run(bytes: Uint8Array, ...inputs: readonly Tensor[]): Promise<readonly number[]> {
  const result = (await importOnnx(bytes)).eval().run(...inputs);
  return Array.from(result.data);
}

const row = tensor([[-2, -0.5, 0.25, 3]]);

describe("what becomes of initializers", () => {
  const bytes = file(
    [
      node("Gemm x fc.weight fc.bias -> h", { transB: 1 }),
      node("Mul h scale -> s"),
      node("Clip s low _ -> c"),
      node("Reshape c shape -> y"),
    ],
    { x: ["batch", 2] },
    [
      floats("fc.weight", [3, 2], [1, 2, 3, 4, 5, 6]),
      floats("fc.bias", [3], [0.5, -0.5, 0]),
      floats("scale", [], [0.5]),
      floats("low", [1], [1]),
      integers("shape", [2], [-1, 1]),
    ],
  );

  test("a model prints its inputs, outputs and number of nodes", async () => {
    const model = await importOnnx(bytes);
    expect(model.outputNames).toEqual(["y"]);
    expect(String(model)).toBe("onnx x float32 [any, 2] -> y, 4 nodes");
  });

  test("weights are parameters with their names; scalars, settings and integers are constants", async () => {
    const model = await importOnnx(bytes);
    expect(model.namedParameters().map(([name, { shape }]) => [name, shape])).toEqual([
      ["fc.weight", [3, 2]],
      ["fc.bias", [3]],
    ]);
    expect(model.inputNames).toEqual(["x"]);
    expect(model.training).toBe(true);
    expect(Array.from(model.predict(tensor([[1, 1]])).data)).toEqual([1.75, 3.25, 5.5]);
  });

  test("numbers as bytes, of other types, and in lists are the same", async () => {
    const types: readonly TensorProto[] = [
      { dims: [2], dataType: DATA.FLOAT, rawData: new Uint8Array(Float32Array.of(1.5, -2).buffer) },
      { dims: [2], dataType: DATA.DOUBLE, rawData: new Uint8Array(Float64Array.of(1.5, -2).buffer) },
      { dims: [2], dataType: DATA.DOUBLE, doubleData: [1.5, -2] },
      { dims: [2], dataType: DATA.FLOAT16, rawData: new Uint8Array(Uint16Array.of(0x3e00, 0xc000).buffer) },
      { dims: [2], dataType: DATA.FLOAT16, int32Data: [0x3e00, 0xc000] },
      { dims: [2], dataType: DATA.BFLOAT16, rawData: new Uint8Array(Uint16Array.of(0x3fc0, 0xc000).buffer) },
    ];
    for (const each of types) {
      const { w: weight } = (
        await importOnnx(file([node("Add x w -> y")], { x: [2] }, [{ ...each, name: "w" }]))
      ).stateDict();
      expect(Array.from(weight?.data ?? [])).toEqual([1.5, -2]);
    }
  });
});

test("the first axis is free though the file fixes it, the others are not", async () => {
  const model = await importOnnx(file([node("Relu x -> y")], { x: [1, 2] }));
  expect(
    model.predict(
      tensor([
        [1, -1],
        [2, 3],
      ]),
    ).shape,
  ).toEqual([2, 2]);
  expect(() => model.predict(tensor([[1, 2, 3]]))).toThrow(
    'onnx: input "x" must be float32 [any, 2]; got float32 [1, 3]',
  );
  expect(() => model.predict(tensor([[1, 2]], undefined, "int32"))).toThrow("must be float32");
});

test("several inputs and outputs have their names", async () => {
  const model = await importOnnx(
    file([node("Sub b a -> d"), node("Split d -> first second", { axis: 1 })], { a: [1, 2], b: [1, 2] }),
  );
  const result: object = model.predict({ b: tensor([[3, 5]]), a: tensor([[1, 1]]) });
  expect(Object.keys(result)).toEqual(["first", "second"]);
  expect(result).toMatchObject({ first: { data: Float32Array.of(2) }, second: { data: Float32Array.of(4) } });
});

test("dropout follows the mode, and its probability may be set", async () => {
  const ones = tensor(new Float32Array(1000).fill(1), [1, 1000]);
  const model = await importOnnx(file([node("Dropout x ratio -> y")], { x: [1, 1000] }, [floats("ratio", [], [0.25])]));
  const zeros = (): number => model.run(ones).data.reduce((count, each) => count + Number(each === 0), 0);
  const quarter = zeros();
  expect(Math.abs(quarter - 250)).toBeLessThan(60);
  for (const layer of model.modules()) if (layer instanceof nn.Dropout) layer.p = 0.75;
  const most = zeros();
  expect(Math.abs(most - 750)).toBeLessThan(60);
  model.eval();
  expect(zeros()).toBe(0);
});

/** Of PyTorch 1.13: opsets beyond the test data of ONNX. */
test.each([
  ["Gelu", {}, [-0.0455001, -0.15426879, 0.14967656, 2.99595022]],
  ["Gelu", { approximate: "tanh" }, [-0.04540229, -0.154286, 0.14967535, 2.99636269]],
  ["Mish", {}, [-0.25250146, -0.22074376, 0.1695724, 2.98653507]],
  ["LpNormalization", {}, [-0.54815096, -0.13703774, 0.06851887, 0.82222646]],
])("%s %o", async (name, attributes, expected) => {
  const out = await run(file([node(`${name} x -> y`, attributes)], { x: [1, 4] }, [], { opset: 20 }), row);
  out.forEach((each, i) => expect(each).toBeCloseTo(expected[i] ?? NaN, 6));
});

test.each([
  [
    21,
    [1, 2, 3, 4],
    [0, 1, 0, -1],
    [-0.99999964, -0.71428549, 1.28571415, 4.14285612, -3.76854992, -1.58035958, 0.45879376, 4.67308617],
  ],
  [
    18,
    [1, 3],
    [0, 1],
    [-0.99999964, -0.71428549, 0.14285707, 1.57142794, -2.76854992, -0.58035958, 2.09409523, 5.25481462],
  ],
])("GroupNormalization of opset %i", async (opset, weight, bias, expected) => {
  const initializers = [floats("w", [weight.length], weight), floats("b", [bias.length], bias)];
  const bytes = file([node("GroupNormalization x w b -> y", { num_groups: 2 })], { x: [1, 4, 2] }, initializers, {
    opset,
  });
  const out = await run(
    bytes,
    tensor(
      Float32Array.from({ length: 8 }, (_, i) => i * i),
      [1, 4, 2],
    ),
  );
  out.forEach((each, i) => expect(each).toBeCloseTo(expected[i] ?? NaN, 5));
});

test("an imported model is exported again, with the same outputs", async () => {
  const bytes = readFileSync(new URL("fixtures/cnn.onnx", import.meta.url));
  const x = tensor(
    Float32Array.from({ length: 162 }, (_, i) => Math.sin(i)),
    [1, 2, 9, 9],
  );
  const model = await importOnnx(bytes);
  const expected = model.predict(x);
  const again = await importOnnx(exportOnnx(model, [1, 2, 9, 9]));
  again.predict(x).data.forEach((each, i) => expect(each).toBeCloseTo(expected.data[i] ?? NaN, 5));
  expect(exportWasm(model, [1, 2, 9, 9]).wasm.length).toBeGreaterThan(1000);
});

describe("refused at import", () => {
  const x = { x: [1, 2] };
  const relu = node("Relu x -> y");
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    [
      "an unknown operator",
      file([{ ...node("NonMaxSuppression x -> y"), name: "nms" }], x),
      'got "NonMaxSuppression" (node "nms")',
    ],
    [
      "an operator of another domain",
      file([{ ...relu, domain: "com.microsoft" }], x),
      'got "Relu" of domain "com.microsoft"',
    ],
    [
      "a subgraph",
      file([{ ...relu, attribute: [{ name: "body", g: {}, type: ATTRIBUTE.GRAPH }] }], x),
      "attributes must not be graphs; got one in Relu",
    ],
    ["an opset of the future", file([relu], x, [], { opset: 22 }), "the opset must be from 1 to 21; got 22"],
    [
      "sparse initializers",
      file([relu], x, [], { graph: { sparseInitializer: [new Uint8Array()] } }),
      "initializers must be dense",
    ],
    ["numbers in another file", file([relu], x, [{ ...floats("w", [1], [1]), dataLocation: 1 }]), "got external data"],
    [
      "strings",
      file([relu], x, [{ name: "w", dims: [1], dataType: DATA.STRING }]),
      'initializer "w": numbers must be FLOAT, DOUBLE',
    ],
    ["inputs of strings", file([relu], x, [], { elemType: DATA.STRING }), 'input "x": numbers must be FLOAT'],
    ["too few numbers", file([relu], x, [floats("w", [2], [1])]), "[2] must have 2 numbers; got 1"],
    [
      "dims below 0",
      file([relu], x, [floats("w", [-1], [])]),
      "dims must be at most 32 whole numbers of at least 0; got [-1]",
    ],
    [
      "two initializers of a name",
      file([relu], x, [floats("w", [0], []), floats("w", [0], [])]),
      "initializers must have different names",
    ],
    ["no input", file([node("Relu w -> y")], {}, [floats("w", [1], [1])]), "a model must have an input; got none"],
    [
      "a value that nothing makes",
      file([node("Add x z -> y")], x),
      'values must be made before they are used; got "z" in Add',
    ],
    ["a value made twice", file([relu, relu], x), 'values must have different names; got "y" twice'],
    [
      "an output that nothing makes",
      file([relu], x, [], { graph: { output: [{ name: "z" }] } }),
      'outputs must be values of the graph; got "z"',
    ],
    ["no graph", writeModel({ irVersion: 8 }), "a model must have a graph; got none"],
  ];
  test.each(cases)("%s", async (_, bytes, message) => {
    await expect(importOnnx(bytes)).rejects.toThrow(FormatError);
    await expect(importOnnx(bytes)).rejects.toThrow(message);
  });

  test("a file that is not there", async () => {
    await expect(importOnnx("absent.onnx")).rejects.toThrow("importOnnx: ");
  });

  test("the error lists the operators that are known, and all others", async () => {
    const nodes = [node("Loop x -> y"), node("Einsum y y -> z"), node("Loop z -> w")];
    await expect(importOnnx(file(nodes, x))).rejects.toThrow(
      /operators must be Abs, .*, LSTM, .*, Xor; got "Loop" \(node "[^"]*"\), "Einsum" \(node "[^"]*"\)$/,
    );
    const many = Array.from({ length: 12 }, (_, i) => node(`Other${i} x -> y${i}`));
    await expect(importOnnx(file(many, x))).rejects.toThrow(/"Other9" \(node "[^"]*"\), 2 more$/);
  });

  test("the error for a file of another kind says so", async () => {
    await expect(importOnnx(new TextEncoder().encode("{ }"))).rejects.toThrow("not ONNX, or damaged: ");
  });
});

describe("refused when traced", () => {
  const trace = async (bytes: Uint8Array, dtype: "float32" | "int32" = "float32"): Promise<unknown> => {
    const model: OnnxModule = await importOnnx(bytes);
    return model.trace(() => model.call(...model.inputNames.map((name) => new Input([1, 2], dtype, name))));
  };
  const x = { x: [1, 2] };

  test.each([
    [
      "an attribute that means something else",
      node("Relu x -> y", { saturate: 1 }),
      FormatError,
      'Relu: there must be no attributes; got "saturate"',
    ],
    [
      "an attribute of another type",
      node("LeakyRelu x -> y", { alpha: 1 }),
      FormatError,
      "attribute alpha must have type 1; got 2",
    ],
    ["a missing attribute", node("DepthToSpace x -> y"), FormatError, "attribute blocksize must be given; got none"],
    ["a missing input", node("Add x -> y"), FormatError, "input 1 must be given"],
    [
      "an axis that is not there",
      node("Concat x x -> y", { axis: 2 }),
      ShapeError,
      "an axis must be from -2 to 1; got 2",
    ],
    [
      "a shape that a run computes",
      node("Reshape x x -> y"),
      ShapeError,
      "input 1 must be known from shapes and constants",
    ],
    [
      "shapes that do not broadcast",
      node("Expand x shape -> y"),
      ShapeError,
      "shapes must broadcast; got [1, 2] and [3]",
    ],
  ])("%s", async (_, each, kind, message) => {
    const bytes = file([each], x, [integers("shape", [1], [3])]);
    await expect(trace(bytes)).rejects.toThrow(kind);
    await expect(trace(bytes)).rejects.toThrow(message);
  });

  test("integers that a run computes with", async () => {
    const bytes = file([node("Add x x -> y")], x, [], { elemType: DATA.INT64 });
    await expect(trace(bytes, "int32")).rejects.toThrow(
      "integers that are computed with must be known from shapes and constants; got integer [1, 2]",
    );
  });

  test("results beyond any memory", async () => {
    const bytes = file([node("Expand x shape -> y")], x, [integers("shape", [3], [2 ** 20, 2 ** 20, 1])]);
    await expect(trace(bytes)).rejects.toThrow("the result must have at most 2^28 elements");
  });

  const ofInts = { name: "value", t: integers("", [1], [7]), type: ATTRIBUTE.TENSOR };

  test.each<readonly [name: string, nodes: readonly NodeOf[], initializers: readonly TensorProto[], message: string]>([
    [
      "a split in more parts than a list holds",
      [node("Split x -> y z", { axis: 1, num_outputs: 2 ** 40 })],
      [],
      "an axis must have at most 2^22 indices here; got 1099511627776",
    ],
    [
      "every other element of a long axis",
      [node("ConstantOfShape n -> c"), node("Slice c from to at step -> y")],
      [
        integers("n", [1], [2 ** 28]),
        integers("from", [1], [0]),
        integers("to", [1], [2 ** 28]),
        integers("at", [1], [0]),
        integers("step", [1], [2]),
      ],
      "an axis must have at most 2^22 indices here; got 134217728",
    ],
    [
      "a long axis of no elements",
      [node("Reshape none n -> c", { allowzero: 1 }), node("ArgMax c -> y", { axis: 1, select_last_index: 1 })],
      [floats("none", [0], []), integers("n", [2], [0, 2 ** 40])],
      "the result must have at most 2^28 elements; got [0, 1099511627776]",
    ],
    [
      "kernels of two million planes",
      [node("ConstantOfShape n -> c"), node("ConstantOfShape k -> w"), node("Conv c w -> y")],
      [integers("n", [5], [1, 1, 2 ** 22, 2, 2]), integers("k", [5], [1, 1, 2 ** 21, 1, 1])],
      "kernels must have at most 1024 planes; got 2097152",
    ],
    [
      "many nodes of many constants",
      [
        ...Array.from({ length: 5 }, (_, i): NodeOf => ({
          ...node(`ConstantOfShape n -> c${i}`),
          attribute: [ofInts],
        })),
        node("Relu x -> y"),
      ],
      [integers("n", [1], [2 ** 24])],
      "nodes of constants must give at most 2^26 numbers in all; got 83886080",
    ],
  ])("%s", async (_, nodes, initializers, message) => {
    const bytes = file(nodes, x, initializers, { opset: 18 });
    await expect(trace(bytes)).rejects.toThrow(message);
  });

  test("initializers of no elements with long axes", async () => {
    const bytes = file([node("EyeLike w -> y")], x, [floats("w", [2 ** 31, 0], [])]);
    await expect(importOnnx(bytes)).rejects.toThrow("dims other than 0 must multiply to less than 2^31");
  });

  test("a long axis may be sliced in steps of 1 without a list of its indices", async () => {
    const bytes = file([node("ConstantOfShape n -> c"), node("Slice c from to -> d"), node("Add d x -> y")], x, [
      integers("n", [1], [2 ** 28]),
      integers("from", [1], [2 ** 28 - 2]),
      integers("to", [1], [2 ** 40]),
    ]);
    await expect(trace(bytes)).resolves.toMatchObject({ shape: [1, 2] });
  });
});
