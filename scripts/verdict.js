/** Prints `N passed, N failed`, summed over the test reports in build/. */
import { existsSync, readFileSync, readdirSync } from "node:fs";

const main = "test-report.json";
const reports = (existsSync("build") ? readdirSync("build") : [])
  .filter((name) => name === main || /^(matrix-.*|hosts)\.json$/.test(name))
  .map((name) => JSON.parse(readFileSync(`build/${name}`, "utf8")));
const count = (key) => reports.reduce((sum, report) => sum + report[key], 0);
console.log(`${count("numPassedTests")} passed, ${count("numFailedTests")} failed`);
process.exitCode = existsSync(`build/${main}`) && reports.every((report) => report.success) ? 0 : 1;
