/** What `floors.config.js` refuses, on files laid out as src/ is. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** What oxlint says of the files below `src` in a folder. */
interface Report {
  readonly files: number;
  readonly refusals: readonly { readonly file: string; readonly why: string }[];
}

/** A source, and what must be said of it: one entry for each refusal. */
interface Case {
  readonly file: string;
  readonly source: string;
  readonly refused: readonly string[];
}

const CYCLE = "import(no-cycle)";
const GLOBAL = "eslint(no-restricted-globals)";

/** The floors that the cases import. */
const around = [
  { file: "src/base/shape.ts", source: "export type Shape = readonly number[]; export const empty: Shape = [];" },
  {
    file: "src/graph/call.ts",
    source: "export interface Call { kernel: string } export const call = (): Call => ({ kernel: '' });",
  },
  { file: "src/ops/dropout/mask.ts", source: "export type Mask = number; export const mask: Mask = 1;" },
  { file: "src/nn/index.ts", source: "export const nn = 1;" },
  { file: "src/runtime/engine.ts", source: "export const kernels = (): number => 1;" },
  { file: "src/spare/spare.ts", source: "export const spare = 1;" },
  { file: "src/cli/usage.ts", source: "export const usage = 1;" },
  { file: "src/cli/ops/shown.ts", source: "export const shown = 1;" },
];

const cases: readonly Case[] = [
  {
    file: "src/cli/commands/own.ts",
    source: 'export { shown } from "../ops/shown.ts"; export { usage } from "../usage.ts";',
    refused: [],
  },
  {
    file: "src/cli/actions/export/own.ts",
    source: 'export { shown } from "../../ops/shown.ts";',
    refused: [],
  },
  {
    file: "src/cli/actions/export/upward.ts",
    source: 'export { mask } from "../../../ops/dropout/mask.ts";',
    refused: ["src/cli may import"],
  },
  {
    file: "src/cli/commands/upward.ts",
    source: 'export { mask } from "../../ops/dropout/mask.ts";',
    refused: ["src/cli may import"],
  },
  {
    file: "src/cli/upward.ts",
    source: 'export { mask } from "../ops/dropout/mask.ts";',
    refused: ["src/cli may import"],
  },
  {
    file: "src/nn/dropout/downward.ts",
    source: 'export { empty } from "../../base/shape.ts"; export { mask } from "../../ops/dropout/mask.ts";',
    refused: [],
  },
  {
    file: "src/graph/upward.ts",
    source: 'export { mask } from "../ops/dropout/mask.ts";',
    refused: ["src/graph may import"],
  },
  {
    file: "src/ops/dropout/upward.ts",
    source: 'import { nn } from "../../nn/index.ts"; export const x = nn;',
    refused: ["src/ops may import"],
  },
  {
    file: "src/graph/upward-type.ts",
    source: 'import type { Mask } from "../ops/dropout/mask.ts"; export type T = Mask;',
    refused: ["src/graph may import"],
  },
  {
    file: "src/graph/upward-inline-type.ts",
    source: 'export type T = import("../ops/dropout/mask.ts").Mask;',
    refused: ["typescript(consistent-type-imports)"],
  },
  {
    file: "src/graph/upward-dynamic.ts",
    source: 'export const x = import("../ops/dropout/mask.ts");',
    refused: ["src/graph may import"],
  },
  {
    file: "src/metrics/sideways.ts",
    source: 'export { nn } from "../nn/index.ts";',
    refused: ["src/metrics may import"],
  },
  {
    file: "src/nn/no-floor.ts",
    source: 'export { spare } from "../spare/spare.ts";',
    refused: ["src/nn may import"],
  },
  {
    file: "src/spare/no-floor.ts",
    source: 'export { empty } from "../base/shape.ts";',
    refused: ["src/spare may import"],
  },
  {
    file: "src/base/one-of-two.ts",
    source: 'import type { B } from "./two-of-two.ts"; export interface A { b: B }',
    refused: [CYCLE],
  },
  {
    file: "src/base/two-of-two.ts",
    source: 'import type { A } from "./one-of-two.ts"; export interface B { a: A }',
    refused: [CYCLE],
  },
  ...[1, 2, 3, 4].map((i) => ({
    file: `src/base/cycle-${i}.ts`,
    source: `import { type T${(i % 4) + 1} } from "./cycle-${(i % 4) + 1}.ts"; export type T${i} = T${(i % 4) + 1}[];`,
    refused: [CYCLE],
  })),
  {
    file: "src/runtime/node-module.ts",
    source: 'import { readFileSync } from "node:fs"; import os from "os"; export const x = [readFileSync, os];',
    refused: ["src/runtime may import", "src/runtime may import"],
  },
  {
    file: "src/runtime/node-globals.ts",
    source: 'export const x = [process.argv, globalThis.process, Buffer.from(""), require("node:fs")]; console.log(x);',
    refused: [GLOBAL, GLOBAL, GLOBAL, GLOBAL, GLOBAL],
  },
  {
    file: "src/platform/node.ts",
    source: 'import { readFileSync } from "node:fs"; export const x = [readFileSync, process, Buffer];',
    refused: [],
  },
  {
    file: "src/runtime/platform.ts",
    source: 'export { platform } from "#platform"; export { x } from "../platform/node.ts";',
    refused: ["src/runtime may import"],
  },
  {
    file: "src/nn/platform.ts",
    source: 'export { platform } from "#platform";',
    refused: ["src/nn may import"],
  },
  {
    file: "src/data/kernels.ts",
    source: 'export { LINE } from "#kernels/contract"; export { signatures } from "#kernels/signatures";',
    refused: ["src/data may import"],
  },
  {
    file: "src/ops/calls.ts",
    source: 'import { type Call, call } from "../graph/call.ts"; export const x: Call = call();',
    refused: [],
  },
  {
    file: "src/nn/call-type.ts",
    source: 'import type { Call } from "../graph/call.ts"; export type T = Call;',
    refused: [],
  },
  {
    file: "src/nn/calls.ts",
    source: 'import { call } from "../graph/call.ts"; export const x = call();',
    refused: ["Only ops and optim name kernels."],
  },
  {
    file: "src/nn/kernels.ts",
    source: 'import { kernels } from "../runtime/engine.ts"; export const x = kernels();',
    refused: ["Only ops and optim name kernels."],
  },
  {
    file: "src/runtime/kernels.ts",
    source: 'import { kernels } from "./engine.ts"; export const x = kernels();',
    refused: [],
  },
  {
    file: "src/train/calls.ts",
    source: 'import * as graph from "../graph/call.ts"; export const x = graph.call();',
    refused: ["Only ops and optim name kernels."],
  },
];

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
  readonly help?: string;
}

