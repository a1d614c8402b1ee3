/** Prints the tests that failed and `N passed, N failed`, summed over the test reports in build/. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { relative } from "node:path";

const main = "test-report.json";
const MOST_SHOWN = 20; // failed tests: the line of the sum stays in sight
const reports = (existsSync("build") ? readdirSync("build") : [])
  .filter((name) => name === main || /^(matrix-.*|hosts)\.json$/.test(name))
  .map((name) => ({ name, ...JSON.parse(readFileSync(`build/${name}`, "utf8")) }));
const failures = reports.flatMap(({ name, testResults = [] }) =>
  testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    const failed = assertionResults.filter((each) => each.status === "failed");
    const where = `${name}: ${relative("", file)}`;
    // A file that cannot be loaded has no tests.
    if (status === "failed" && failed.length === 0) return [`${where}: ${message}`];
    return failed.map(({ fullName, failureMessages }) => `${where}: ${fullName}\n${failureMessages.join("\n")}`);
  }),
);
for (const each of failures.slice(0, MOST_SHOWN)) console.log(`${each.slice(0, 2000)}\n`);
if (failures.length > MOST_SHOWN) console.log(`... and ${failures.length - MOST_SHOWN} more`);
const count = (key) => reports.reduce((sum, report) => sum + report[key], 0);
console.log(`${count("numPassedTests")} passed, ${count("numFailedTests")} failed`);
process.exitCode = existsSync(`build/${main}`) && reports.every((report) => report.success) ? 0 : 1;
