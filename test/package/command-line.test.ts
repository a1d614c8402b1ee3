import { type SpawnSyncReturns, execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeOf } from "../../scripts/installed.ts";
import { type Installed, install, run } from "./installed.ts";

const MOST_AT_START = 90_000; // bytes
const PROGRAM = "node_modules/lanegrad/build/cli/lanegrad.js";

let installed: Installed;
beforeAll(() => {
  installed = install();
});
afterAll(() => installed.remove());

/** Runs the program with Node. */
function cli(args: readonly string[], program = PROGRAM, node = process.execPath): SpawnSyncReturns<string> {
  return spawnSync(node, [program, ...args], { cwd: installed.folder, encoding: "utf8" });
}

describe("the command line, installed from the tarball into an empty folder", () => {
  test("is run by npx", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
    expect(run("npx lanegrad --version", installed.folder)).toBe(`${version}\n`);
    expect(run("npx lanegrad info --json", installed.folder)).toContain(`"lanegrad":"${version}"`);
  });

  test("runs as the link that npm makes, and through a link to the folder", () => {
    expect(
      execFileSync(join(installed.folder, "node_modules/.bin/lanegrad"), ["--version"], { encoding: "utf8" }),
    ).toMatch(/^\d/);
    symlinkSync(join(installed.folder, "node_modules/lanegrad"), join(installed.folder, "linked"));
    const { status, stdout } = cli(["info", "--json"], "linked/build/cli/lanegrad.js");
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ kernels: expect.any(String) })]);
  });

  test.each([20, 22, 24, 26])("runs on Node %d", (version) => {
    installed.write("table.csv", "a,b\n1,x\n2,y\n");
    const { status, stdout, stderr } = cli(["info", "table.csv", "--json"], PROGRAM, nodeOf(version));
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 2 });
  });

  test("reads every format without optional packages, and prefers its own", () => {
    for (const name of ["csv-parse", "hyparquet", "fast-png", "jpeg-js", "commander"]) {
      expect(existsSync(join(installed.folder, "node_modules", name))).toBe(false);
    }
    const parquet = parquetWriteBuffer({ columnData: [{ name: "n", data: [1, 2, 3], type: "INT32" }] });
    installed.write("table.csv", "a,b\n1,x\n2,y\n");
    writeFileSync(join(installed.folder, "table.parquet"), new Uint8Array(parquet));
    for (const [label, image] of [
      ["dots", "rgb.png"],
      ["rings", "baseline.jpg"],
    ] as const) {
      cpSync(`test/raw/fixtures/images/${image}`, join(installed.folder, "images", label, image));
    }
    for (const [file, rows] of [
      ["table.csv", 2],
      ["table.parquet", 3],
      ["images", 2],
    ] as const) {
      const { stdout, stderr } = cli(["info", file, "--json"]);
      expect([stderr, JSON.parse(stdout)]).toEqual(["", expect.objectContaining({ rows })]);
    }
    // A package of that name that is not the one that readers know.
    mkdirSync(join(installed.folder, "node_modules/csv-parse"));
    installed.write("node_modules/csv-parse/package.json", '{ "name": "csv-parse", "main": "index.js" }');
    installed.write("node_modules/csv-parse/index.js", "throw new Error('another version')");
    expect(cli(["info", "table.csv"]).status).toBe(0);
  });

  test("needs no permission to write where it is installed", () => {
    const folder = join(installed.folder, "node_modules/lanegrad");
    const before = readdirSync(folder, { recursive: true });
    run(`chmod -R a-w "${folder}"`);
    const { status } = cli(["info"]);
    run(`chmod -R u+w "${folder}"`);
    expect([status, readdirSync(folder, { recursive: true })]).toEqual([0, before]);
  });

  test("names its licenses", () => {
    const text = run("cat node_modules/lanegrad/build/THIRD-PARTY-LICENSES.txt", installed.folder);
    for (const name of ["commander", "picocolors", "leven", "csv-parse", "hyparquet", "fast-png", "jpeg-js"]) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
    }
  });
});

/** The texts of a file and of those that it imports at once; imports by `import()` come later. */
function loadedWith(file: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  const text = readFileSync(`build/cli/${file}`, "utf8");
  seen.set(file, text);
  for (const [, other = ""] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
    if (!seen.has(other)) loadedWith(other, seen);
  }
  return seen;
}

test("help loads no entry of the library, and little code", () => {
  const texts = [...loadedWith("lanegrad.js").values()];
  expect(texts.filter((text) => /(?:from|import)\s*"(?:lanegrad|echarts)/.test(text))).toEqual([]);
  expect(texts.join("").length).toBeLessThan(MOST_AT_START);
});
