/** What `readTensor` reads and refuses. */
import { describe, expect, test, vi } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { PieceReader } from "../../src/files/pieces.ts";
import { toFloat16 } from "../../src/files/safetensors/half.ts";
import {
  type SafetensorsHeader,
  readDtype,
  readHeader,
  readNumbers,
  readTensor,
} from "../../src/files/safetensors/index.ts";
import { type ByteSource, openSource } from "../../src/files/source.ts";
import { fileOf } from "./support.ts";

const entry = (dtype: string, shape: readonly unknown[], start: unknown, end: unknown): object => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

test("of the file only what is asked for is read", async () => {
  const bytes = fileOf({ a: entry("F32", [2], 0, 8), b: entry("F64", [1], 8, 16) }, 16);
  const source = await openSource("read", bytes);
  const spy = vi.spyOn(source, "read");
  const header = await readHeader("read", source);
  const start = bytes.length - 16;
  expect(spy.mock.calls).toEqual([
    [0, 8],
    [8, start],
  ]);
  const piecesSpy = vi.spyOn(source, "readInto");
  await readTensor("read", source, header, "b");
  expect(piecesSpy.mock.calls.map(([into, at]) => [at, into.length])).toEqual([[start + 8, 8]]);
  expect(spy.mock.calls.length).toBe(2);
});

test("F32 and I32 are not copied; others are read in pieces, so that a second copy is small", async () => {
  const length = 2 ** 18 + 3;
  const given = new Uint8Array(8);
  const buffers: ArrayBuffer[] = [];
  const most: number[] = [];
  const source: ByteSource = {
    name: "x",
    size: 0,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      bytes.set(given.subarray(0, bytes.length));
      buffers.push(bytes.buffer);
      return bytes;
    },
    readInto: async (into) => {
      into.fill(0);
      buffers.push(into.buffer);
      most.push(into.length);
    },
    close: async () => {},
  };
  const of = (dtype: string, bytes: number): SafetensorsHeader => ({
    tensors: new Map([["a", { dtype, shape: [length], start: 10, end: 10 + length * bytes }]]),
    metadata: new Map(),
  });
  for (const dtype of ["F32", "I32"]) {
    buffers.length = 0;
    expect((await readTensor("read", source, of(dtype, 4), "a")).data.buffer).toBe(buffers[0]);
  }
  buffers.length = 0;
  expect((await readTensor("read", source, of("F64", 8), "a")).size).toBe(length);
  expect(most).toEqual([2 ** 20, 2 ** 20, 24]);
  expect(new Set(buffers).size).toBe(2);
  await expect(readTensor("read", source, of("F64", 8), "b")).rejects.toThrow(
    'in "x", there must be a tensor "b"; got a',
  );
});

test.each(["F32", "F64", "I64", "F16"])(
  "every number of %s is in its place, as a tensor and in pieces",
  async (dtype) => {
    const length = 700_001;
    const numbers = Array.from({ length }, (_, i) => (i * 37) % 1999);
    const bytes = { F32: 4, F64: 8, I64: 8, F16: 2 }[dtype] ?? 0;
    const data = new ArrayBuffer(length * bytes);
    if (dtype === "F32") new Float32Array(data).set(numbers);
    if (dtype === "F64") new Float64Array(data).set(numbers);
    if (dtype === "I64") new BigInt64Array(data).set(numbers.map(BigInt));
    if (dtype === "F16") {
      const floats = Float32Array.from(numbers);
      toFloat16(new Uint32Array(floats.buffer), floats, new Uint16Array(data));
    }
    const start = 3;
    const source = await openSource("read", new Uint8Array([1, 2, 3, ...new Uint8Array(data), 4]));
    const entry = { dtype, shape: [length], start, end: start + data.byteLength };
    const header: SafetensorsHeader = { tensors: new Map([["a", entry]]), metadata: new Map() };
    expect([...(await readTensor("read", source, header, "a")).data].every((each, i) => each === numbers[i])).toBe(
      true,
    );

    const found: number[] = [];
    await readNumbers("read", new PieceReader(source), header, "a", (piece, at) => {
      expect(at).toBe(found.length);
      expect(piece).toBeInstanceOf(readDtype("read", source, header, "a") === "float32" ? Float32Array : Int32Array);
      for (const each of piece) found.push(each);
    });
    expect(found.length).toBe(length);
    expect(found.every((each, i) => each === numbers[i])).toBe(true);
  },
);

test("a number that does not fit in a later piece is named by its index in the tensor", async () => {
  const numbers = new Float64Array(300_000);
  numbers[299_999] = 1e39;
  const source = await openSource("read", new Uint8Array(numbers.buffer));
  const entry = { dtype: "F64", shape: [numbers.length], start: 0, end: source.size };
  const header: SafetensorsHeader = { tensors: new Map([["a", entry]]), metadata: new Map() };
  const at = "got 1e+39 at index 299999";
  await expect(readTensor("read", source, header, "a")).rejects.toThrow(at);
  await expect(readNumbers("read", new PieceReader(source), header, "a", () => {})).rejects.toThrow(at);
});

describe("numbers that do not fit are named", () => {
  const f64 = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer);
  const i64 = (...values: bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(values).buffer);
  const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
  const INT32 = "must be an integer from -2147483648 to 2147483647, to become int32; got";
  test.each([
    ["F64", 8, f64(1, 3.4028235677973366e38), "must be finite as float32; got 3.4028235677973366e+38 at index 1"],
    ["F64", 8, f64(-Number.MAX_VALUE), "must be finite as float32; got -1.7976931348623157e+308 at index 0"],
    ["I64", 8, i64(1n, 2n, 2n ** 31n), `${INT32} 2147483648 at index 2`],
    ["I64", 8, i64(-(2n ** 31n) - 1n), `${INT32} -2147483649 at index 0`],
    ["I64", 8, i64(2n ** 32n), `${INT32} 4294967296 at index 0`],
    ["I64", 8, i64(-(2n ** 63n)), `${INT32} -9223372036854775808 at index 0`],
    ["U64", 8, i64(0n, 2n ** 31n), `${INT32} 2147483648 at index 1`],
    ["U64", 8, i64(-1n), `${INT32} 18446744073709551615 at index 0`],
    ["U32", 4, u32(5, 2 ** 31), `${INT32} 2147483648 at index 1`],
    ["BOOL", 1, new Uint8Array([0, 1, 2]), "must be 0 or 1; got 2 at index 2"],
  ] as const)("%s %#", async (dtype, bytes, data, message) => {
    const header = { "a.b": entry(dtype, [data.length / bytes], 0, data.length) };
    const source = await openSource("read", fileOf(header, data));
    const read = readTensor("read", source, await readHeader("read", source), "a.b");
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(`read: in "the given bytes", ${dtype} tensor "a.b" ${message}`);
  });

  test("the index counts from the start of the tensor, not of the piece", async () => {
    const length = 2 ** 22 + 10;
    const data = new Uint8Array(length).fill(1);
    data[length - 2] = 7;
    const source = await openSource("read", fileOf({ a: entry("BOOL", [length], 0, length) }, data));
    const read = readTensor("read", source, await readHeader("read", source), "a");
    await expect(read).rejects.toThrow(`got 7 at index ${length - 2}`);
  });
});
