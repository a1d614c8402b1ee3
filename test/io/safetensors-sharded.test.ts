import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { FileError, FormatError } from "../../src/base/errors.ts";
import { tensor } from "../../src/base/tensor.ts";
import { readSafetensors, readSafetensorsHeader, toSafetensors } from "../../src/io/index.ts";
import { scratch } from "../files/support.ts";

const FIRST = "model-00001-of-00002.safetensors";
const SECOND = "model-00002-of-00002.safetensors";
const weights = { a: FIRST, b: FIRST, __proto__x: SECOND };

/** Two shards and an index, whose path is returned. */
function model(index: unknown = { metadata: { total_size: 20, x: [null] }, weight_map: weights }): string {
  const directory = scratch();
  writeFileSync(
    join(directory, FIRST),
    toSafetensors({ a: tensor([1]), b: tensor([2, 3]) }, { metadata: { format: "pt" } }),
  );
  writeFileSync(join(directory, SECOND), toSafetensors({ __proto__x: tensor([4]) }, { metadata: { format: "pt" } }));
  const path = join(directory, "model.safetensors.index.json");
  writeFileSync(path, typeof index === "string" ? index : JSON.stringify(index));
  return path;
}

test("all shards are read by their index", async () => {
  const path = model();
  for (const file of [path, pathToFileURL(path)]) {
    const read = await readSafetensors(file);
    expect(Object.entries(read).map(([name, x]) => [name, x.toArray()])).toEqual([
      ["a", [1]],
      ["b", [2, 3]],
      ["__proto__x", [4]],
    ]);
  }
  const { tensors, metadata } = await readSafetensorsHeader(path);
  expect(Object.keys(tensors)).toEqual(["a", "b", "__proto__x"]);
  expect(metadata).toEqual({ format: "pt" });
});

test("shards without wanted tensors need not be there", async () => {
  const path = model();
  rmSync(join(path, "..", SECOND));
  const read = await readSafetensors(path, { only: ["b"] });
  expect(read["b"]?.toArray()).toEqual([2, 3]);
  expect(Object.keys(await readSafetensors(path, { only: (name) => name === "a" }))).toEqual(["a"]);
  await expect(readSafetensors(path)).rejects.toMatchObject({ name: "FileError", code: "ENOENT" });
  await expect(readSafetensors(path, { only: ["c"] })).rejects.toThrow(
    'there must be a tensor "c"; got a, b, __proto__x',
  );
});

test("an index without metadata or total_size", async () => {
  expect(Object.keys(await readSafetensors(model({ weight_map: weights })))).toHaveLength(3);
  expect(Object.keys(await readSafetensors(model({ weight_map: weights, metadata: {} })))).toHaveLength(3);
});

describe("refused", () => {
  test.each([
    [
      "a tensor that its shard lacks",
      { weight_map: { ...weights, c: SECOND } },
      `"${SECOND}" must have the tensors of weight_map; got none of c`,
    ],
    [
      "a tensor that the index lacks",
      { weight_map: { a: FIRST, __proto__x: SECOND } },
      `tensors of "${FIRST}" must be in weight_map; got b`,
    ],
    [
      "a tensor in another shard",
      { weight_map: { ...weights, b: SECOND } },
      `tensors of "${FIRST}" must be in weight_map; got b`,
    ],
    ["no weight_map", { metadata: {} }, "the index must have a weight_map; got none"],
    ["a weight_map that is an array", { weight_map: [FIRST] }, "weight_map must be an object"],
    ["a file that is a number", { weight_map: { a: 1 } }, "a file in weight_map must be a string"],
    [
      "a name twice",
      `{"weight_map":{"a":"${FIRST}","\\u0061":"${SECOND}"}}`,
      'names in weight_map must differ; got "a" twice',
    ],
    ["weight_map twice", `{"weight_map":{},"weight_map":{}}`, 'names in the index must differ; got "weight_map" twice'],
    ["no JSON", "x", "the index must be an object"],
    ["more after the end", '{"weight_map":{}}}', "the index must be followed by nothing"],
    ["deep nesting", `{"x":${"[".repeat(10_000)}`, "the index must be nested at most 100 levels deep"],
  ])("%s", async (_, index, message) => {
    const read = readSafetensors(model(index));
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(message);
  });

  test.each([
    "../x.safetensors",
    "/etc/x.safetensors",
    "d/x.safetensors",
    "d\\x.safetensors",
    "C:x.safetensors",
    "..",
    "",
    ".safetensors",
    "a\0.safetensors",
    "/etc/passwd",
    "x.bin",
  ])("a shard named %j", async (name) => {
    const path = model({ weight_map: { a: name } });
    mkdirSync(join(path, "..", "d"));
    const read = readSafetensors(path);
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(
      "files in weight_map must be names of .safetensors files, without a directory; got",
    );
  });

  test("a shard that is damaged", async () => {
    const path = model();
    writeFileSync(join(path, "..", SECOND), toSafetensors({ __proto__x: tensor([4]) }).subarray(0, -1));
    await expect(readSafetensors(path)).rejects.toThrow(FormatError);
    await expect(readSafetensors(path)).rejects.toThrow(SECOND);
  });

  test("an index that is not there", async () => {
    await expect(readSafetensors(join(scratch(), "x.safetensors.index.json"))).rejects.toThrow(FileError);
  });
});
