/** `npm run bench -- [SUITE...] [--json FILE] [--quick]`: lanegrad and its peers, measured in one run. */
import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import color from "picocolors";
import { report } from "./report.ts";
import { measureInRounds } from "./rounds.ts";
import { installed, title, variants } from "./subjects/index.ts";
import { suites } from "./suites/index.ts";
import { table } from "./table.ts";

interface Options {
  readonly json?: string;
  readonly node?: string;
  readonly quick: boolean;
  readonly rounds?: number;
  readonly subject: readonly string[];
}

const suiteNames = suites.map(({ name }) => name);
const subjectNames = [...new Set(variants.map(({ subject }) => subject))];
const command = new Command("npm run bench --")
  .description("Measures lanegrad and its peers, one process at a time, in interleaved rounds.")
  .addArgument(new Argument("[suites...]", "suites to measure (default: all)").choices(suiteNames))
  .option("--json <file>", "write the figures to a file", writable)
  .addOption(
    new Option("--node <path>", "a newer Node for the subjects that are faster on it")
      .env("LANEGRAD_BENCH_NODE")
      .argParser(executable),
  )
  .option("--quick", "two short rounds, with a larger spread", false)
  .option("--rounds <number>", "rounds, at least 2 (default: 3, quick: 2)", wholeNumber)
  .addOption(new Option("--subject <name...>", "measure these subjects only").choices(subjectNames).default([], "all"))
  .parse();

const [chosenSuites] = command.processedArgs as [string[]];
const options = command.opts<Options>();
const wanted = variants.filter(({ subject }) => options.subject.length === 0 || options.subject.includes(subject));
const present = wanted.filter(installed);
const interactive = process.stderr.isTTY;

const rounds = options.rounds ?? (options.quick ? 2 : 3);
const outcome = await measureInRounds(
  {
    variants: present,
    suites: chosenSuites.length === 0 ? suiteNames : chosenSuites,
    rounds,
    effort: { seconds: options.quick ? 0.2 : 1 },
    newerNode: options.node,
  },
  (line) => interactive && process.stderr.write(`\r\x1b[2K${line}`),
);
if (interactive) process.stderr.write("\r\x1b[2K");

const { unavailable, failures } = outcome;
const result = report(outcome, rounds);
console.log(`${result.machine}, Node ${result.node}\n`);
console.log(table(result));
console.log();
for (const [variant, why] of unavailable) console.log(color.dim(`${title(variant)}: not measured; ${why}`));
const missing = wanted.filter((variant) => !installed(variant)).map(title);
if (missing.length > 0) {
  console.log(
    `Not installed: ${missing.join(", ")}. Add them with\n\n  npm ci --ignore-scripts --prefix bench/peers\n`,
  );
}
for (const failure of failures) console.error(color.red(failure));
if (failures.size > 0) process.exitCode = 1;
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`);

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2) {
    throw new InvalidArgumentError(`must be a whole number of at least 2; got ${text}`);
  }
  return value;
}

/** Checked before the measurement, which takes minutes. */
function writable(file: string): string {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new InvalidArgumentError(`must be in a folder that can be written; got ${file}`);
  }
  return file;
}

function executable(file: string): string {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    throw new InvalidArgumentError(`must be a program; got ${file}`);
  }
  return resolve(file);
}
