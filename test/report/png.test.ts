import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { type ImageShape, recordRun } from "../../src/report/index.ts";
import { pngOf } from "../../src/report/run/png.ts";
import { sampleRecord } from "../../src/report/run/sample.ts";
import { trainerOf } from "./fixtures.ts";
import { data, nn, tensor } from "./names.ts";

interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: readonly number[];
}

/** The image by another decoder, which checks the checksums. */
function decoded(base64: string): Image {
  const { width, height, channels, data: pixels } = decode(Buffer.from(base64, "base64"), { checkCrc: true });
  return { width, height, channels, pixels: Array.from(pixels) };
}

describe("images as PNG", () => {
  test("of one channel are gray, from 0 to 1", () => {
    const image = decoded(pngOf([0, 0.2, 0.4, 0.6, 0.8, 1], [1, 2, 3]));
    expect(image).toEqual({ width: 3, height: 2, channels: 1, pixels: [0, 51, 102, 153, 204, 255] });
  });

  test("of three channels are red, green and blue", () => {
    const numbers = [1, 0, 0, 1, 0, 0.2, 0.4, 0, 0, 0, 0, 1];
    const pixels = [255, 0, 0, 0, 51, 0, 0, 102, 0, 255, 0, 255];
    expect(decoded(pngOf(numbers, [3, 2, 2]))).toEqual({ width: 2, height: 2, channels: 3, pixels });
  });

  test("of other numbers are scaled from the lowest to the highest; NaN is black", () => {
    expect(decoded(pngOf([-1, 1, NaN, 3], [1, 2, 2])).pixels).toEqual([0, 128, 0, 255]);
    expect(decoded(pngOf([0, 51, 102, 255], [1, 2, 2])).pixels).toEqual([0, 51, 102, 255]);
  });

  test("of many pixels have several blocks of zlib, and at most 256 pixels a side", () => {
    const numbers = Float32Array.from({ length: 3 * 256 * 256 }, (_, i) => ((i * 31) % 256) / 255);
    const image = decoded(pngOf(numbers, [3, 256, 256]));
    expect(image.pixels[3 * (100 * 256 + 7) + 2]).toBe(((2 * 256 * 256 + 100 * 256 + 7) * 31) % 256);
    const large = Float32Array.from({ length: 600 * 300 }, (_, i) => (i % 2) / 2);
    expect(decoded(pngOf(large, [1, 300, 600]))).toMatchObject({ width: 200, height: 100 });
  });
});

describe("a sample", () => {
  const options = { image: undefined, schema: undefined };

  test.each([
    ["[1, channels, height, width]", [1, 3, 8, 4], { width: 4, height: 8, channels: 3 }],
    ["[1, height, width]", [1, 8, 4], { width: 4, height: 8, channels: 1 }],
  ])("of %s is an image", (_, shape, expected) => {
    const size = shape.reduce((product, each) => product * each, 1);
    const sample = sampleRecord(tensor(new Float32Array(size), shape), undefined, options);
    expect(sample?.kind).toBe("image");
    expect(decoded(sample?.kind === "image" ? sample.png : "")).toMatchObject(expected);
  });

  test("of a flat image is one with the option image", async () => {
    const x = tensor(
      Float32Array.from({ length: 2 * 784 }, (_, i) => (i % 784) / 784),
      [2, 784],
    );
    const set = data.fromArrays(x, Int32Array.of(0, 1));
    const run = recordRun(trainerOf(nn.linear(784, 2)));
    const image: ImageShape = [1, 28, 28];
    const { mistakes } = await run.evaluate(set, { image });
    const { sample } = mistakes[0] ?? {};
    expect(decoded(sample?.kind === "image" ? sample.png : "")).toMatchObject({ width: 28, height: 28 });
    // Too many numbers for a row.
    expect((await run.evaluate(set)).mistakes[0]?.sample).toBe(null);
  });

  test("of a row with an image is that image", () => {
    const row = { image: tensor(new Float32Array(64), [1, 8, 8]), label: "a" };
    expect(sampleRecord(tensor([[1, 2]]), row, options)?.kind).toBe("image");
  });

  test("of numbers has the names of the features of the schema", () => {
    const schema = {
      classes: [],
      features: ["age", "job=nurse"],
      values: () => new Float64Array(),
      toJSON: () => ({}),
    };
    const sample = sampleRecord(tensor([[1, 2]]), undefined, { image: undefined, schema });
    expect(sample).toEqual({ kind: "row", cells: { age: 1, "job=nurse": 2 } });
  });

  test("of several inputs is none", () => {
    expect(sampleRecord([tensor([[1]]), tensor([[2]])], undefined, options)).toBe(null);
  });
});
