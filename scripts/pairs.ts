/**
 * Prints which kernels V8 pairs to 256 bits, from V8's trace: `tsx scripts/pairs.ts [--node PATH] [--build strict] [KERNEL...]`
 * Each kernel runs in its own process until V8 has optimized it, on Node 24 or later. Exit code 1 if a kernel that must pair
 * does not.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  Geometry,
  Half,
  SPARE_ROWS,
  WIDE_PANEL,
  packGeometry,
  packInt8Convolution,
  selectionLine,
} from "#kernels/contract";
import { placesIn } from "../src/base/layout.ts";

const MOVES = "only moves numbers, as fast as memory takes them";
const REDUCES = "ends in one number: V8 begins at stores of eight";
const DRAWS = "64-bit products and shuffles, which V8 does not pair";
const SCALAR = "one window at a time";
const WHOLES = "a rounding, which V8 does not pair";
const WIDENS = "widens numbers of 16 bits by shuffles, which V8 does not pair";
const SHUFFLES = "brings every other number together by shuffles, which V8 does not pair";

const NARROWS = "narrows four numbers at a time, which V8 does not pair";

/** Kernels that need not pair, and why. */
const UNPAIRED: Readonly<Record<string, string>> = {
  packPanels: MOVES,
  packPanelsBatch: MOVES,
  packKernel: MOVES,
  fill: MOVES,
  expand: MOVES,
  expandColumns: MOVES,
  copyBlock: MOVES,
  copyStrided: MOVES,
  gatherRows: MOVES,
  transpose: MOVES,
  sum: REDUCES,
  sumColumns: REDUCES,
  squaredError: REDUCES,
  absoluteError: REDUCES,
  binaryCrossEntropy: REDUCES,
  binaryCrossEntropyWithLogits: REDUCES,
  huber: REDUCES,
  focal: REDUCES,
  divergence: REDUCES,
  nll: REDUCES,
  maskedProduct: REDUCES,
  maxPool: SCALAR,
  maxPoolGradient: SCALAR,
  averagePool: SCALAR,
  averagePoolGradient: SCALAR,
  maxPoolPairs: SHUFFLES,
  averagePoolPairs: SHUFFLES,
  multiMargin: REDUCES,
  multiMarginGradient: "one number at a time, in f64",
  sumSquares: REDUCES,
  dropoutMask: DRAWS,
  uniform: DRAWS,
  normal: DRAWS,
  normalWith: DRAWS,
  philox: DRAWS,
  rowMoments: REDUCES,
  rowPower: REDUCES,
  channelMoments: REDUCES,
  channelSums: REDUCES,
  updateMoments: "one number of each channel at a time",
  floor: WHOLES,
  ceil: WHOLES,
  round: WHOLES,
  argMiddle: "one number at a time",
  gatherAlong: "moves one number at a time",
  scatterAlong: "adds one number at a time",
  pow: "two numbers at a time, in f64",
  powSlope: "two numbers at a time, in f64",
  selectBlocks: "decides on one block at a time",
  narrowToHalf: "one number at a time, once for all runs",
  widenHalf: WIDENS,
  matmulHalf: WIDENS,
  packInt8: "one number at a time, once for all runs",
  quantizeRows: NARROWS,
  quantizeImages: NARROWS,
  matmulReference: "the oracle: one product at a time",
};

/** The parameter of kernels that wait for others: they cannot run alone. */
const WAITS = "spins";

