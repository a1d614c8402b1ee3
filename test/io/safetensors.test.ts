import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { FileError, FormatError } from "../../src/base/errors.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import {
  type SafetensorsOptions,
  type WrittenDtype,
  readSafetensors,
  readSafetensorsHeader,
  toSafetensors,
  writeSafetensors,
} from "../../src/io/index.ts";
import { fileOf, scratch } from "../files/support.ts";
import { FIXTURES, bitsOf, expected, tensorOf } from "./fixtures.ts";

const record = Object.fromEntries(Object.entries(expected.written).map(([name, stored]) => [name, tensorOf(stored)]));
const dtypeOf = (name: string): WrittenDtype | undefined => expected.written[name]?.written;

describe("a file of every dtype, written by NumPy and PyTorch", () => {
  const wanted = Object.fromEntries(Object.entries(expected.read).map(([name, stored]) => [name, tensorOf(stored)]));
  const path = `${FIXTURES}/read.safetensors`;

  test.each([
    ["a path", path],
    ["a URL", pathToFileURL(path)],
    ["bytes", readFileSync(path)],
    ["a Blob", new Blob([readFileSync(path)])],
  ])("is read from %s", async (_, file) => {
    expect(bitsOf(await readSafetensors(file))).toEqual(bitsOf(wanted));
  });

  test("says of itself what is in it", async () => {
    const { tensors, metadata } = await readSafetensorsHeader(path);
    expect(metadata).toEqual({ format: "np", größe: '"1"\n' });
    expect(tensors["integers.U16"]).toEqual({ dtype: "U16", shape: [2, 4] });
    expect(Object.keys(tensors).toSorted()).toEqual(Object.keys(wanted).toSorted());
  });
});

describe("bytes are those of the reference implementation", () => {
  test("written by NumPy and PyTorch in its order", () => {
    const bytes = toSafetensors(record, { metadata: { format: "pt" }, dtype: dtypeOf });
    expect(Buffer.from(bytes).equals(readFileSync(`${FIXTURES}/written.safetensors`))).toBe(true);
  });

  /** Tests of https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs */
  test.each([
    [{ "attn.0": [1, 2, 3] }, '{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}'],
    [{ attn0: [1, 1, 2, 3] }, '{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       '],
  ])("its own test: %j", (shapes, header) => {
    const numbers = Float32Array.of(0, 1, 2, 3, 4, 5);
    const given = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tensor(numbers, shape)]));
    expect([...toSafetensors(given)]).toEqual([...fileOf(header, new Uint8Array(numbers.buffer))]);
  });

  test.each([
    [{}, "{}      "],
    [{ framework: "pt" }, '{"__metadata__":{"framework":"pt"}}     '],
  ])("its own test without tensors, metadata %j", (metadata, header) => {
    expect([...toSafetensors({}, { metadata })]).toEqual([...fileOf(header)]);
  });
});

describe("only what is asked for", () => {
  const path = `${FIXTURES}/read.safetensors`;

  test("by names and by a function", async () => {
    expect(Object.keys(await readSafetensors(path, { only: ["scalar", "flag", "scalar"] }))).toEqual([
      "scalar",
      "flag",
    ]);
    const halves = await readSafetensors(path, { only: (name) => name.startsWith("h") });
    expect(Object.keys(halves)).toEqual(["halves"]);
    expect(await readSafetensors(path, { only: [] })).toEqual({});
  });

  test("a tensor of a dtype that cannot be read may be left", async () => {
    const header = {
      a: { dtype: "F8_E4M3", shape: [4], data_offsets: [0, 4] },
      b: { dtype: "U8", shape: [1], data_offsets: [4, 5] },
    };
    const file = fileOf(header, new Uint8Array([1, 2, 3, 4, 5]));
    await expect(readSafetensors(file)).rejects.toThrow('tensor "a" must be of dtype F32');
    expect((await readSafetensors(file, { only: ["b"] }))["b"]?.toArray()).toEqual([5]);
  });

  test("wrong names and options are refused", async () => {
    const missing = readSafetensors(path, { only: ["flag", "flags"] });
    await expect(missing).rejects.toThrow(FormatError);
    await expect(missing).rejects.toThrow(
      `readSafetensors: in ${JSON.stringify(join(process.cwd(), path))}, there must be a tensor "flags"; got `,
    );
    for (const only of ["flag", 5, [5], null]) {
      await expect(readSafetensors(path, { only: only as never })).rejects.toThrow(
        /^readSafetensors: (names in )?only must be /,
      );
    }
    await expect(readSafetensors(path, { names: [] } as never)).rejects.toThrow(
      /options must be only, rename; got names/,
    );
  });
});

test("a file is written in one step and read again; metadata and dtypes are as asked for", async () => {
  const path = join(scratch(), "m.safetensors");
  await writeSafetensors(path, record, { metadata: { a: "1", __proto__x: "ü" }, dtype: dtypeOf });
  expect(bitsOf(await readSafetensors(path))).toEqual(bitsOf(record));
  await writeSafetensors(
    pathToFileURL(path),
    { x: tensor([1.00390625, -2]), n: tensor([3], [1], "int32") },
    { dtype: "BF16" },
  );
  const { tensors, metadata } = await readSafetensorsHeader(path);
  expect(metadata).toEqual({});
  expect(tensors).toEqual({ n: { dtype: "I32", shape: [1] }, x: { dtype: "BF16", shape: [2] } });
  // 1 + 2^-8 is in the middle of two numbers of 8 bits: the even one is 1.
  expect((await readSafetensors(path))["x"]?.toArray()).toEqual([1, -2]);
});

