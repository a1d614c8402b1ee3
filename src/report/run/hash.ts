import { type Tensor, type TensorLike, asTensor } from "../../base/tensor.ts";
import { type Samples, asDataset, namedTensors } from "../../data/dataset.ts";
import { isInMemory } from "../../data/samples.ts";
import { sha256 } from "./sha256.ts";

/**
 * SHA-256 of a state dict, as `weights` of a run: of each entry, in order, a line of JSON with its name, dtype and shape, then its
 * numbers, little-endian. `stateHash(model.stateDict())` tells whether two models have the same bits.
 *
 * @returns 64 hexadecimal digits
 * @throws TypeError when an entry is no tensor
 */
export function stateHash(state: Readonly<Record<string, TensorLike>>): string {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(`stateHash: the state must be an object of tensors by name; got ${String(state)}`);
  }
  const entries = Object.entries(state).map(([name, each]) => [name, asTensor("stateHash", name, each)] as const);
  return hashOf(entries);
}

/** SHA-256 of the tensors of a data set in memory, by their names x, y and weights; null for other samples. */
export function dataHash(samples: Samples): string | null {
  if (!isInMemory(samples)) return null;
  const { x, y, weights } = asDataset("dataHash", samples);
  const named = [...namedTensors("x", x), ...namedTensors("y", y)];
  return hashOf(weights ? [...named, ["weights", weights]] : named);
}

function hashOf(tensors: readonly (readonly [string, Tensor])[]): string {
  const hash = sha256();
  for (const [name, { dtype, shape, data }] of tensors) {
    hash.update(new TextEncoder().encode(`${JSON.stringify([name, dtype, shape])}\n`));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest();
}
