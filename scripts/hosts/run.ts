/**
 * `npm run hosts`: runs the same exported files with the same inputs in every host, and compares their outputs, bit for bit, with
 * what lanegrad computes with strict kernels. `npm run hosts -- NAME...` runs some hosts. "serving" is the workers of
 * examples/serving in workerd.
 *
 * Nodes, Deno, Bun, miniflare and the Edge Runtime come from npm and are cached in node_modules/.cache; Chromium, Firefox,
 * JavaScriptCore and WABT are Debian's. A host that is not there is reported as not run.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { inChromium, inFirefox } from "./browsers.ts";
import { type HostCase, hostCases } from "./cases.ts";
import { inBun, inDeno, inJsc, inNode } from "./commands.ts";
import { inEdgeRuntime, inWorkerd } from "./edges.ts";
import { NotInstalledError } from "../installed.ts";
import type { HostRun } from "./host-run.ts";
import { checkServing } from "./serving.ts";
import { inWabt } from "./wabt.ts";

const HOSTS: Readonly<Record<string, (cases: readonly HostCase[]) => Promise<HostRun>>> = {
  ...Object.fromEntries([20, 22, 24, 26].map((version) => [`node ${version}`, (cases) => inNode(cases, version)])),
  chromium: inChromium,
  firefox: inFirefox,
  workerd: inWorkerd,
  "edge-runtime": inEdgeRuntime,
  deno: inDeno,
  bun: inBun,
  javascriptcore: inJsc,
  "wabt's interpreter": inWabt,
};

const wanted = process.argv.slice(2);
const cases = hostCases();
const rows: string[] = [];
let numPassedTests = 0;
let numFailedTests = 0;
for (const [name, run] of Object.entries(HOSTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    const { version, outputs } = await run(cases);
    const wrong = cases.filter((each) => !isEqual(each, outputs[each.name]));
    numPassedTests += cases.length - wrong.length;
    numFailedTests += wrong.length;
    rows.push(`${name} ${version}: ${cases.length - wrong.length} of ${cases.length} files give the same bits`);
    rows.push(...wrong.map((each) => `  ${each.name}: ${String(outputs[each.name]).slice(0, 500)}`));
  } catch (error) {
    if (error instanceof NotInstalledError) {
      rows.push(`${name}: not run, for ${error.message} is not on this machine`);
      continue;
    }
    numFailedTests += cases.length;
    rows.push(`${name}: failed\n${String(error instanceof Error ? error.stack : error)}`);
  }
}
if (wanted.length === 0 || wanted.includes("serving")) {
  try {
    rows.push(await checkServing());
    numPassedTests++;
  } catch (error) {
    numFailedTests++;
    rows.push(`serving: failed\n${String(error instanceof Error ? error.stack : error)}`);
  }
}
console.log(rows.join("\n"));
mkdirSync("build", { recursive: true });
const report = { numPassedTests, numFailedTests, success: numFailedTests === 0 };
writeFileSync("build/hosts.json", JSON.stringify(report));
process.exitCode = report.success ? 0 : 1;

/** Whether a host gave what was expected, and refused what it must refuse. */
function isEqual({ calls }: HostCase, found: HostRun["outputs"][string] | undefined): boolean {
  if (!Array.isArray(found)) return false;
  const [results, [refusal]] = [found.slice(0, calls.length), found.slice(calls.length)];
  const isRefused = refusal === undefined || /^(RangeError|TypeError): predict: .* must .*; got /.test(String(refusal));
  return isRefused && JSON.stringify(results) === JSON.stringify(calls.map(({ expected }) => expected));
}