test("a refusal leaves the former file, and nothing beside it", async () => {
  const directory = scratch();
  const path = join(directory, "m.safetensors");
  await writeSafetensors(path, { x: tensor([1]) });
  const former = readFileSync(path);
  await expect(writeSafetensors(path, { x: tensor([1, 65520]) }, { dtype: "F16" })).rejects.toThrow(
    'writeSafetensors: "x" must be finite as F16; got 65520 at index 1',
  );
  await expect(writeSafetensors(path, { x: 5 as never })).rejects.toThrow(TypeError);
  expect(readFileSync(path).equals(former)).toBe(true);
  expect(readdirSync(directory)).toEqual(["m.safetensors"]);
  await expect(writeSafetensors(join(directory, "no", "x"), {})).rejects.toThrow(FileError);
});

test("names of JavaScript's own are names as any other", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "0", ""];
  const given = Object.fromEntries(names.map((name, i) => [name, tensor([i])]));
  const bytes = toSafetensors(given, { metadata: Object.fromEntries(names.map((name) => [name, name])) });
  const read = await readSafetensors(bytes);
  expect(Object.getPrototypeOf(read)).toBeNull();
  expect(Object.keys(read).toSorted()).toEqual(names.toSorted());
  expect(names.map((name) => read[name]?.item())).toEqual([0, 1, 2, 3, 4, 5]);
  const { metadata, tensors } = await readSafetensorsHeader(bytes);
  expect(names.map((name) => metadata[name])).toEqual(names);
  expect(names.map((name) => tensors[name]?.dtype)).toEqual(names.map(() => "F32"));
  expect({}).not.toHaveProperty("dtype");
});

test("numbers are aligned in the file whatever the names are", () => {
  for (let length = 0; length < 16; length++) {
    const bytes = toSafetensors(
      { ["n".repeat(length)]: tensor([1]), h: tensor([1]) },
      { dtype: (name) => (name === "h" ? "F16" : "F32") },
    );
    expect((bytes.length - 6) % 8).toBe(0);
  }
});

describe("what cannot be written is refused", () => {
  const x = tensor([1, 2]);
  const n = tensor([1], [1], "int32");
  const rows: readonly (readonly [unknown, unknown, string])[] = [
    [[x], {}, "the tensors must be an object of names and values; got"],
    [new Map(), {}, "the tensors must be an object of names and values; got a Map"],
    [null, {}, "the tensors must be an object of names and values; got null"],
    [{ x: [1] }, {}, '"x" must be a tensor; got an array'],
    [{ __metadata__: x }, {}, "a tensor must not be named __metadata__; got one"],
    [{ "a\ud800": x }, {}, "a tensor's name must be Unicode, without half a pair of surrogates; got"],
    [{ x }, { metadata: { a: 1 } }, 'metadata "a" must be a string; got 1'],
    [{ x }, { metadata: { a: "\udc00" } }, 'metadata "a" must be Unicode'],
    [{ x }, { metadata: "a" }, 'metadata must be an object of names and values; got "a"'],
    [{ x }, { dtype: "F64" }, 'dtype must be "F32", "F16" or "BF16"; got "F64"'],
    [{ x }, { dtype: "I32" }, 'dtype must be "F32", "F16" or "BF16"; got "I32"'],
    [{ x }, { dtype: () => "I32" }, 'dtype of "x", float32 [2] must be "F32", "F16" or "BF16"; got "I32"'],
    [{ n }, { dtype: () => "F32" }, 'dtype of "n", int32 [1] must be "I32", "I64" or "I8"; got "F32"'],
    [{ x }, { type: "F16" }, "options must be metadata, dtype; got type"],
    [{ x: tensor([0, -65520]) }, { dtype: "F16" }, '"x" must be finite as F16; got -65520 at index 1'],
    [
      { x: tensor([3.4028234e38]) },
      { dtype: "BF16" },
      '"x" must be finite as BF16; got 3.4028234663852886e+38 at index 0',
    ],
  ];
  test.each(rows)("%#: %o, %o", (given, options, message) => {
    expect(() => toSafetensors(given as Record<string, Tensor>, options as SafetensorsOptions)).toThrow(
      `toSafetensors: ${message}`,
    );
  });

  test("a buffer that was transferred", () => {
    const gone = tensor([1, 2]);
    structuredClone(gone.data, { transfer: [gone.data.buffer as ArrayBuffer] });
    expect(() => toSafetensors({ gone })).toThrow('"gone" must be a tensor');
  });
});

test("the index of a number that does not fit counts from the start of the tensor", () => {
  const large = new Float32Array(2 ** 20 + 5);
  large[2 ** 20 + 3] = 1e5;
  expect(() => toSafetensors({ large: tensor(large) }, { dtype: "F16" })).toThrow(`got 100000 at index ${2 ** 20 + 3}`);
});

test("a path that is no file and a file that is cut", async () => {
  const directory = scratch();
  await expect(readSafetensors(join(directory, "no.safetensors"))).rejects.toThrow(FileError);
  const bytes = readFileSync(`${FIXTURES}/read.safetensors`);
  for (const length of [0, 7, 8, 100, bytes.length - 1]) {
    const path = join(directory, "cut.safetensors");
    writeFileSync(path, bytes.subarray(0, length));
    await expect(readSafetensors(path)).rejects.toThrow(FormatError);
    await expect(readSafetensorsHeader(path)).rejects.toThrow(FormatError);
  }
});
