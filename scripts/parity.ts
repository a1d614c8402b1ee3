/**
 * `npm run parity`: compares every layer, activation and loss with an installed PyTorch in random configurations, forward and
 * backward. PyTorch computes in float64. The tolerance is the rounding of float32: 1e-5 of the largest number of a tensor (1e-4
 * for recurrent layers and attention, which accumulate rounding) plus 1e-6.
 */
import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { Command, InvalidArgumentError } from "commander";
import { backend, configure, vjp } from "../src/index.ts";
import { printTable } from "../src/base/print.ts";
import { type ModuleCase, type Stored, camelCase, load, loadAll } from "../test/parity/fixtures.ts";
import { MODULES, type Options } from "../test/parity/modules.ts";

interface RandomCase extends ModuleCase {
  readonly seed: number;
}

const PYTHON = "/usr/bin/python3"; // the Python of Debian's python3-torch
const CARRIED = /^(RNN|LSTM|GRU|MultiheadAttention|CrossAttention|TransformerEncoderLayer|(Packed|Padded).*)$/;

const SHOWN = 20; // failures that are printed in full

const command = new Command("npm run parity --")
  .description("Compares every layer with a live PyTorch on random configurations.")
  .option("--count <number>", "configurations in all", whole, 960)
  .option("--seed <number>", "where the seeds of the configurations begin", whole, Math.floor(Math.random() * 1e6))
  .option("--op <name...>", "only these classes", [])
  .option("--strict", "the strict kernels", false)
  .option("--threads <number>", "threads that share the work", whole, 1)
  .parse();
const { count, seed, op, strict, threads } = command.opts<{
  count: number;
  seed: number;
  op: string[];
  strict: boolean;
  threads: number;
}>();

if (spawnSync(PYTHON, ["-c", "import torch"]).status !== 0) {
  console.log(`not compared: ${PYTHON} cannot import torch; apt-get install python3-torch`);
  process.exit(0);
}
configure({ reproducible: strict, threads });
const python = spawn(PYTHON, ["scripts/parity.py", String(count), String(seed), ...op], {
  stdio: ["ignore", "pipe", "ignore"],
});

const found = new Map<string, { cases: number; worst: number }>();
const failures: string[] = [];
let torch = "";
for await (const line of createInterface({ input: python.stdout })) {
  if (torch === "") torch = line;
  else compare(JSON.parse(line) as RandomCase);
}

const rows = [...found].map(([name, { cases, worst }]) => [name, String(cases), worst.toFixed(3)]);
console.log(printTable(["PyTorch class", "cases", "largest error / tolerance"], rows));
const cases = [...found.values()].reduce((sum, each) => sum + each.cases, 0);
const { kernels, threads: inForce } = backend();
console.log(`\nPyTorch ${torch}, ${kernels} kernels, threads: ${inForce}, seeds from ${seed}`);
for (const failure of failures.slice(0, SHOWN)) console.log(`failed: ${failure}`);
if (failures.length > SHOWN) console.log(`and ${failures.length - SHOWN} more`);
console.log(`${cases - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || cases < count ? 1 : 0;

function compare(each: RandomCase): void {
  const entry = found.get(each.op) ?? { cases: 0, worst: 0 };
  found.set(each.op, entry);
  entry.cases++;
  try {
    const worst = worstOf(each);
    entry.worst = Math.max(entry.worst, worst.error);
    if (!(worst.error <= 1)) throw new Error(`${worst.what} is ${worst.error.toFixed(2)} times the tolerance`);
  } catch (error) {
    failures.push(`${each.op} ${JSON.stringify(each.config)}, --seed ${each.seed} --op ${each.op}: ${String(error)}`);
  }
}

/** The largest error of all results of a case, in units of the tolerance. */
function worstOf(each: RandomCase): { readonly what: string; readonly error: number } {
  const make = MODULES[each.op];
  if (!make) throw new Error("there is no such layer");
  const module = make(camelCase(each.config) as Options).train(each.mode === "train");
  if (Object.keys(each.state).length > 0) module.loadStateDict(loadAll(each.state));
  const result = vjp(module, each.inputs.map(load), load(each.gradOutput));
  const state = module.stateDict();
  const expected: (readonly [string, ArrayLike<number> | undefined, Stored])[] = [
    ["output", result.output.data, each.output],
    ...Object.entries(each.grads).map(([name, stored]) => {
      const index = /^input(\d)$/.exec(name)?.[1];
      const gradient = index === undefined ? result.parameters[name] : result.inputs[Number(index)];
      return [`gradient by ${name}`, gradient?.data, stored] as const;
    }),
    ...Object.entries(each.buffersAfter ?? {}).map(
      ([name, stored]) => [`${name} afterwards`, state[name]?.data, stored] as const,
    ),
  ];
  return expected
    .map(([what, actual, stored]) => ({ what, error: errorOf(actual ?? [], stored.data, CARRIED.test(each.op)) }))
    .reduce((worst, other) => (other.error > worst.error || Number.isNaN(other.error) ? other : worst));
}

function errorOf(actual: ArrayLike<number>, expected: readonly number[], isCarried: boolean): number {
  if (actual.length !== expected.length) return Infinity;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const allowed = (isCarried ? 1e-4 : 1e-5) * largest + 1e-6;
  return expected.reduce((most, value, i) => {
    const error = value === actual[i] ? 0 : Math.abs((actual[i] ?? NaN) - value) / allowed;
    return error > most || Number.isNaN(error) ? error : most;
  }, 0);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError(`must be a whole number; got ${text}`);
  return value;
}
