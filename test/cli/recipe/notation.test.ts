import { describe, expect, test } from "vitest";
import type { SchemaInput } from "lanegrad/data";
import * as io from "lanegrad/io";
import { manualSeed, tensor } from "lanegrad";
import { type Ends, defaultNotation, modelOfNotation } from "../../../src/cli/recipe/model-of-notation.ts";
import { parseNotation } from "../../../src/cli/recipe/notation.ts";
import type { NotationModel } from "../../../src/cli/recipe/recipe.ts";

const features = (count: number): Readonly<Record<string, SchemaInput>> => ({
  features: { shape: [count], dtype: "float32" },
});
const images = (channels: number, height: number, width: number): Readonly<Record<string, SchemaInput>> => ({
  image: { shape: [channels, height, width], dtype: "float32" },
});
const ends = (inputs: Ends["inputs"], outputs: number): Ends => ({
  inputs,
  outputs,
  outputsAre: 'one for each class of "kind"',
});
const notation = (text: string, rest: Partial<NotationModel> = {}): NotationModel => ({
  notation: text,
  activation: "relu",
  dropout: 0,
  norm: "none",
  ...rest,
});

/** The layers of a model as they print. */
function layers(model: NotationModel, of: Ends): readonly string[] {
  const made = modelOfNotation("train", model, of);
  const children = made.namedChildren();
  return children.length === 0 ? [made.describe()] : children.map(([, layer]) => layer.describe());
}

