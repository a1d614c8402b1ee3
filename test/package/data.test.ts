import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, install } from "./installed.ts";

/** Optional peers, and what they depend on. */
const PEERS = ["csv-parse", "hyparquet", "fast-png", "fflate", "iobuffer", "jpeg-js"];

const parquet = Buffer.from(parquetWriteBuffer({ columnData: [{ name: "n", data: [1, 2], type: "INT32" }] }));
const base64 = (bytes: Buffer): string => bytes.toString("base64");
const fixture = (name: string): string => base64(readFileSync(`test/raw/fixtures/images/${name}`));

/** Reads a file of each format, and prints what was read or the error. */
const PROGRAM = `
const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const said = async (reading) => { try { console.log(await reading()); } catch (error) { console.log(error.message); } };
(async () => {
  await said(async () => JSON.stringify(await raw.readCsv(new Blob(["a,b\\n1,x\\n"]))));
  await said(async () => JSON.stringify(await raw.readParquet(bytes("${base64(parquet)}"))));
  await said(async () => (await raw.decodeImage(bytes("${fixture("rgb.png")}"))) instanceof Tensor);
  await said(async () => String(await raw.decodeImage(bytes("${fixture("baseline.jpg")}"), { size: 3 })));
  await said(async () => String(await raw.readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6))));
})();`;
const IMPORTS = `import * as raw from "lanegrad/data"; import { Tensor } from "lanegrad";`;
const REQUIRES = `const raw = require("lanegrad/data"), { Tensor } = require("lanegrad");`;

const missing = (where: string, name: string): string =>
  `${where}: the package "${name}" must be installed (npm install ${name}); got none`;
const WITHOUT = [
  missing("readCsv", "csv-parse"),
  missing("readParquet", "hyparquet"),
  missing("decodeImage", "fast-png"),
  missing("decodeImage", "jpeg-js"),
  "int32 [2]",
];
const WITH = ['[{"a":1,"b":"x"}]', '[{"n":1},{"n":2}]', "true", "float32 [3, 3, 3]", "int32 [2]"];

const BUNDLES = [
  { platform: "node", format: "esm" },
  { platform: "node", format: "cjs" },
  { platform: "browser", format: "esm" },
  { platform: "browser", format: "iife" },
] satisfies BuildOptions[];

let installed: Installed;
const lines = (file: string, text: string): string[] => {
  installed.write(file, text);
  return execFileSync(process.execPath, [file], { cwd: installed.folder, encoding: "utf8" }).trim().split("\n");
};
async function bundled(options: BuildOptions): Promise<string[]> {
  const stdin = { contents: IMPORTS + PROGRAM, resolveDir: installed.folder };
  const { outputFiles } = await build({ ...options, stdin, bundle: true, write: false, logLevel: "error" });
  return lines(options.format === "esm" ? "bundle.mjs" : "bundle.cjs", outputFiles?.[0]?.text ?? "");
}

beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

describe("the entry lanegrad/data, installed from the tarball", () => {
  test("brings no package, and names the one that a reader needs", () => {
    expect(lines("program.mjs", IMPORTS + PROGRAM)).toEqual(WITHOUT);
    expect(lines("program.cjs", REQUIRES + PROGRAM)).toEqual(WITHOUT);
  });

  test.each(BUNDLES)("is bundled without the packages, for $platform as $format", async (options) => {
    expect(await bundled(options)).toEqual(WITHOUT);
  });

  test("costs programs that do not import it nothing", async () => {
    const stdin = { contents: `import { nn } from "lanegrad"; console.log(nn);`, resolveDir: installed.folder };
    const { metafile } = await build({ stdin, bundle: true, platform: "browser", write: false, metafile: true });
    const files = Object.keys(metafile.inputs).map((path) => path.split("/").at(-1));
    expect(files.filter((file) => file?.startsWith("data"))).toEqual([]);
  });

  test("has types that stand on public names of the entry lanegrad", () => {
    const types = readFileSync(join(installed.folder, "node_modules/lanegrad/build/cjs/data.d.ts"), "utf8");
    const sources = [...types.matchAll(/\bfrom\s+["'](.+?)["']|\bimport\(["'](.+?)["']\)/g)].map(([, a, b]) => a ?? b);
    expect(new Set(sources)).toEqual(new Set(["./index.js"]));
  });

  describe("with its optional packages", () => {
    beforeAll(() => {
      for (const name of PEERS) {
        cpSync(resolve("node_modules", name), join(installed.folder, "node_modules", name), {
          recursive: true,
          dereference: true,
        });
      }
    });

    test("reads every format, as an ES module and as CommonJS", () => {
      expect(lines("program.mjs", IMPORTS + PROGRAM)).toEqual(WITH);
      expect(lines("program.cjs", REQUIRES + PROGRAM)).toEqual(WITH);
    });

    test.each(BUNDLES)("reads them in one bundled file, for $platform as $format", async (options) => {
      expect(await bundled(options)).toEqual(WITH);
    });
  });
});