/** The values of integer arguments, by parameter name. */
const NUMBERS: Readonly<Record<string, number>> = {
  part: 0,
  parts: 1,
  length: 4096,
  rows: 64,
  columns: 256,
  xStride: 256,
  outStride: 256,
  M: 64,
  N: 64,
  K: 128,
  aRow: 128,
  aColumn: 1,
  bRow: 64,
  bColumn: 1,
  panel: WIDE_PANEL,
  use: 1,
  mean: 1,
  ignoreIndex: -1,
  slots: 1,
  chunks: 2,
  groups: 1,
  outputs: 16,
  depth: 64,
  groupStride: 1,
  channels: 1,
  channelStride: 1,
  outputStride: 1,
  rowFirst: 0,
  rowStep: 1,
  columnFirst: 0,
  columnStep: 1,
  planes: 16,
  height: 64,
  width: 64,
  squared: 0,
  run: 512,
  batch: 4,
  tableRows: 64,
  skipped: -1,
  cumulative: 0,
  samples: 2,
  inputs: 256,
  queries: 16,
  maskRows: 16,
  causal: 0,
  outer: 4,
  count: 16,
  inner: 128,
  innerStride: 1,
  outerStride: 0,
  column: 128,
  xRow: 128,
  aNext: 64 * 128,
  bNext: 128 * 64,
  size: 4,
  format: Half.f16,
  // Two of four blocks of 16 columns are selected, or four of eight.
  group: 32,
  block: 16,
  keep: 2,
  blocks: 4,
  aBlock: 16,
  aKeep: 4,
  aLine: selectionLine(8, 4, 16),
  outBlock: 16,
  outKeep: 2,
  outLine: selectionLine(4, 2, 16),
  I: 128,
  xBlock: 16,
  xKeep: 4,
  xLine: selectionLine(8, 4, 16),
  J: 64,
  yBlock: 16,
  yKeep: 2,
  yLine: selectionLine(4, 2, 16),
  // Four loops over 4096 elements, with the strides of each operand.
  ...numbered("n", [2, 4, 8, 64]),
  ...numbered("a", [2048, 512, 64, 1]),
  ...numbered("b", [0, 0, 64, 1]),
  ...numbered("c", [2048, 512, 64, 1]),
  ...numbered("x", [2048, 512, 64, 1]),
  ...numbered("out", [2048, 512, 64, 1]),
};

/** Values named `n0`, `n1`, ... */
function numbered(name: string, values: readonly number[]): Record<string, number> {
  return Object.fromEntries(values.map((value, i) => [`${name}${i}`, value]));
}

/** A row of 1,000 positions, sums of three products each: a `Geometry` and its lists. */
function geometry(): number[] {
  const [positions, depth] = [1000, 3];
  const list = (count: number, step: number): number[] => Array.from({ length: count }, (_, i) => i * step);
  const lists = [list(depth + SPARE_ROWS, 4), list(positions + SPARE_ROWS, 4), list(positions, 1)];
  const offsetsAt = placesIn(Geometry);
  const basesAt = offsetsAt + depth + SPARE_ROWS;
  const numbers = packGeometry({
    samples: 1,
    groups: 1,
    channels: 1,
    height: 1,
    width: 1024,
    firstRow: 0,
    firstColumn: 0,
    stripHeight: 1,
    stripWidth: 1024,
    advanceRows: 0,
    advanceColumns: 0,
    padded: 0,
    strips: 1,
    positions,
    lastPositions: positions,
    columns: positions,
    outputs: 16,
    outPlane: 1024,
    outAdvance: 0,
    depth,
    offsetsAt: 4 * offsetsAt,
    basesAt: 4 * basesAt,
    placesAt: 4 * (basesAt + positions + SPARE_ROWS),
  });
  return [...numbers, ...lists.flat()];
}

/** An image [2, 16, 16, 16] and a kernel [16, 16, 3, 3], padded. */
function int8Convolution(): readonly number[] {
  return packInt8Convolution({
    samples: 2,
    groups: 1,
    channels: 16,
    height: 16,
    width: 16,
    outputs: 16,
    outHeight: 16,
    outWidth: 16,
    kernelHeight: 3,
    kernelWidth: 3,
    strideY: 1,
    strideX: 1,
    paddingY: 1,
    paddingX: 1,
    dilationY: 1,
    dilationX: 1,
    imageFloats: (16 * 16 * 16) / 2 + 2,
  });
}

/** The memory at addresses of these names; all other memory is zeros. */
const CONTENTS: Readonly<Record<string, readonly number[]>> = {
  table: geometry(),
  convolution: int8Convolution(),
  condition: [1],
};

const REGION = 1 << 20; // bytes of memory at each address
const ROUNDS = 20; // calls for 10 ms each, after which V8 has optimized the largest kernel

interface Kernel {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
}

const { values: options, positionals } = parseArgs({
  options: { node: { type: "string" }, build: { type: "string", default: "relaxed" }, hot: { type: "string" } },
  allowPositionals: true,
});

