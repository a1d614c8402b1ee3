import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const FOLDER = "examples/serving";
const sources = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => readFileSync(join(FOLDER, path), "utf8"));
const lines = new Set(sources.flatMap((text) => text.split("\n").map((line) => line.trim())));
const excerpts = [...readFileSync("docs/serving.md", "utf8").matchAll(/^```ts\n([\s\S]+?)^```/gm)]
  .map(([, code = ""]) => code)
  .filter((code) => !/from "lanegrad/.test(code));

test("docs/serving.md shows lines of the examples as they are", () => {
  expect(excerpts.length).toBeGreaterThanOrEqual(3);
  const shown = excerpts.flatMap((code) => code.split("\n").map((line) => line.trim()));
  expect(shown.filter((line) => !lines.has(line))).toEqual([]);
});
