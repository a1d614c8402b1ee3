/** `npx tsx bench/deploy-markdown.ts FILE.json`: the table of docs/deploy.md, from the figures of `coldstart` and `inference`. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { digits } from "./format.ts";
import type { Report } from "./report.ts";

const COLUMNS = [
  ["bytes shipped", "coldstart", "bytes shipped"],
  ["first prediction", "coldstart", "first prediction"],
  ["batch 1", "inference", "batch 1 p50"],
  ["batch 32", "inference", "batch 32"],
  ["memory", "coldstart", "memory"],
] as const;

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error("deploy-markdown: the argument must be a file of `npm run bench -- --json FILE`");
const { cases, machine, node, versions } = JSON.parse(readFileSync(file, "utf8")) as Report;
const figures = cases.filter(({ threads }) => threads === 1);
const subjects = [...new Set(figures.filter(({ suite }) => suite === "coldstart").map(({ subject }) => subject))];
const rows = subjects.map((subject) => [
  subject,
  ...COLUMNS.map(([, suite, name]) => {
    const figure = figures.find((each) => each.subject === subject && each.suite === suite && each.case === name);
    return figure === undefined ? "" : `${digits(figure.median)} ${figure.unit}`;
  }),
]);
const lines = [["", ...COLUMNS.map(([head]) => head)], ["---", ...COLUMNS.map(() => "--:")], ...rows];
console.log(lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n"));
const known = Object.entries(versions).filter(([subject]) => subjects.includes(subject));
console.log(`\n${machine}, Node ${node}; ${known.map((each) => each.join(" ")).join(", ")}.`);
