/** What `readHeader` accepts and refuses. */
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { type SafetensorsHeader, readHeader, readTensor } from "../../src/files/safetensors/index.ts";
import { openSource } from "../../src/files/source.ts";
import { fileOf } from "./support.ts";

async function headerOf(bytes: Uint8Array): Promise<SafetensorsHeader> {
  return readHeader("read", await openSource("read", bytes));
}

const entry = (dtype: string, shape: readonly unknown[], start: unknown, end: unknown): object => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

/** A file that says that its header is `length` bytes long. */
function ofLength(length: bigint, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(rest, 8);
  return bytes;
}

const f32 = entry("F32", [2], 0, 8);
const e = (text: string): string => `{"a":{${text}}}`;
const DTYPE = '"dtype":"U8"';
const SHAPE = '"shape":[1]';
const OFFSETS = '"data_offsets":[0,1]';

describe("refused, with the reason", () => {
  const rows: readonly (readonly [string, Uint8Array, string])[] = [
    ["an empty file", new Uint8Array(0), "the length of the header must be 8 bytes; got a file of 0 bytes"],
    ["7 bytes", new Uint8Array(7), "the length of the header must be 8 bytes; got a file of 7 bytes"],
    ["no header", new Uint8Array(8), 'the header must begin with "{"; got nothing'],
    [
      "a header behind the end",
      ofLength(3n, new Uint8Array(2)),
      "the header must lie in the file of 10 bytes; got 3 bytes",
    ],
    [
      "a huge length",
      ofLength(2n ** 64n - 1n, new Uint8Array(2)),
      "the header must have at most 100000000 bytes; got 18446744073709551615",
    ],
    [
      "a text",
      new TextEncoder().encode("<!DOCTYPE html>"),
      'the header must have at most 100000000 bytes; got 5789751444030890300: is it a safetensors file? It is a file that begins with "<!DOCTYP"',
    ],
    [
      "a zip archive",
      new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 9]),
      "the header must have at most 100000000 bytes; got 648518346408676176: is it a safetensors file? It is a zip archive, as those of PyTorch and NumPy",
    ],
    [
      "one byte too long",
      ofLength(100_000_001n, new Uint8Array(2)),
      "the header must have at most 100000000 bytes; got 100000001",
    ],
    [
      "the longest, cut",
      ofLength(100_000_000n, new Uint8Array(2)),
      "the header must lie in the file of 10 bytes; got 100000000 bytes",
    ],
    ["a space first", fileOf(" {}"), 'the header must begin with "{"; got byte 32'],
    ["a byte order mark first", fileOf("\ufeff{}"), 'the header must begin with "{"; got byte 239'],
    [
      "other bytes than UTF-8",
      ofLength(3n, new Uint8Array([0x7b, 0xff, 0x7d])),
      "the header must be UTF-8; got other bytes",
    ],
    ["UTF-16", ofLength(4n, new Uint8Array([0x7b, 0, 0x7d, 0])), "a name in the header must be a string"],
    ["no end of the object", fileOf("{"), "a name in the header must be a string; got the end at character 1"],
    ["text after the object", fileOf("{}x"), 'the header must be followed by nothing; got "x" at character 2'],
    ["two objects", fileOf("{}{}"), "the header must be followed by nothing"],
    ["a zero byte as padding", fileOf("{}\0"), "the header must be followed by nothing"],
    [
      "a name twice",
      fileOf(`{"a":${JSON.stringify(f32)},"a":${JSON.stringify(f32)}}`, 8),
      'names in the header must differ; got "a" twice',
    ],
    [
      "a name twice, by an escape",
      fileOf(`{"a":${JSON.stringify(f32)},"\\u0061":${JSON.stringify(f32)}}`, 8),
      'names in the header must differ; got "a" twice',
    ],
    [
      "__metadata__ twice",
      fileOf('{"__metadata__":{},"__metadata__":{}}'),
      'names in the header must differ; got "__metadata__" twice',
    ],
    [
      "a key of metadata twice",
      fileOf('{"__metadata__":{"k":"1","k":"1"}}'),
      'names in __metadata__ must differ; got "k" twice',
    ],
    [
      "a member twice",
      fileOf(e(`${DTYPE},${DTYPE},${SHAPE},${OFFSETS}`), 1),
      'names in tensor "a" must differ; got "dtype" twice',
    ],
    [
      "an unknown member twice",
      fileOf(e(`${DTYPE},${SHAPE},${OFFSETS},"x":0,"x":0`), 1),
      'names in tensor "a" must differ; got "x" twice',
    ],
    ["metadata that is a number", fileOf('{"__metadata__":{"k":1}}'), "a value in __metadata__ must be a string"],
    ["metadata that is null", fileOf('{"__metadata__":null}'), "__metadata__ must be an object"],
    [
      "half a pair of surrogates",
      fileOf(`{"\\ud800":${JSON.stringify(f32)}}`, 8),
      "a name in the header must have escapes of Unicode characters",
    ],
    ["an entry that is no object", fileOf('{"a":[]}'), 'tensor "a" must be an object'],
    [
      "no dtype",
      fileOf(e(`${SHAPE},${OFFSETS}`), 1),
      'tensor "a" must have dtype, shape and data_offsets; got shape, data_offsets',
    ],
    [
      "no shape",
      fileOf(e(`${DTYPE},${OFFSETS}`), 1),
      'tensor "a" must have dtype, shape and data_offsets; got dtype, data_offsets',
    ],
    [
      "no offsets",
      fileOf(e(`${DTYPE},${SHAPE}`), 1),
      'tensor "a" must have dtype, shape and data_offsets; got dtype, shape',
    ],
    ["an empty entry", fileOf(e(""), 0), 'tensor "a" must have dtype, shape and data_offsets; got none of them'],
    ["a dtype that is a number", fileOf(e(`"dtype":8,${SHAPE},${OFFSETS}`), 1), 'dtype of tensor "a" must be a string'],
    ["a shape that is a number", fileOf(e(`${DTYPE},"shape":1,${OFFSETS}`), 1), 'shape of tensor "a" must be an array'],
    [
      "a negative extent",
      fileOf({ a: entry("U8", [-1], 0, 1) }, 1),
      'a number in shape of tensor "a" must be a whole number from 0 to 2^53 - 1; got "-1]',
    ],
    [
      "a fraction",
      fileOf({ a: entry("U8", [1.5], 0, 1) }, 1),
      'a number in shape of tensor "a" must be a whole number',
    ],
    [
      "a float that is whole",
      fileOf(e(`${DTYPE},"shape":[1.0],${OFFSETS}`), 1),
      'a number in shape of tensor "a" must be a whole number',
    ],
    [
      "an extent of text",
      fileOf({ a: entry("U8", ["1"], 0, 1) }, 1),
      'a number in shape of tensor "a" must be a whole number',
    ],
    [
      "three offsets",
      fileOf(e(`${DTYPE},${SHAPE},"data_offsets":[0,1,2]`), 1),
      'data_offsets of tensor "a" must be a start and an end; got [0,1,2]',
    ],
    [
      "one offset",
      fileOf(e(`${DTYPE},${SHAPE},"data_offsets":[0]`), 1),
      'data_offsets of tensor "a" must be a start and an end; got [0]',
    ],
    [
      "an end before the start",
      fileOf({ a: entry("U8", [1], 1, 0) }, 1),
      'data_offsets of tensor "a" must be a start and an end; got [1,0]',
    ],
    [
      "too few bytes",
      fileOf({ a: entry("F32", [2, 3], 0, 8) }, 8),
      'tensor "a" must have the 24 bytes of F32 [2, 3]; got 8 bytes',
    ],
    [
      "bytes of a scalar",
      fileOf({ a: entry("F64", [], 0, 4) }, 4),
      'tensor "a" must have the 8 bytes of F64 []; got 4 bytes',
    ],
    [
      "half a byte",
      fileOf({ a: entry("F4", [3], 0, 1) }, 1),
      'tensor "a" must have the 12 bits, which are no whole bytes, of F4 [3]; got 1 bytes',
    ],
    [
      "a product that overflows",
      fileOf({ a: entry("F32", [2 ** 40, 2 ** 40], 0, 8) }, 8),
      'tensor "a" must have fewer than 2^53 bits',
    ],
    [
      "a product of 2^64",
      fileOf({ a: entry("U8", [2 ** 32, 2 ** 32], 0, 0) }),
      'tensor "a" must have fewer than 2^53 bits',
    ],
    [
      "a hole at the start",
      fileOf({ a: entry("U8", [1], 1, 2) }, 2),
      'tensor "a" must begin where the one before ends, at 0; got 1',
    ],
    [
      "a hole between",
      fileOf({ a: entry("U8", [1], 0, 1), b: entry("U8", [1], 2, 3) }, 3),
      'tensor "b" must begin where the one before ends, at 1; got 2',
    ],
    [
      "an overlap",
      fileOf({ a: entry("U8", [2], 0, 2), b: entry("U8", [2], 1, 3) }, 3),
      'tensor "b" must begin where the one before ends, at 2; got 1',
    ],
    [
      "one place twice",
      fileOf({ a: entry("U8", [2], 0, 2), b: entry("U8", [2], 0, 2) }, 2),
      'tensor "b" must begin where the one before ends, at 2; got 0',
    ],
    [
      "nothing inside a tensor",
      fileOf({ a: entry("U8", [2], 0, 2), b: entry("U8", [0], 1, 1) }, 2),
      'tensor "b" must begin where the one before ends, at 2; got 1',
    ],
    [
      "bytes after the tensors",
      fileOf({ a: f32 }, 9),
      "tensors must fill the 9 bytes after the header; got 8 bytes of tensors",
    ],
    ["missing bytes", fileOf({ a: f32 }, 7), "tensors must fill the 7 bytes after the header; got 8 bytes of tensors"],
    [
      "bytes without tensors",
      fileOf("{}", 1),
      "tensors must fill the 1 bytes after the header; got 0 bytes of tensors",
    ],
    [
      "deep nesting",
      fileOf(`{"a":{"x":${"[".repeat(100_000)}`),
      'a member of tensor "a" must be nested at most 100 levels deep',
    ],
  ];
  test.each(rows)("%s", async (_, bytes, message) => {
    const read = headerOf(bytes);
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(`read: in "the given bytes", ${message}`);
  });
});

