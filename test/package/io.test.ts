import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, install } from "./installed.ts";

/** Writes a state into memory and reads it from a Blob, in a model of the other entry; then reads what is no file. */
const PROGRAM = `
const model = nn.linear(2, 1), state = model.stateDict();
const file = new Blob([io.toSafetensors(state)]);
const again = nn.linear(2, 1);
io.readSafetensors(file).then(async (read) => {
  again.loadStateDict(read);
  const [{ weight }, x] = [read, tensor([[1, 2]])];
  const error = await io.readSafetensors(new Uint8Array(3)).catch((thrown) => thrown);
  console.log(weight instanceof Tensor, error instanceof FormatError, again.predict(x).item() === model.predict(x).item());
});`;
const NAMES = "{ FormatError, Tensor, nn, tensor }";
const IMPORTS = `import ${NAMES} from "lanegrad"; import * as io from "lanegrad/io";`;
const REQUIRES = `const ${NAMES} = require("lanegrad"), io = require("lanegrad/io");`;
const PRINTED = "true true true\n";

let installed: Installed;
const node = (file: string, text: string): string => {
  installed.write(file, text);
  return execFileSync(process.execPath, [file], { cwd: installed.folder, encoding: "utf8" });
};

beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

describe("the entry lanegrad/io, installed from the tarball", () => {
  test.each([
    ["an ES module", "program.mjs", IMPORTS],
    [
      "an ES module that is imported first",
      "first.mjs",
      `import * as io from "lanegrad/io";import ${NAMES} from "lanegrad";`,
    ],
    ["CommonJS", "program.cjs", REQUIRES],
    [
      "CommonJS that is required first",
      "first.cjs",
      `const io = require("lanegrad/io"), ${NAMES} = require("lanegrad");`,
    ],
    [
      "a mixture",
      "mixed.mjs",
      `${IMPORTS.split(";")[0]};import { createRequire } from "node:module";
      const io = createRequire(import.meta.url)("lanegrad/io");`,
    ],
  ])("shares the library with the entry lanegrad, as %s", (_, file, imports) => {
    expect(node(file, imports + PROGRAM)).toBe(PRINTED);
  });

  test("is one instance with the same names, imported and required", () => {
    const program = `import * as imported from "lanegrad/io"; import { createRequire } from "node:module";
      const required = createRequire(import.meta.url)("lanegrad/io");
      console.log(Object.entries(imported).every(([name, value]) => required[name] === value),
        Object.keys(imported).sort().join() === Object.keys(required).sort().join());`;
    expect(node("both.mjs", program)).toBe("true true\n");
  });

  test("keeps the names of its functions, though its code is minified", () => {
    const program = `const io = require("lanegrad/io");
      console.log(Object.entries(io).filter(([name, value]) => value.name !== name).length, io.readSafetensors.name);`;
    expect(node("names.cjs", program)).toBe("0 readSafetensors\n");
  });

  test.each([
    { platform: "node", format: "esm" },
    { platform: "node", format: "cjs" },
    { platform: "browser", format: "esm" },
    { platform: "browser", format: "iife" },
    { platform: "neutral", format: "esm" },
  ] satisfies BuildOptions[])("shares it in one bundled file, for $platform as $format", async (options) => {
    const stdin = { contents: IMPORTS + PROGRAM, resolveDir: installed.folder };
    const { outputFiles } = await build({ ...options, stdin, bundle: true, minify: true, write: false });
    const file = options.format === "esm" ? "bundle.mjs" : "bundle.cjs";
    expect(node(file, outputFiles[0]?.text ?? "")).toBe(PRINTED);
  });

  test("costs programs that do not import it nothing", async () => {
    const stdin = { contents: `import ${NAMES} from "lanegrad"; console.log(nn);`, resolveDir: installed.folder };
    const { metafile } = await build({ stdin, bundle: true, platform: "browser", write: false, metafile: true });
    const files = Object.keys(metafile.inputs).map((path) => path.split("/").at(-1));
    expect(files).toContain("core.js");
    expect(files.filter((file) => file?.startsWith("io"))).toEqual([]);
  });

  test("has types that stand on public names of the entry lanegrad", () => {
    const types = readFileSync(join(installed.folder, "node_modules/lanegrad/build/cjs/io.d.ts"), "utf8");
    const sources = [...types.matchAll(/\bfrom\s+["'](.+?)["']|\bimport\(["'](.+?)["']\)/g)].map(([, a, b]) => a ?? b);
    expect(new Set(sources)).toEqual(new Set(["./index.js"]));
  });
});