if (options.hot === undefined) await report();
else await run(kernelsOf(readFileSync("build/kernels/strict.d.ts", "utf8")).find(({ name }) => name === options.hot)!);

async function report(): Promise<void> {
  const node = nodeThatPairs();
  const kernels = kernelsOf(readFileSync("build/kernels/strict.d.ts", "utf8"));
  const chosen = kernels.filter(({ name, parameters }) =>
    positionals.length === 0 ? parameters.every((each) => each.name !== WAITS) : positionals.includes(name),
  );
  const saved = await inTurns(chosen, ({ name }) => operationsSaved(node, name));
  const missing = chosen.filter(({ name }, i) => {
    const reason = UNPAIRED[name];
    const pairs = (saved[i] ?? 0) > 0;
    const verdict = pairs ? `pairs, ${saved[i]} operations saved` : `does not pair${reason ? `: ${reason}` : ""}`;
    console.log(`${name.padEnd(38)}${verdict}${pairs && reason ? "; listed as one that does not" : ""}`);
    return !pairs && reason === undefined;
  });
  const names = missing.map(({ name }) => name).join(", ");
  console.log(missing.length === 0 ? "All kernels that must pair do." : `These must pair and do not: ${names}`);
  process.exitCode = missing.length === 0 ? 0 : 1;
}

/** The Node that `--node` or LANEGRAD_NODE names. Default: the one that runs this script. */
function nodeThatPairs(): string {
  const named = options.node ?? process.env["LANEGRAD_NODE"];
  if (named !== undefined) return named;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new RangeError(`pairs: Node must be 24 or later, by --node or LANEGRAD_NODE; got ${process.versions.node}`);
}

/** The exported kernels and their parameters, from the declarations of asc. */
function kernelsOf(declarations: string): Kernel[] {
  return [...declarations.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s+export function (\w+)/g)].map(
    ([, doc = "", name = ""]) => ({
      name,
      parameters: [...doc.matchAll(/@param (\w+) `(\w+)`/g)].map(([, each = "", type = ""]) => ({ name: each, type })),
    }),
  );
}

/** The operations that V8 saved by pairing, in a process that runs only this kernel. */
async function operationsSaved(node: string, kernel: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "pairs-"));
  // A file, because V8 drops output that a pipe cannot take at once.
  const trace = join(folder, "trace");
  const output = openSync(trace, "w");
  try {
    const flags = ["--experimental-wasm-revectorize", "--trace-wasm-revectorize"];
    const script = ["scripts/pairs.ts", "--hot", kernel, "--build", options.build];
    const [status] = await once(spawn(node, [...flags, ...script], { stdio: ["ignore", output, "inherit"] }), "close");
    if (status !== 0) throw new Error(`pairs: ${kernel} must run to its end; got exit code ${status}`);
    const decisions = readFileSync(trace, "utf8").matchAll(/Save: (\d+), cost: (\d+)/g);
    return [...decisions].reduce((sum, [, save, cost]) => sum + Math.max(0, Number(save) - Number(cost)), 0);
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
}

/** Runs `work` for each item, as many at a time as there are cores. */
async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i]!);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

/** Calls the kernel until V8 has optimized it; see NUMBERS and CONTENTS for its arguments. */
async function run({ name, parameters }: Kernel): Promise<void> {
  const memory = new WebAssembly.Memory({ initial: 512, maximum: 65_536, shared: true });
  const module = new WebAssembly.Module(readFileSync(`build/kernels/${options.build}.wasm`));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const values = parameters.map((parameter, i) => {
    if (parameter.type === "usize") {
      new Int32Array(memory.buffer).set(CONTENTS[parameter.name] ?? [], ((i + 1) * REGION) / 4);
      return (i + 1) * REGION;
    }
    if (parameter.type === "f32" || parameter.type === "f64") return 0.5;
    const value = NUMBERS[parameter.name.replace("_", "")];
    if (value === undefined)
      throw new RangeError(`pairs: NUMBERS must name each number; got ${parameter.name} of ${name}`);
    return value;
  });
  const kernel = exports[name] as (...values: number[]) => void;
  for (let round = 0; round < ROUNDS; round++) {
    for (const end = performance.now() + 10; performance.now() < end;) kernel(...values);
    await setTimeout(1);
  }
}
