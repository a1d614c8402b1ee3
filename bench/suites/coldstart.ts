import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { type Answer, predictionInput, WEIGHTS } from "../coldstart/job.ts";
import { mlp } from "../network.ts";
import { outputs } from "../reference.ts";
import { bundled, folder } from "../program.ts";
import { median } from "../statistics.ts";
import { networkModel } from "../subjects/onnx/model.ts";
import { quantizedModel } from "../subjects/onnx/quantized.ts";
import type { ColdStart, Subject } from "../subjects/subject.ts";
import { bytesShipped } from "../coldstart/shipped.ts";
import type { Effort } from "../measure.ts";
import type { Suite } from "./suite.ts";

const RUNS = 15; // in each round, without --quick
/** Prints the memory of a process that does nothing. */
const BARE = "process.stdout.write(JSON.stringify({ memory: process.memoryUsage.rss() }))";

/** Times whole processes: start of Node, import of the library, weights from a file, one prediction; minus the time of Node alone. */
export const coldstart: Suite = {
  name: "coldstart",
  about:
    "A whole process that imports the library, reads the weights of 784-512-512-512-512-10 and predicts once, minus the time of Node alone.",
  cases: [
    {
      name: "first prediction",
      unit: "ms",
      better: "lower",
      measure: async (subject, effort) => measured(subject, effort, "0", ({ milliseconds }) => milliseconds),
    },
    {
      name: "memory",
      unit: "MB",
      better: "lower",
      charted: false,
      measure: async (subject, effort) =>
        measured(subject, effort, BARE, ({ out }) => (JSON.parse(out) as Pick<Answer, "memory">).memory / 1e6),
    },
    {
      name: "bytes shipped",
      unit: "kB",
      better: "lower",
      charted: false,
      async measure({ coldstart }) {
        if (coldstart === undefined) return undefined;
        await prepare(coldstart);
        return (await bytesShipped(coldstart)) / 1e3;
      },
    },
  ],
};

/** The difference between a figure of the program and that of a bare process, medians of processes in turn. */
async function measured(
  { coldstart, tolerance = 1e-4 }: Subject,
  effort: Effort,
  bareProgram: string,
  figureOf: (process: Ended) => number,
): Promise<number | undefined> {
  if (coldstart === undefined) return undefined;
  const program = await prepare(coldstart);
  const settings = JSON.stringify(coldstart.settings);
  check((JSON.parse(run(program, settings).out) as Answer).out, tolerance);
  const bare: number[] = [];
  const whole: number[] = [];
  for (let i = 0; i < Math.max(5, RUNS * effort.seconds); i++) {
    bare.push(figureOf(run("-e", bareProgram)));
    whole.push(figureOf(run(program, settings)));
  }
  return median(whole) - median(bare);
}

/** Writes the program as plain JavaScript, and the weights in the formats of the libraries. */
async function prepare({ program, prepare }: ColdStart): Promise<string> {
  const path = await bundled(`coldstart/${program}`);
  const network = mlp();
  const rows = network.layers.flatMap(({ weight, bias }) => [weight, bias]);
  const columns = network.layers.flatMap(({ weight, bias, inputs }) => [transpose(weight, inputs), bias]);
  writeFileSync(new URL(WEIGHTS.rows, folder), Buffer.concat(rows.map(bytesOf)));
  writeFileSync(new URL(WEIGHTS.columns, folder), Buffer.concat(columns.map(bytesOf)));
  writeFileSync(new URL(WEIGHTS.onnx, folder), networkModel(network, 1));
  writeFileSync(new URL(WEIGHTS.int8, folder), quantizedModel(network, 1));
  await prepare?.(network);
  return path;
}

interface Ended {
  readonly milliseconds: number;
  readonly out: string;
}

function run(...input: readonly string[]): Ended {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, input, { encoding: "utf8" });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`coldstart: the program must end with 0; got ${status}, ${stderr}`);
  return { milliseconds, out: stdout };
}

function check(out: readonly number[], tolerance: number): void {
  for (const [i, value] of outputs(mlp(), predictionInput(), 1).entries()) {
    if (Math.abs(out[i]! - value) <= tolerance) continue;
    throw new Error(`coldstart: output ${i} must be ${value}; got ${out[i]}`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function transpose(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}
