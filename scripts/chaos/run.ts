/**
 * `npm run chaos -- [--kills NUMBER]`: trains in processes that are killed at random moments, and compares with trainings that
 * were not.
 */
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import color from "picocolors";
import { table } from "../../examples/support/table.ts";
import { bundle } from "./bundle.ts";
import { chaos } from "./chaos.ts";
import { scenarios } from "./scenarios/index.ts";

interface Options {
  readonly kills: number;
  readonly node: readonly string[];
  readonly scenario: readonly string[];
  readonly seed: number;
}

const LIMIT = 60_000; // milliseconds for one process

const names = scenarios.map(({ name }) => name);
const options = new Command("npm run chaos --")
  .description(
    "Kills trainings at random moments, resumes them, and compares all they leave with trainings never killed.",
  )
  .option("--kills <number>", "least number of kills", wholeNumber, 16)
  .addOption(
    new Option("--node <path...>", "other Nodes, which resume what the first one began on strict kernels")
      .argParser(executables)
      .default([], "none"),
  )
  .addOption(new Option("--scenario <name...>", "train these only").choices(names).default([], "all"))
  .addOption(
    new Option("--seed <number>", "seed of the moments")
      .argParser(wholeNumber)
      .default(Math.floor(Math.random() * 2 ** 32), "random"),
  )
  .parse()
  .opts<Options>();

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const interactive = process.stderr.isTTY;
const began = performance.now();
console.log(`Node ${process.versions.node}, --seed ${options.seed}\n`);
const outcomes = await chaos({
  scenarios: scenarios.filter(({ name }) => options.scenario.length === 0 || options.scenario.includes(name)),
  program: await bundle(fileURLToPath(new URL("scenarios/index.ts", import.meta.url)), "scenarios"),
  nodes: [process.execPath, ...options.node],
  kills: options.kills,
  seed: options.seed,
  limit: LIMIT,
  progress: (line) => interactive && process.stderr.write(`\r\x1b[2K${line}`),
});
if (interactive) process.stderr.write("\r\x1b[2K");

table(
  ["scenario", "kills", "at a write", "signals", "resumes", "damaged", "result"],
  outcomes.map(({ name, kills, writing, signals, resumes, damaged, failure }) => [
    name,
    kills,
    writing,
    signals,
    resumes,
    damaged,
    failure ? "failed" : "same bits",
  ]),
);
for (const { name, failure } of outcomes) {
  if (failure) console.error([color.red(`${name}: ${failure.message}`), ...failure.log].join("\n  "), "\n");
}
console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`);
if (outcomes.some(({ failure }) => failure)) process.exitCode = 1;

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`must be a whole number; got ${text}`);
}

function executables(file: string, former: readonly string[]): string[] {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    throw new InvalidArgumentError(`must be a program; got ${file}`);
  }
  return [...former, resolve(file)];
}
