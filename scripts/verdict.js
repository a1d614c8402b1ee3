/**
 * Prints the tests that failed, those that passed only at a second try, and `N passed, N failed`: the sums of the test reports
 * in build/.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { relative } from "node:path";

const main = "test-report.json";
const MOST_SHOWN = 20; // tests: the line of the sums stays in sight
const reports = (existsSync("build") ? readdirSync("build") : [])
  .filter((name) => name === main || /^(matrix-.*|hosts)\.json$/.test(name))
  .map((name) => ({ name, ...JSON.parse(readFileSync(`build/${name}`, "utf8")) }));
const tests = reports.flatMap(({ name, testResults = [] }) =>
  testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    const where = `${name}: ${relative("", file)}`;
    // A file that cannot be loaded has no tests.
    if (status === "failed" && assertionResults.every((each) => each.status !== "failed")) {
      return [{ status, text: `${where}: ${message}` }];
    }
    return assertionResults.map((each) => ({
      status: each.status === "passed" && each.failureMessages.length > 0 ? "second try" : each.status,
      text: [`${where}: ${each.fullName}`, ...each.failureMessages].join("\n"),
    }));
  }),
);
show("failed", "Failed");
show("second try", "Passed at the second try");
const count = (key) => reports.reduce((sum, report) => sum + report[key], 0);
console.log(`${count("numPassedTests")} passed, ${count("numFailedTests")} failed`);
process.exitCode = existsSync(`build/${main}`) && reports.every((report) => report.success) ? 0 : 1;

function show(wanted, title) {
  const found = tests.filter(({ status }) => status === wanted);
  for (const { text } of found.slice(0, MOST_SHOWN)) console.log(`${title}: ${text.slice(0, 2000)}\n`);
  if (found.length > MOST_SHOWN) console.log(`... and ${found.length - MOST_SHOWN} more\n`);
}
