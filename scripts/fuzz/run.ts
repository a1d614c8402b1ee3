/** `npm run fuzz -- [--reader NAME] [--runs NUMBER] [--seed NUMBER]`: gives damaged files to every reader. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { Command, InvalidArgumentError, Option } from "commander";
import color from "picocolors";
import { table } from "../../examples/support/table.ts";
import { manualSeed } from "../../src/runtime/random.ts";
import { type Report, fuzz } from "./fuzz.ts";
import { targets } from "./targets/index.ts";
import { judge } from "./verdict.ts";
import { Watchdog } from "./watchdog.ts";

interface Options {
  readonly reader: readonly string[];
  readonly runs: number;
  readonly seed: number;
  readonly from: number;
  readonly out: string;
  readonly replay: readonly string[];
}

const LIMIT = 60_000; // milliseconds after which a reader counts as hung

const names = targets.map(({ name }) => name);
const options = new Command("npm run fuzz --")
  .description(
    "Gives mutated and truncated files to every reader, which must read them or refuse them by a typed error.",
  )
  .addOption(new Option("--reader <name...>", "these readers only").choices(names).default([], "all"))
  .option("--runs <number>", "files for each reader", wholeNumber, 2000)
  .option("--seed <number>", "seed of the files", wholeNumber, 1)
  .option("--from <number>", "the first run, to repeat one with --runs 1", wholeNumber, 0)
  .option("--out <folder>", "folder for files that show a fault", "build/fuzz")
  .addOption(
    new Option("--replay <file...>", "files for the reader that their folder is named after").default([], "none"),
  )
  .parse()
  .opts<Options>();

manualSeed(1);
process.removeAllListeners("warning"); // of trainings that go on with other kernels
if (options.replay.length > 0) for (const file of options.replay) await replay(file);
else await runAll();

async function runAll(): Promise<void> {
  const chosen = targets.filter(({ name }) => options.reader.length === 0 || options.reader.includes(name));
  const watchdog = new Watchdog(names, LIMIT);
  const interactive = process.stderr.isTTY;
  const reports: Report[] = [];
  for (const target of chosen) {
    const index = targets.indexOf(target);
    const onRun = (run: number): void => {
      watchdog.begin(index, run);
      if (interactive && run % 1000 === 0) process.stderr.write(`\r\x1b[2K${target.name} ${run}`);
    };
    const report = await fuzz(target, { ...options, onRun });
    reports.push(report);
    print(report);
  }
  await watchdog.end();
  if (interactive) process.stderr.write("\r\x1b[2K");
  console.log(`\nNode ${process.versions.node}, --seed ${options.seed} --from ${options.from}\n`);
  table(
    ["reader", "files", "results", "slowest ms", "most kB", "kept kB", "files/s"],
    reports.map(({ name, runs, results, slowest, mostMemory, kept, seconds }) => [
      name,
      runs,
      [...results].map(([result, count]) => `${result} ${count}`).join(", "),
      Math.round(slowest),
      Math.round(mostMemory / 1024),
      Math.round(kept / 1024),
      Math.round(runs / seconds),
    ]),
  );
  if (reports.some(({ findings }) => findings.length > 0)) process.exitCode = 1;
}

/** Prints the faults, and writes their files. */
function print({ name, findings }: Report): void {
  for (const { run, bytes, fault } of findings) {
    const folder = join(options.out, name);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `seed-${options.seed}-run-${run}`);
    writeFileSync(file, bytes);
    console.error(`${color.red(`${name}: ${fault}`)}\n  ${file}\n`);
  }
}

async function replay(file: string): Promise<void> {
  const target = targets.find(({ name }) => name === basename(dirname(file)));
  if (!target) throw new InvalidArgumentError(`the folder must be named after a reader; got ${file}`);
  await target.seeds();
  const { result, time, memory, fault } = await judge(target, new Uint8Array(readFileSync(file)));
  console.log(`${file}: ${fault ?? result}, ${time.toFixed(0)} ms, ${Math.round(memory / 1024)} kB`);
  if (fault !== undefined) process.exitCode = 1;
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`must be a whole number; got ${text}`);
}
