/** `npm run onnx-cases -- [FOLDER]`: runs the test data of ONNX through `importOnnx`, and writes `docs/onnx-cases.md`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { OPERATORS } from "../../src/onnx/import/operators/index.ts";
import { ATOL, type Files, type Outcome, RTOL, filesIn, runCase } from "./case.ts";
import { encodeCase } from "./sample.ts";

/** Where Debian's libonnx-testdata puts it. */
const DEBIAN = "/usr/share/libonnx-testdata/data";

const KINDS = ["node", "simple", "pytorch-operator", "pytorch-converted"];
const PAGE = new URL("../../docs/onnx-cases.md", import.meta.url);

/** The smallest case of each operator, for `npm test`. */
const SAMPLE = new URL("../../test/onnx/fixtures/cases.json", import.meta.url);

interface Case extends Outcome {
  readonly kind: string;
  readonly name: string;
  readonly files: Files;
}

const folder = process.argv[2] ?? DEBIAN;
if (!existsSync(join(folder, "node"))) {
  throw new Error(
    `onnx-cases: the folder must have the test data of ONNX (apt install libonnx-testdata); got ${folder}`,
  );
}

const cases: Case[] = [];
for (const kind of KINDS) {
  for (const name of readdirSync(join(folder, kind)).toSorted()) {
    const files = filesIn(join(folder, kind, name));
    cases.push({ kind, name, files, ...(await runCase(files)) });
  }
}
const passed = (each: readonly Case[]): readonly Case[] => each.filter(({ problem }) => problem === undefined);
const isKnown = ({ operators }: Case): boolean => operators.every((name) => Object.hasOwn(OPERATORS, name));
const known = cases.filter(isKnown);

const page = [
  "# Test data of ONNX",
  "",
  `Written by \`npm run onnx-cases\`, which runs the models of Debian's package libonnx-testdata (1.12) through \`importOnnx\`. A case passes if
every output has the shape that it must have and |out - expected| <= ${ATOL} + ${RTOL} |expected|. ONNX's own tests allow ${RTOL} and 1e-7; sums of
this library have another order.`,
  "",
  table(
    ["folder", "cases", "of operators that are read", "pass"],
    KINDS.map((kind) => {
      const own = cases.filter((each) => each.kind === kind);
      return [kind, own.length, own.filter(isKnown).length, passed(own).length];
    }),
  ),
  "",
  "Inputs that decide a shape, or are indices below 0, are constants of the model in these cases: a module is traced for the shapes of its inputs.",
  "",
  "## Operators that are read",
  "",
  "A case counts for each of its operators.",
  "",
  table(
    ["operator", "cases", "pass"],
    Object.keys(OPERATORS)
      .toSorted()
      .map((name) => {
        const own = known.filter(({ operators }) => operators.includes(name));
        return [name, own.length, passed(own).length];
      }),
  ),
  "",
  "## Why cases of these operators do not pass",
  "",
  table(
    ["case", "why"],
    known.flatMap(({ name, problem }) => (problem === undefined ? [] : [[name, reason(name, problem)]])),
  ),
  "",
  "## Operators that are refused",
  "",
  table(
    ["operator", "cases"],
    [...new Set(cases.flatMap(({ operators }) => operators))]
      .filter((name) => !Object.hasOwn(OPERATORS, name))
      .toSorted()
      .map((name) => [name, cases.filter(({ operators }) => operators.includes(name)).length]),
  ),
  "",
].join("\n");
writeFileSync(PAGE, page);
writeFileSync(
  SAMPLE,
  `${JSON.stringify(
    sample().map(({ name, files }) => encodeCase(name, files)),
    undefined,
    1,
  )}\n`,
);
execFileSync("npx", ["oxfmt", fileURLToPath(PAGE), fileURLToPath(SAMPLE)]);
console.log(
  `${passed(cases).length} of ${cases.length} cases pass; of operators that are read, ${passed(known).length} of ${known.length}`,
);

/** The smallest case with each operator that passes. */
function sample(): readonly Case[] {
  const sizeOf = ({ files: { model, sets } }: Case): number =>
    sets
      .flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
      .reduce((sum, { length }) => sum + length, model.length);
  const chosen = Object.keys(OPERATORS).flatMap((operator) => {
    const own = passed(known).filter(({ operators }) => operators.includes(operator));
    return own.toSorted((a, b) => sizeOf(a) - sizeOf(b)).slice(0, 1);
  });
  return [...new Set(chosen)].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A row for each list, in columns as the formatter aligns them. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)].join("\n");
}

/** Why a case fails, in words. */
function reason(name: string, problem: string): string {
  if (problem.includes("DOUBLE must be finite")) return "numbers of the case are beyond float32";
  if (problem.includes("got STRING")) return "numbers must not be STRING";
  if (/BFLOAT16/.test(name)) return "the data has BFLOAT16 as UINT16";
  if (name.includes("training_dropout")) return "random masks are others";
  return problem
    .replace(/^importOnnx: in "the given bytes": /, "")
    .replace(/ \(in .*\)$/, "")
    .replaceAll("|", "\\|");
}
