import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { FormatError, Tensor, data } from "../../src/index.ts";
import { type ImageRow, decodeImage, imageDataset, readImages, streamImages } from "../../src/raw/index.ts";
import { encode } from "fast-png";
import { resized } from "../../src/raw/images/resize.ts";
import { expectClose } from "../support.ts";

const FOLDER = "test/raw/fixtures/images";
/** What PIL reads of the files: scripts/raw-files.py. */
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as {
  grey: number[];
  pixels: Record<string, { shape: number[]; rgba: number[] }>;
  resized: Record<string, number[]>;
};

/** An image of PIL with so many channels, in [0, 1]. */
function pixelsOf(name: string, channels: 1 | 3 | 4): number[] {
  const { rgba = [], shape = [] } = expected.pixels[name] ?? {};
  const most = name === "grey16.png" ? 65_535 : 255;
  const all = rgba.map((value) => value / most);
  const size = (shape[1] ?? 0) * (shape[2] ?? 0);
  if (channels > 1) return all.slice(0, channels * size);
  return Array.from(
    { length: size },
    (_, i) => 0.299 * (all[i] ?? 0) + 0.587 * (all[size + i] ?? 0) + 0.114 * (all[2 * size + i] ?? 0),
  );
}

/** A PNG file of chunks: header, data and end. */
function png(width: number, height: number, data: Uint8Array, header: readonly number[] = [8, 0, 0, 0, 0]): Buffer {
  const chunk = (type: string, body: Uint8Array): Buffer => {
    const typed = Buffer.concat([Buffer.from(type), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, sum]);
  };
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(width);
  sizes.writeUInt32BE(height, 4);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const first = chunk("IHDR", Buffer.concat([sizes, Buffer.from(header)]));
  return Buffer.concat([signature, first, chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

describe("decodeImage", () => {
  test.each(Object.keys(expected.pixels))("reads %s as PIL does, in 1, 3 and 4 channels", async (name) => {
    for (const channels of [1, 3, 4] as const) {
      const image = await decodeImage(`${FOLDER}/${name}`, { channels });
      expect(image.shape).toEqual([channels, ...(expected.pixels[name]?.shape.slice(1) ?? [])]);
      // PNG is exact; decoders of JPEG differ in rounding, and by more where colours were subsampled, as PIL smooths them.
      const absolute = name.endsWith(".png") ? 1e-6 : name === "subsampled.jpg" ? 0.2 : 4 / 255;
      expectClose(image.data, pixelsOf(name, channels), { absolute });
    }
  });

  test("reads bytes, Blobs and interlaced images", async () => {
    const bytes = new Uint8Array(readFileSync(`${FOLDER}/rgb.png`));
    const image = await decodeImage(bytes);
    expect(await decodeImage(new Blob([bytes]))).toEqual(image);
    const values = Uint8Array.from(image.data, (_, i) =>
      Math.round(255 * (image.data[(i % 3) * 143 + Math.floor(i / 3)] ?? 0)),
    );
    const interlaced = encode({ width: 11, height: 13, channels: 3, data: values }, { interlace: "Adam7" });
    expect(interlaced[28]).toBe(1);
    expect(await decodeImage(interlaced)).toEqual(image);
  });

  test("makes the colour that a file calls transparent transparent", async () => {
    const data = deflateSync(Uint8Array.of(0, 10, 200));
    const whole = png(2, 1, data);
    const typed = Buffer.from([...Buffer.from("tRNS"), 0, 200]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(typed));
    const keyed = Buffer.concat([whole.subarray(0, 33), Buffer.from([0, 0, 0, 2]), typed, sum, whole.subarray(33)]);
    const { data: found } = await decodeImage(keyed, { channels: 4 });
    expect([...found.subarray(6)]).toEqual([1, 0]);
  });

  test.each(Object.entries(expected.resized))("resizes to %s as PIL does by its bilinear filter", (size, values) => {
    const [height = 0, width = 0] = size.split("x").map(Number);
    const grey = new Tensor(
      [1, 13, 11],
      "float32",
      Float32Array.from(expected.grey, (value) => value / 255),
    );
    expectClose(resized(grey, height, width).data, values, { absolute: 2e-6 });
  });

  test("resizes to a number, or height and width", async () => {
    const file = `${FOLDER}/rgb.png`;
    expect((await decodeImage(file, { size: 4 })).shape).toEqual([3, 4, 4]);
    expect((await decodeImage(file, { size: [2, 30], channels: 1 })).shape).toEqual([1, 2, 30]);
  });

  const good = new Uint8Array(readFileSync(`${FOLDER}/rgb.png`));
  const jpeg = new Uint8Array(readFileSync(`${FOLDER}/baseline.jpg`));
  const huge = Uint8Array.from(jpeg);
  const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  huge.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  const wide = Uint8Array.from(jpeg);
  wide.set([0x10, 0, 0x10, 0], frame + 5);
  test.each([
    ["text", new TextEncoder().encode("no image"), "must be a PNG or JPEG image; got other bytes"],
    ["nothing", new Uint8Array(), "must be a PNG or JPEG image"],
    ["a PNG image that was cut off", good.subarray(0, good.length - 20), "got one that ends within a chunk"],
    [
      "a PNG image without data",
      png(2, 2, new Uint8Array()),
      "must have data that can expand to its pixels; got 0 bytes",
    ],
    ["a PNG image with less data", png(2, 2, deflateSync(Uint8Array.of(0, 1, 2))), "must be a whole PNG image"],
    [
      "a PNG image that is too large",
      png(2 ** 31, 2 ** 31, deflateSync(new Uint8Array(9))),
      "must have 1 to 67108864 pixels",
    ],
    [
      "a PNG image of no pixels",
      png(0, 5, deflateSync(new Uint8Array(9))),
      "must have 1 to 67108864 pixels; got 0 by 5",
    ],
    [
      "a PNG image with less data than any of its size has",
      png(9000, 7000, new Uint8Array(9)),
      "must have data that can expand to its pixels; got 9 bytes for 9000 by 7000",
    ],
    ["a PNG bomb", png(2, 2, deflateSync(new Uint8Array(2 ** 29))), "must expand to its pixels, at most"],
    ["interlaced bits", png(2, 2, deflateSync(new Uint8Array(9)), [1, 0, 0, 0, 1]), "must not be interlaced"],
    ["a JPEG image that was cut off", jpeg.subarray(0, 200), "must be a whole JPEG image"],
    [
      "a JPEG image of less bytes than any of its size has",
      wide,
      "must be a whole JPEG image; got maxResolutionInMP limit",
    ],
    ["a JPEG image that is too large", huge, "must be a whole JPEG image; got maxResolutionInMP limit exceeded"],
  ])("refuses %s", async (_, bytes, message) => {
    const error = await decodeImage(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain('FormatError: decodeImage: "the given bytes" must');
    expect(String(error)).toContain(message);
  });

  test.each([
    [{ size: 0 }, "size must be a whole number of at least 1; got 0"],
    [{ size: [2] as never }, "size must be a number, or height and width; got [2]"],
    [{ channels: 2 as never }, "channels must be 1, 3 or 4; got 2"],
    [{ width: 3 } as never, "options must be size, channels; got width"],
  ])("refuses %o", async (options, message) => {
    await expect(decodeImage(good, options)).rejects.toThrow(`decodeImage: ${message}`);
  });
});

describe("a directory of images", () => {
  const root = mkdtempSync(join(tmpdir(), "lanegrad-images-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const pets = join(root, "pets");
  for (const [label, names] of [
    ["dogs", ["b.png", "a.jpg"]],
    ["cats", ["10.png", "9.png"]],
  ] as const) {
    mkdirSync(join(pets, label), { recursive: true });
    for (const name of names)
      cpSync(
        `${FOLDER}/${name.endsWith("g.jpg") || name === "a.jpg" ? "baseline.jpg" : "rgb.png"}`,
        join(pets, label, name),
      );
    writeFileSync(join(pets, label, "notes.txt"), "");
    writeFileSync(join(pets, label, ".hidden.png"), "");
  }
  writeFileSync(join(pets, "README.md"), "");
  const paths = ["cats/10.png", "cats/9.png", "dogs/a.jpg", "dogs/b.png"];

  test("gives the images of its subfolders in the order of their paths", async () => {
    const rows = await readImages(pets, { size: 5, channels: 1 });
    expect(rows.map(({ path }) => path)).toEqual(paths);
    expect(rows.map(({ label }) => label)).toEqual(["cats", "cats", "dogs", "dogs"]);
    expect(rows.map(({ image }) => String(image))).toEqual(Array<string>(4).fill("float32 [1, 5, 5]"));
    const streamed: ImageRow[] = [];
    for await (const row of streamImages(pets, { size: 5, channels: 1 })) streamed.push(row);
    expect(streamed).toEqual(rows);
  });

  test("is a data set that decodes what a batch needs", async () => {
    const set = await imageDataset(pets, { size: [4, 6] });
    expect([set.length, set.classes, set.paths, [...set.labels]]).toEqual([4, ["cats", "dogs"], paths, [0, 0, 1, 1]]);
    const { x, y } = await set.rows(Int32Array.of(3, 0, 3));
    expect([String(x), String(y), [...y.data]]).toEqual(["float32 [3, 3, 4, 6]", "int32 [3]", [1, 0, 1]]);
    const last = await decodeImage(join(pets, "dogs/b.png"), { size: [4, 6] });
    expect(x.data.subarray(2 * 72)).toEqual(last.data);
    await expect(set.rows(Int32Array.of(4))).rejects.toThrow("an index must be a whole number from 0 to 3; got 4");
    await expect(imageDataset(pets, {} as never)).rejects.toThrow("imageDataset: size must be");
  });

  test("decodes images once that fit in the cache, the others again", async () => {
    const folder = join(root, "cached");
    cpSync(pets, folder, { recursive: true });
    const all = Int32Array.of(0, 1, 2, 3);
    const set = await imageDataset(folder, { size: 2, channels: 1, cache: 2 * 4 * 4 + 15 }); // two images of 16 bytes
    const { x } = await set.rows(all);
    rmSync(join(folder, "cats"), { recursive: true });
    expect((await set.rows(Int32Array.of(1, 0))).x.data).toEqual(
      Float32Array.of(...x.data.subarray(4, 8), ...x.data.subarray(0, 4)),
    );
    expect((await set.rows(Int32Array.of(2))).x.data).toEqual(x.data.subarray(8, 12));
    rmSync(join(folder, "dogs"), { recursive: true });
    await expect(set.rows(Int32Array.of(2))).rejects.toThrow("imageDataset: ");
    await expect(imageDataset(pets, { size: 2, cache: -1 })).rejects.toThrow("imageDataset: cache must be");
  });

  test("is split without reading an image", async () => {
    const set = await imageDataset(pets, { size: 2 });
    const { training, test: held, indices } = data.split(set, { test: 0.5, stratify: set.labels });
    expect([training.length, held.length]).toEqual([2, 2]);
    const { x, y } = await held.rows(Int32Array.of(1, 0), 0);
    const whole = await set.rows(Int32Array.from(indices.test).toReversed());
    expect([x, y]).toEqual([whole.x, whole.y]);
    expect(new Set(y.data)).toEqual(new Set([0, 1]));
  });

  test("names the file that is damaged, and is read up to it", async () => {
    const broken = join(root, "broken");
    cpSync(pets, broken, { recursive: true });
    writeFileSync(join(broken, "cats/9.png"), readFileSync(`${FOLDER}/rgb.png`).subarray(0, 100));
    const message = `"${join(broken, "cats/9.png")}" must be a whole PNG image`;
    await expect(readImages(broken)).rejects.toThrow(`readImages: ${message}`);
    const seen: string[] = [];
    const all = async (): Promise<void> => {
      for await (const { path } of streamImages(broken)) seen.push(path);
    };
    await expect(all()).rejects.toThrow(`streamImages: ${message}`);
    expect(seen).toEqual(["cats/10.png"]);
    const set = await imageDataset(broken, { size: 2 });
    await expect(set.rows(Int32Array.of(1))).rejects.toThrow(`imageDataset: ${message}`);
  });

  test("refuses images beside classes, folders in classes, and classes without images", async () => {
    const wrong = (name: string, make: (path: string) => void): string => {
      const path = join(root, name);
      mkdirSync(join(path, "class"), { recursive: true });
      make(path);
      return path;
    };
    const image = `${FOLDER}/rgb.png`;
    const beside = wrong("beside", (path) => cpSync(image, join(path, "x.png")));
    await expect(readImages(beside)).rejects.toThrow("must hold PNG or JPEG images; got none");
    cpSync(image, join(beside, "class/y.png"));
    await expect(readImages(beside)).rejects.toThrow("must be in a subfolder, which is its class");
    const nested = wrong("nested", (path) => mkdirSync(join(path, "class/inner")));
    await expect(readImages(nested)).rejects.toThrow('must hold images, as a class; got the folder "inner"');
    mkdirSync(join(root, "empty"));
    await expect(readImages(join(root, "empty"))).rejects.toThrow("must have a subfolder of images for each class");
    await expect(readImages(join(root, "absent"))).rejects.toThrow("must be a readable directory; got ENOENT");
    await expect(readImages(image)).rejects.toThrow("must be a directory; got a file");
  });
});