/** What a refused call says, with its hint. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return [String(Reflect.get(Object(error), "message")), Reflect.get(Object(error), "hint")]
      .filter(Boolean)
      .join(" | ");
  }
  return "no error";
}

describe("parseNotation", () => {
  test("gives layers with their positions", () => {
    expect(parseNotation("train", "conv32-pool2-128-10")).toEqual([
      { kind: "conv", channels: 32, text: "conv32", position: 1 },
      { kind: "pool", size: 2, text: "pool2", position: 8 },
      { kind: "linear", width: 128, text: "128", position: 14 },
      { kind: "linear", width: 10, text: "10", position: 18 },
    ]);
  });

  test.each([
    ["", 'got nothing at position 1 in ""'],
    ["64--3", 'got nothing at position 4 in "64--3"'],
    ["64-x-3", 'got "x" at position 4 in "64-x-3"'],
    ["64,3", 'got "64,3" at position 1'],
    ["cnv32-10", 'got "cnv32" at position 1 in "cnv32-10" | did you mean "conv32"?'],
    ["maxpool2-10", 'got "maxpool2" at position 1'],
    ["linear64-3", "| a linear layer is its width alone: 64"],
    ["0-3", "sizes of layers must be from 1 to 65536; got 0 at position 1"],
    ["64-99999999999999999999", "sizes of layers must be from 1 to 65536; got 99999999999999999999 at position 4"],
    ["64-conv32-10", "conv layers must be before widths; got conv32 at position 4"],
    ["conv32-pool2", "the last layer must be a width, the number of outputs; got pool2"],
    ["-3", "got nothing at position 1"],
    ["1.5-3", 'got "1.5" at position 1'],
  ])("refuses %j", (text, message) => {
    expect(refusal(() => parseNotation("train", text))).toContain(message);
  });
});

describe("modelOfNotation", () => {
  test("puts norm, activation and dropout behind each linear layer but the last", () => {
    const model = notation("8-6-3", { activation: "tanh", dropout: 0.25, norm: "batch" });
    const hidden = ["tanh", "dropout 0.25"];
    expect(layers(model, ends(features(4), 3))).toEqual([
      "linear 4 -> 8",
      "batchNorm1d 8",
      ...hidden,
      "linear 8 -> 6",
      "batchNorm1d 6",
      ...hidden,
      "linear 6 -> 3",
    ]);
    expect(layers(notation("5-1", { norm: "layer" }), ends(features(2), 1))).toEqual([
      "linear 2 -> 5",
      "layerNorm 5",
      "relu",
      "linear 5 -> 1",
    ]);
    expect(layers(notation("3"), ends(features(4), 3))).toEqual(["linear 4 -> 3"]);
  });

  test("keeps the size of images in convolutions, halves it in pools, and flattens before the first width", () => {
    const made = layers(notation("conv4-pool2-conv8-10", { dropout: 0.5 }), ends(images(3, 9, 6), 10));
    expect(made).toEqual([
      expect.stringMatching(/^conv2d 3 -> 4/),
      "relu",
      expect.stringMatching(/^maxPool2d 2/),
      expect.stringMatching(/^conv2d 4 -> 8/),
      "relu",
      "flatten",
      "dropout 0.5",
      "linear 96 -> 10",
    ]);
    expect(layers(notation("7-2"), ends(images(1, 4, 4), 2))).toEqual([
      "flatten",
      "linear 16 -> 7",
      "relu",
      "linear 7 -> 2",
    ]);
  });

  test.each<[string, NotationModel, Ends["inputs"], readonly number[], readonly number[] | Int32Array]>([
    ["features", notation("8-3", { norm: "batch", dropout: 0.5 }), features(2), [2, 2], [0.5, -1, 2, 3]],
    ["images", notation("conv2-pool2-3", { norm: "layer" }), images(1, 2, 2), [1, 1, 2, 2], [1, 0, 0.5, 1]],
    ["ids", notation("4-3"), { city: { shape: [], dtype: "int32", size: 5 } }, [3], Int32Array.of(0, 4, 2)],
    [
      "words",
      notation("4-3"),
      { text: { shape: [4], dtype: "int32", size: 9 } },
      [2, 4],
      Int32Array.of(3, 1, 0, 0, 8, 2, 2, 1),
    ],
  ])("makes a model of %s that is loaded again without code", async (_, model, inputs, shape, values) => {
    manualSeed(3);
    const made = modelOfNotation("train", model, ends(inputs, 3)).eval();
    const x = tensor(values, shape);
    const out = made.predict(x);
    expect(out.shape).toEqual([shape[0], 3]);
    expect((await io.load(io.toBytes(made))).predict(x).data).toEqual(out.data);
  });

  test("ignores the padding of words", () => {
    const model = modelOfNotation("train", notation("3"), ends({ text: { shape: [4], dtype: "int32", size: 9 } }, 3));
    const [short, long] = [Int32Array.of(3, 5, 0, 0), Int32Array.of(3, 5, 3, 5)].map((ids) =>
      model.predict(tensor(ids, [1, 4])),
    );
    short?.data.forEach((each, i) => expect(each).toBeCloseTo(Number(long?.data[i]), 6));
  });

  test.each<[string, NotationModel, Ends, string]>([
    [
      "other outputs than classes",
      notation("512-12"),
      ends(features(4), 10),
      'train: the last width must be 10, one for each class of "kind"; got 12 in "512-12" | --model 512-10',
    ],
    [
      "convolutions of a table",
      notation("conv32-3"),
      ends(features(4), 3),
      "conv32 at position 1 of --model must be for images; got 4 features",
    ],
    [
      "a pool larger than the image",
      notation("pool2-pool4-3"),
      ends(images(1, 4, 4), 3),
      "pool4 at position 7 of --model must be at most the size of its input; got 2 x 2",
    ],
    [
      "dropout without hidden layers",
      notation("3", { dropout: 0.3 }),
      ends(features(4), 3),
      "--dropout must be with a model of hidden layers",
    ],
    [
      "dropout of 1",
      notation("8-3", { dropout: 1 }),
      ends(features(4), 3),
      "--dropout must be at least 0 and below 1; got 1",
    ],
    [
      "an unknown activation",
      notation("8-3", { activation: "constructor" }),
      ends(features(4), 3),
      "--activation must be one of relu,",
    ],
    [
      "several inputs",
      notation("8-3"),
      ends({ ...features(4), ...images(1, 2, 2) }, 3),
      "must be for one input; got features, image | --model FILE takes",
    ],
  ])("refuses %s", (_, model, of, message) => {
    expect(refusal(() => modelOfNotation("train", model, of))).toContain(message);
  });
});

test.each([
  [features(4), "64-64-3"],
  [images(1, 28, 28), "conv16-pool2-conv32-pool2-64-3"],
  [images(3, 6, 8), "64-3"],
  [images(3, 200, 300), "conv16-pool2-conv32-pool2-conv64-pool2-conv64-pool2-conv64-pool2-64-3"],
])("defaultNotation of %j is %s", (inputs, expected) => {
  expect(defaultNotation(ends(inputs, 3))).toBe(expected);
  expect(() => modelOfNotation("train", notation(expected), ends(inputs, 3))).not.toThrow();
});
