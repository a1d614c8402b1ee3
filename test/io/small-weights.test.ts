import { describe, expect, test } from "vitest";
import { Trainer, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import * as io from "../../src/io/index.ts";
import type { Tensor } from "../../src/base/tensor.ts";
import { toBfloat16, toFloat16 } from "../../src/files/safetensors/half.ts";
import { randomTensor, thrownBy } from "../support.ts";
import { LAYERS } from "../threads/layers.ts";
import { headerOf } from "./hub.ts";

const HALVES = ["bf16", "f16"] as const;
const FORMATS = ["int8", ...HALVES] as const;

/** A layer of each kind with weights that are narrowed, and of others. */
function model(): nn.Sequential {
  manualSeed(3);
  return nn.sequential(
    nn.conv2d(2, 4, 3, { padding: 1, groups: 2 }),
    nn.batchNorm2d(4),
    nn.prelu(4),
    nn.convTranspose2d(4, 3, 2),
    nn.flatten(),
    nn.linear(75, 6),
    nn.layerNorm([6]),
    nn.dropConnect(6, 4),
    nn.unflatten(1, [2, 2]),
    nn.multiheadAttention(2, 1, { batchFirst: true }),
    nn.gru(2, 5, { batchFirst: true }),
  );
}

/** Names of the tensors of `model` that are narrowed, with the shapes of their scales. */
const SMALL: Readonly<Record<string, readonly number[]>> = {
  "0.weight": [4, 1, 1, 1],
  "3.weight": [1, 3, 1, 1],
  "5.weight": [6, 1],
  "7.weight": [4, 1],
  "9.in_proj_weight": [6, 1],
  "9.out_proj.weight": [2, 1],
  "10.weight_ih_l0": [15, 1],
  "10.weight_hh_l0": [15, 1],
};

async function again(from: nn.Module, options: io.SaveOptions): Promise<nn.Module> {
  return io.load(io.toBytes(from, options));
}

describe.each(FORMATS)("weights in %s", (weights) => {
  test("the file has them in the dtype, the rest as it was, and Hugging Face's parser reads it", async () => {
    const own = model();
    const header = await headerOf(io.toBytes(own, { weights }));
    const dtype = { int8: "I8", bf16: "BF16", f16: "F16" }[weights];
    const state = Object.entries(own.stateDict()).map(([name, { shape, dtype: kind }]) => [
      name,
      { dtype: name in SMALL ? dtype : kind === "int32" ? "I32" : "F32", shape: [...shape] },
    ]);
    const scales = weights === "int8" ? Object.entries(SMALL) : [];
    const expected = [...state, ...scales.map(([name, shape]) => [`${name}.scale`, { dtype: "F32", shape }])];
    const { __metadata__: metadata, ...tensors } = header;
    const found = Object.entries(tensors).map(([name, { dtype: each, shape }]) => [name, { dtype: each, shape }]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    expect(metadata).toEqual(expect.objectContaining({ format: "pt" }));
  });

  test.each(LAYERS.map((family) => [family.name, family] as const))(
    "loaded and saved again, the bytes are the same: %s",
    async (_, family) => {
      manualSeed(2);
      const bytes = io.toBytes(family.model(), { weights });
      expect(Buffer.compare(io.toBytes(await io.load(bytes), { weights }), bytes)).toBe(0);
    },
  );

  test("a model that was loaded trains", async () => {
    const loaded = await again(nn.sequential(nn.linear(3, 4), nn.tanh(), nn.linear(4, 1)), { weights });
    const trainer = new Trainer(loaded, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const [x, y] = [randomTensor([8, 3], 1), randomTensor([8, 1], 2)];
    const first = trainer.step(x, y);
    for (let step = 0; step < 20; step++) trainer.step(x, y);
    expect(trainer.step(x, y)).toBeLessThan(first);
  });

  test("layers that are kept, and weights that an embedding reads too, stay as they were", async () => {
    const own = nn.sequential(nn.embedding(7, 5), nn.linear(5, 6), nn.linear(6, 5), nn.linear(5, 7, { bias: false }));
    const [embedding, , , head] = own.namedChildren().map(([, child]) => child);
    Object.assign(head!, { weight: (embedding as nn.Embedding).weight });
    const loaded = await again(own, { weights, keep: ["2"] });
    const changed = Object.entries(loaded.stateDict()).filter(
      ([name, { data }]) => data.join() !== own.stateDict()[name]?.data.join(),
    );
    expect(changed.map(([name]) => name)).toEqual(["1.weight"]);
  });

  test("pruned weights stay 0", async () => {
    const own = nn.sequential(nn.linear(6, 5));
    nn.prune(own, { amount: 0.5 });
    const loaded = await again(own, { weights });
    const zeros = (each: nn.Module): string =>
      each
        .parameters()[0]!
        .read()
        .map((w) => Number(w === 0))
        .join();
    expect(zeros(loaded)).toBe(zeros(own));
    expect(loaded.parameters()[0]?.mask).toBeDefined();
  });

  test.each([NaN, Infinity, -Infinity])("a weight of %d is refused by its name", (wrong) => {
    const own = nn.sequential(nn.relu(), nn.linear(2, 2));
    own.parameters()[0]!.assign([0, 1, wrong, 2]);
    expect(thrownBy(() => io.toBytes(own, { weights }))).toBe(
      `RangeError: toBytes: "1.weight" must be finite to be made small; got ${wrong} at index 2`,
    );
  });
});

test.each(HALVES)("weights in %s are rounded as tensors are", async (weights) => {
  const own = model();
  const loaded = (await again(own, { weights })).stateDict();
  for (const [name, { data }] of Object.entries(own.stateDict())) {
    const expected = name in SMALL ? await roundedBy(weights, Float32Array.from(data)) : data;
    expect(loaded[name]?.data, name).toEqual(expected);
  }
});

async function roundedBy(weights: "bf16" | "f16", numbers: Float32Array): Promise<Float32Array> {
  const [words, halves] = [new Uint32Array(numbers.buffer), new Uint16Array(numbers.length)];
  const misfit = weights === "f16" ? toFloat16(words, numbers, halves) : toBfloat16(words, halves);
  const { x } = await io.readSafetensors(tensorFile("x", halves, weights));
  return misfit < 0 ? Float32Array.from(x!.data) : numbers;
}

/** A file of one tensor of 16 bits, by the specification. */
function tensorFile(name: string, halves: Uint16Array, weights: "bf16" | "f16"): Uint8Array<ArrayBuffer> {
  const entry = { dtype: weights.toUpperCase(), shape: [halves.length], data_offsets: [0, halves.byteLength] };
  const json = new TextEncoder().encode(JSON.stringify({ [name]: entry }));
  const file = new Uint8Array(8 + json.length + halves.byteLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(new Uint8Array(halves.buffer), 8 + json.length);
  return file;
}

test("f16 refuses weights beyond 65504", () => {
  const own = nn.sequential(nn.linear(2, 1));
  own.parameters()[0]!.assign([65_504, 65_520]);
  expect(thrownBy(() => io.toBytes(own, { weights: "f16" }))).toBe(
    'RangeError: toBytes: "0.weight" must be finite as F16; got 65520 at index 1',
  );
});

describe("weights in int8", () => {
  /** The weight of a linear layer, saved: integers and scales. */
  async function saved(rows: readonly (readonly number[])[]): Promise<Record<string, Tensor>> {
    const own = nn.linear(rows[0]!.length, rows.length, { bias: false });
    own.weight.assign(rows.flat());
    const bytes = io.toBytes(own, { weights: "int8" });
    const loaded = (await io.load(bytes)).stateDict()["weight"]!;
    return { ...(await io.readSafetensors(bytes)), loaded };
  }

  test("are w / scale rounded to even, with scale = max |w| / 127 of each output channel", async () => {
    const {
      weight,
      "weight.scale": scale,
      loaded,
    } = await saved([
      [127, -63.5, 0.5, 1.5, 2.5, -2.5],
      [0, 0, -0, 0, 0, 0],
      [-0.3, 0.1, 0.2, 0.0001, 0.3, -0.2],
    ]);
    expect([...weight!.data]).toEqual([127, -64, 0, 2, 2, -2, 0, 0, 0, 0, 0, 0, -127, 42, 85, 0, 127, -85]);
    expect([...scale!.data]).toEqual([1, 0, Math.fround(Math.fround(0.3) / 127)]);
    const products = [...weight!.data].map((q, i) => Math.fround(q * scale!.data[Math.floor(i / 6)]!));
    expect(loaded!.data).toEqual(Float32Array.from(products));
  });

  test("keep integers and scales when they are saved again, where scales are normal numbers", async () => {
    const rows = Array.from({ length: 4000 }, (_, i) => [...randomTensor([3], i, 2 ** ((i % 240) - 113)).data]);
    const first = await saved(rows);
    const flat = [...first["loaded"]!.data];
    const second = await saved(rows.map((row, i) => row.map((_, k) => flat[3 * i + k]!)));
    expect(second).toEqual(first);
  });

  test("have no more than 8 bits where the scale is denormal", async () => {
    const { weight, "weight.scale": scale } = await saved([[180 * 2 ** -149, -180 * 2 ** -149, 2 ** -149, 0]]);
    expect([...weight!.data]).toEqual([127, -127, 1, 0]);
    expect([...scale!.data]).toEqual([2 ** -149]);
  });

  const products = [
    ["linear", () => nn.linear(67, 35), [5, 67]],
    ["dropConnect", () => nn.dropConnect(67, 35), [1, 67]],
    ["conv1d", () => nn.conv1d(5, 9, 3), [2, 5, 20]],
    ["conv2d in groups", () => nn.conv2d(6, 16, 3, { groups: 2 }), [2, 6, 9, 8]],
    ["rnn", () => nn.rnn(12, 19, { bidirectional: true }), [5, 3, 12]],
    ["lstm", () => nn.lstm(12, 17, { numLayers: 2 }), [5, 3, 12]],
    ["gru", () => nn.gru(12, 17), [5, 3, 12]],
    ["multiheadAttention", () => nn.multiheadAttention(12, 3), [5, 3, 12]],
    ["transformerEncoderLayer", () => nn.transformerEncoderLayer(12, 2, { dimFeedforward: 29 }), [5, 3, 12]],
  ] as const;

  test.each(products)(
    "are those of the kernels: %s of a file, compiled, gives the bits of the original",
    async (_, make, shape) => {
      manualSeed(4);
      const own = make();
      const loaded = await again(own, { weights: "int8" });
      const x = randomTensor(shape, 1);
      const compiled = (each: nn.Module): Tensor => each.compile(shape, { weights: "int8" })(x);
      expect(compiled(loaded)).toEqual(compiled(own));
      expect(loaded.predict(x)).not.toEqual(own.predict(x)); // in float32 the weights of the file are rounded ones
    },
  );

  test("whose scales do not fit are refused", async () => {
    const own = nn.sequential(nn.linear(3, 2, { bias: false }));
    const integers = tensor([1, 2, 3, 4, 5, 6], [2, 3], "int32");
    const { metadata } = await io.readSafetensorsHeader(io.toBytes(own));
    const file = (record: Readonly<Record<string, Tensor>>): Uint8Array =>
      io.toSafetensors(record, { metadata, dtype: (_, { dtype }) => (dtype === "int32" ? "I8" : undefined) });
    const refused = async (record: Readonly<Record<string, Tensor>>): Promise<string> =>
      io.load(file(record)).then(
        () => "accepted",
        ({ name, message }: Error) => `${name}: ${message.split("; got ")[1]}`,
      );
    const scale = tensor([2, 3], [2, 1]);
    const loaded = await io.load(file({ "0.weight": integers, "0.weight.scale": scale }));
    expect([...loaded.stateDict()["0.weight"]!.data]).toEqual([2, 4, 6, 12, 15, 18]);
    const along = await io.load(file({ "0.weight": integers, "0.weight.scale": tensor([1, 2, 3], [1, 3]) }));
    expect([...along.stateDict()["0.weight"]!.data]).toEqual([1, 4, 9, 4, 10, 18]);
    for (const [wrong, got] of [
      [{ "0.weight": integers }, '"0.weight" as int32 instead of float32'],
      [
        { "0.weight": integers, "0.weight.scale": tensor([2, 3]) },
        '"0.weight.scale" as [2] instead of [2, 3] with all axes but one of 1',
      ],
      [
        { "0.weight": integers, "0.weight.scale": randomTensor([2, 3], 1) },
        '"0.weight.scale" as [2, 3] instead of [2, 3] with all axes but one of 1',
      ],
      [{ "0.weight": integers, "0.weight.scale": tensor([2, 3], [2, 1], "int32") }, 'unknown "0.weight.scale"'],
      [{ "0.weight": randomTensor([2, 3], 1), "0.weight.scale": scale }, 'unknown "0.weight.scale"'],
    ] as const) {
      expect(await refused(wrong)).toBe(`StateDictError: ${got}`);
    }
  });
});

test("weights and dtype are refused together, and formats and paths that there are not", () => {
  const own = nn.sequential(nn.linear(2, 2));
  const refusal = (options: object): string => thrownBy(() => io.toBytes(own, options));
  expect(refusal({ weights: "f16", dtype: "F16" })).toBe(
    'RangeError: toBytes: dtype must not be given beside weights; got "F16" and f16',
  );
  expect(refusal({ weights: "int4" })).toMatch(/^RangeError: toBytes: weights must be /);
  expect(refusal({ weights: "int8", keep: ["1"] })).toMatch(/^RangeError: toBytes: keep must have paths of layers/);
});

test("integers beyond 8 bits are refused as I8", () => {
  const write = (value: number): Uint8Array =>
    io.toSafetensors({ x: tensor([value], [1], "int32") }, { dtype: () => "I8" });
  expect(write(-128).at(-1)).toBe(0x80);
  expect(thrownBy(() => write(128))).toBe(
    'RangeError: toSafetensors: "x" must be from -128 to 127 as I8; got 128 at index 0',
  );
});
