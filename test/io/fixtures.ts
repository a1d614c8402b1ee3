import { readFileSync } from "node:fs";
import { Tensor } from "../../src/base/tensor.ts";

/** A tensor, as expected.json has it. */
export interface Stored {
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
  /** Base64 of 32-bit words. */
  readonly words: string;
  /** The dtype that it is written as. */
  readonly written?: "F32" | "F16" | "BF16" | "I32" | "I64";
}

interface Expected {
  readonly read: Readonly<Record<string, Stored>>;
  readonly written: Readonly<Record<string, Stored>>;
  readonly rounding: { readonly floats: string; readonly F16: string; readonly BF16: string };
  readonly "sha256 of all as float32": { readonly F16: string; readonly BF16: string };
}

/** What scripts/safetensors.py wrote: files, and the numbers that NumPy and PyTorch read. */
export const FIXTURES = "test/io/fixtures/safetensors";
export const expected = JSON.parse(readFileSync(`${FIXTURES}/expected.json`, "utf8")) as Expected;

/** The bytes of base64 text, in a buffer of their own. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

export function tensorOf({ dtype, shape, words }: Stored): Tensor {
  const { buffer } = bytesOf(words);
  return dtype === "float32"
    ? new Tensor(shape, dtype, new Float32Array(buffer))
    : new Tensor(shape, dtype, new Int32Array(buffer));
}

/** Dtype, shape and bits, by name: NaN of one pattern. */
export function bitsOf(record: Readonly<Record<string, Tensor>>): object {
  return Object.fromEntries(
    Object.entries(record).map(([name, { dtype, shape, data }]) => {
      const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
      return [`"${name}"`, { dtype, shape, bits: Array.from(bits, (word, i) => (Number.isNaN(data[i]) ? NaN : word)) }];
    }),
  );
}
