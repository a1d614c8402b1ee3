/**
 * Runs the kernel, parity and training tests on every Node that lanegrad supports, with and without wide mode: `npm run matrix`.
 * Each Node comes from the npm package `node` and is cached in node_modules/.cache. Each run tests strict and relaxed kernels.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { nodeOf } from "./installed.ts";

const VERSIONS = [20, 22, 24, 26];
const SUITES = [
  "test/kernels",
  "test/parity",
  "test/train",
  "test/ops",
  "test/threads",
  "test/runtime/threads.test.ts",
  "test/runtime/wide.test.ts",
];

/** V8 flags for the kernel tests, which make their own instances: pair operations, and optimize after the first calls. */
function flagsOf(version: number): string {
  if (version >= 24) return "--experimental-wasm-revectorize --wasm-tiering-budget=1";
  return "";
}

const rows: string[] = [];
let failed = false;
for (const version of VERSIONS) {
  const node = nodeOf(version);
  for (const wide of ["0", "1"]) {
    const report = `build/matrix-${version}-${wide}.json`;
    const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
    const args = ["node_modules/vitest/vitest.mjs", "run", "--typecheck.enabled=false", ...reporters, ...SUITES];
    const env = { ...process.env, LANEGRAD_WIDE: wide, ...(wide === "1" && { LANEGRAD_V8_FLAGS: flagsOf(version) }) };
    const { status } = spawnSync(node, args, { stdio: "inherit", env });
    const result = JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number; numFailedTests: number };
    rows.push(
      `node ${version}${wide === "1" ? " wide" : ""}: ${result.numPassedTests} passed, ${result.numFailedTests} failed`,
    );
    failed ||= status !== 0;
  }
}
console.log(rows.join("\n"));
process.exitCode = failed ? 1 : 0;