function lint(folder: string): Report {
  const oxlint = [resolve("node_modules/oxlint/bin/oxlint"), "-c", "floors.config.js", "-f", "json", "src"];
  const { stdout, stderr } = spawnSync(process.execPath, oxlint, { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  const found = JSON.parse(stdout) as { number_of_files: number; diagnostics: readonly Diagnostic[] };
  const refusals = found.diagnostics.map(({ filename, code, help = "" }) => ({
    file: filename.replaceAll("\\", "/"),
    why: code === "eslint(no-restricted-imports)" ? (help.split(":")[0] ?? "") : code,
  }));
  return { files: found.number_of_files, refusals };
}

describe("a copy of the layout", () => {
  const folder = mkdtempSync(join(tmpdir(), "lanegrad-imports-"));
  let refusals: Report["refusals"];

  beforeAll(() => {
    for (const { file, source } of [...around, ...cases]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    copyFileSync("floors.config.js", join(folder, "floors.config.js"));
    ({ refusals } = lint(folder));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(cases)("$file", ({ file, refused }) => {
    const reasons = refusals.filter((each) => each.file === file).map(({ why }) => why);
    expect(reasons).toEqual(refused);
  });

  test("what they import", () => {
    expect(refusals.filter(({ file }) => around.some((each) => each.file === file))).toEqual([]);
  });
});

test("the table at the head of docs/architecture.md is that of floors.config.js", async () => {
  const config: unknown = await import(pathToFileURL("floors.config.js").href);
  const { floors } = config as { readonly floors: Readonly<Record<string, readonly string[]>> };
  const rows = readFileSync("docs/architecture.md", "utf8").matchAll(/^\| `(\w+)` +\| .+? \| (.+?) +\|$/gm);
  const told = Object.entries(floors).map(([floor, allowed]) => [floor, allowed.join(", ") || "nothing"]);
  expect(Array.from(rows, ([, floor, allowed]) => [floor, allowed])).toEqual(told);
});

test("src/ holds floors and the barrel, and nothing in it is refused", () => {
  const besideFolders = readdirSync("src", { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  expect(besideFolders.map(({ name }) => name)).toEqual(["index.ts"]);
  const { files, refusals } = lint(".");
  expect(files).toBeGreaterThan(200);
  expect(refusals).toEqual([]);
});