describe("accepted", () => {
  test("the smallest file, and padding by white space", async () => {
    for (const text of ["{}", "{}      ", "{ }\n\t\r ", '{"__metadata__":{}}']) {
      expect((await headerOf(fileOf(text))).tensors.size).toBe(0);
    }
  });

  test("tensors in any order, without numbers, of no axis, of any name", async () => {
    const text = `{"z":${JSON.stringify(entry("F32", [1], 4, 8))},"__proto__":${JSON.stringify(entry("I32", [], 0, 4))},
      "":${JSON.stringify(entry("F64", [3, 0], 8, 8))},"constructor":${JSON.stringify(entry("U8", [0], 0, 0))},
      "__metadata__":{"__proto__":"p","\\u0061\\ud83d\\ude00":""}}`;
    const { tensors, metadata } = await headerOf(fileOf(text, 8));
    expect([...tensors.keys()]).toEqual(["constructor", "__proto__", "z", ""]);
    expect([...metadata]).toEqual([
      ["__proto__", "p"],
      ["a😀", ""],
    ]);
    expect(tensors.get("z")).toEqual({
      dtype: "F32",
      shape: [1],
      start: fileOf(text).length + 4,
      end: fileOf(text).length + 8,
    });
  });

  test("members that the reference implementation ignores", async () => {
    expect(
      (await headerOf(fileOf(e(`"x":{"dtype":[1,{}]},${DTYPE},${SHAPE},"y":null,${OFFSETS}`), 1))).tensors.size,
    ).toBe(1);
  });

  test.each([
    ["F8_E4M3", 3, 3],
    ["F8_E5M2", 3, 3],
    ["F8_E8M0", 3, 3],
    ["C64", 24, 3],
    ["F6_E2M3", 3, 4],
    ["F4", 3, 6],
  ])("dtype %s, whose numbers are refused by name", async (dtype, bytes, extent) => {
    const source = await openSource("read", fileOf({ a: entry(dtype, [extent], 0, bytes) }, bytes));
    const header = await readHeader("read", source);
    const read = readTensor("read", source, header, "a");
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(/tensor "a" must be of dtype F32, .* or BOOL; got "/);
    await expect(headerOf(fileOf({ a: entry(dtype, [extent], 0, bytes + 1) }, bytes + 1))).rejects.toThrow(FormatError);
  });

  test("an unknown dtype, of unknown size", async () => {
    const source = await openSource("read", fileOf({ a: entry("Q3", [5], 0, 2), b: entry("U8", [1], 2, 3) }, 3));
    const header = await readHeader("read", source);
    await expect(readTensor("read", source, header, "a")).rejects.toThrow('got "Q3"');
    expect((await readTensor("read", source, header, "b")).toArray()).toEqual([0]);
  });
});
