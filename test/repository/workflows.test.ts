import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";

const FOLDER = ".github/workflows";
const workflows = readdirSync(FOLDER).map((file) => ({ file, text: readFileSync(`${FOLDER}/${file}`, "utf8") }));

// GitHub's own parser. It imports JSON as bundlers allow and Node does not.
const linter = resolve("build/workflow-linter.cjs");
await build({
  stdin: { contents: `export { validate } from "@actions/languageservice";`, resolveDir: "." },
  bundle: true,
  platform: "node",
  outfile: linter,
  logLevel: "error",
});
const { validate } = createRequire(import.meta.url)(linter) as typeof import("@actions/languageservice");

let checked = 0;

/** What the parser says of a workflow, with the lines. */
async function complaints(text: string): Promise<string[]> {
  // It keeps what it parsed, by path.
  const path = `file:///${FOLDER}/${checked++}.yml`;
  const found = await validate(TextDocument.create(path, "yaml", 0, text));
  return found.map(
    ({ message, range }) => `${range.start.line + 1}: ${typeof message === "string" ? message : message.value}`,
  );
}

test.each(workflows)("$file is a valid workflow", async ({ text }) => {
  expect(await complaints(text)).toEqual([]);
});

test.each(workflows)("$file limits permissions and time, and pins actions to a major version", ({ text }) => {
  expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
  const jobs = text.split(/^ {2}(?=[\w-]+:$)/m).filter((job) => job.includes("runs-on:"));
  expect(jobs.filter((job) => !job.includes("timeout-minutes:"))).toEqual([]);
  const actions = [...text.matchAll(/uses: (?!\.\/)(\S+)/g)].map(([, action = ""]) => action);
  expect(actions.filter((action) => !/^actions\/[\w-]+@v\d+$/.test(action))).toEqual([]);
});

const VALID = `on: push
jobs:
  test:
    runs-on: \${{ matrix.os }}
    strategy: { matrix: { os: [ubuntu-latest] } }
    steps:
      - run: npm cit
`;
test.each([
  ["an unknown key of a step", "- run:", "- runs:", "7: Unexpected value 'runs'"],
  ["an unknown event", "on: push", "on: pushed", "1: Unexpected value 'pushed'"],
  ["a variable that the matrix lacks", "matrix.os", "matrix.system", "4: Context access might be invalid: system"],
  ["a job that is waited for and missing", "  test:", "  test:\n    needs: build", "4: Value 'build' is not valid"],
  ["an indentation that YAML refuses", "    steps:", "   steps:", "6: "],
])("%s is found", async (_, right, wrong, complaint) => {
  expect(await complaints(VALID)).toEqual([]);
  expect(await complaints(VALID.replace(right, wrong))).toContainEqual(expect.stringContaining(complaint));
});
