import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import type { Layer } from "../network.ts";
import type { Settings } from "../subjects/subject.ts";

/** The weights of the main job's network: [outputs, inputs], [inputs, outputs], or a whole model. */
export const WEIGHTS = { rows: "rows.f32", columns: "columns.f32", onnx: "mlp.onnx", int8: "mlp-int8.onnx" } as const;
export const SIZES = [784, 512, 512, 512, 512, 10] as const;

/** The settings of the subject, which the suite passes to the program. */
export function settings(): Settings {
  return JSON.parse(process.argv[2]!) as Settings;
}

/** Loads a package from `bench/peers`; programs run in `build/bench`. */
export function requirePeer(name: string): unknown {
  return createRequire(new URL("../../bench/peers/package.json", import.meta.url))(name);
}

/** A file beside the program. */
export function read(file: string): Uint8Array {
  return readFileSync(new URL(file, import.meta.url));
}

/** Weights and biases, alternating, with their sizes. */
export function layers(file: "rows.f32" | "columns.f32"): readonly Layer[] {
  const { buffer, byteOffset, byteLength } = read(file);
  const values = new Float32Array(buffer, byteOffset, byteLength / 4);
  let start = 0;
  const take = (length: number): Float32Array => values.subarray(start, (start += length));
  return SIZES.slice(1).map((outputs, index) => {
    const inputs = SIZES[index]!;
    return { inputs, outputs, weight: take(inputs * outputs), bias: take(outputs) };
  });
}

export function predictionInput(): Float32Array {
  return Float32Array.from({ length: SIZES[0] }, (_, i) => (i % 7) / 7);
}

export interface Answer {
  readonly out: readonly number[];
  /** Bytes of the process after the prediction. Its peak would include that of the process that started it. */
  readonly memory: number;
}

/** Prints the outputs, which the suite checks. */
export function answer(out: ArrayLike<number>): void {
  const memory = process.memoryUsage.rss();
  process.stdout.write(JSON.stringify({ out: Array.from(out), memory } satisfies Answer));
}
