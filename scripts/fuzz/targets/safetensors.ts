import { readFileSync } from "node:fs";
import type { Tensor } from "../../../src/base/tensor.ts";
import { tensor } from "../../../src/index.ts";
import { readSafetensors, readSafetensorsHeader, toSafetensors } from "../../../src/io/index.ts";
import { mutateSafetensors } from "../mutate/safetensors.ts";
import { Fault, type Target } from "../target.ts";

export const FIXTURES = new URL("../../../test/io/fixtures/", import.meta.url);

/** `io.readSafetensors`, and the function that reads the header alone. */
export const safetensors: Target = {
  name: "safetensors",
  errors: ["FormatError"],
  room: 2 ** 24,
  async seeds() {
    const names = ["read", "written"];
    return [...names.map((name) => fixture(`safetensors/${name}.safetensors`)), smallFile()];
  },
  mutate(draw, seeds) {
    return mutateSafetensors(draw, draw.pick(seeds) ?? smallFile(), seeds);
  },
  async read(bytes) {
    const tensors = await readSafetensors(bytes);
    const { tensors: entries } = await readSafetensorsHeader(bytes);
    const [read, listed] = [Object.keys(tensors).toSorted(), Object.keys(entries).toSorted()];
    if (read.join("\n") !== listed.join("\n")) throw new Fault(`${read.length} tensors, but ${listed.length} listed`);
    return bytesOf(Object.values(tensors));
  },
};

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FIXTURES)));
}

/** Bytes of all numbers of tensors, of whom some may be one. */
export function bytesOf(tensors: readonly Tensor[]): number {
  return [...new Set(tensors.map(({ data }) => data.buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function smallFile(): Uint8Array {
  const record = {
    "0.weight": tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
    "0.bias": tensor(Float32Array.of(-1, 1), [2]),
    count: tensor(Int32Array.of(3), []),
    empty: tensor(new Float32Array(), [0, 4]),
  };
  return toSafetensors(record, { metadata: { format: "pt", note: "\u00e9\n" } });
}
