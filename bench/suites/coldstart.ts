import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { predictionInput, WEIGHTS } from "../coldstart/job.ts";
import { mlp } from "../network.ts";
import { outputs } from "../reference.ts";
import { bundled, folder } from "../program.ts";
import { median } from "../statistics.ts";
import { networkModel } from "../subjects/onnx/model.ts";
import type { Suite } from "./suite.ts";

const RUNS = 15; // in each round, without --quick

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
      async measure({ coldstart }, effort) {
        if (coldstart === undefined) return undefined;
        const program = await prepare(coldstart.program);
        const settings = JSON.stringify(coldstart.settings);
        check(JSON.parse(run(program, settings).out) as readonly number[]);
        const bare: number[] = [];
        const whole: number[] = [];
        for (let i = 0; i < Math.max(5, RUNS * effort.seconds); i++) {
          bare.push(run("-e", "0").milliseconds);
          whole.push(run(program, settings).milliseconds);
        }
        return median(whole) - median(bare);
      },
    },
  ],
};

/** Writes the program as plain JavaScript, and the weights in the formats of the libraries. */
async function prepare(program: string): Promise<string> {
  const path = await bundled(`coldstart/${program}`);
  const network = mlp();
  const rows = network.layers.flatMap(({ weight, bias }) => [weight, bias]);
  const columns = network.layers.flatMap(({ weight, bias, inputs }) => [transpose(weight, inputs), bias]);
  writeFileSync(new URL(WEIGHTS.rows, folder), Buffer.concat(rows.map(bytesOf)));
  writeFileSync(new URL(WEIGHTS.columns, folder), Buffer.concat(columns.map(bytesOf)));
  writeFileSync(new URL(WEIGHTS.onnx, folder), networkModel(network, 1));
  return path;
}

function run(...input: readonly string[]): { readonly milliseconds: number; readonly out: string } {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, input, { encoding: "utf8" });
  const milliseconds = performance.now() - start;
  if (status !== 0) throw new Error(`coldstart: the program must end with 0; got ${status}, ${stderr}`);
  return { milliseconds, out: stdout };
}

function check(out: readonly number[]): void {
  for (const [i, value] of outputs(mlp(), predictionInput(), 1).entries()) {
    if (Math.abs(out[i]! - value) <= 1e-4) continue;
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
