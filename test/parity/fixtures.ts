/** Reference values from PyTorch 1.13.1: see test/parity/README.md for how they were made. */
import { readFileSync } from "node:fs";
import { Tensor } from "../../src/base/tensor.ts";

/** A tensor as the fixtures write it. */
export interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: "int32";
}

/** One call of a PyTorch module, there and back. */
export interface ModuleCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly mode: "train" | "eval";
  readonly inputs: readonly Stored[];
  readonly state: Readonly<Record<string, Stored>>;
  readonly output: Stored;
  readonly gradOutput: Stored;
  readonly grads: Readonly<Record<string, Stored>>;
  /** Running statistics and the like after the call. */
  readonly buffersAfter?: Readonly<Record<string, Stored>>;
}

/** Parameters after each of ten steps on given gradients. */
export interface OptimizerCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly start: Stored;
  readonly gradients: Stored;
  readonly after: Stored;
}

/** A whole training run without randomness. */
export interface TrainingCase {
  readonly name: string;
  readonly layers: readonly (readonly [string, Readonly<Record<string, number>>])[];
  readonly loss: string;
  readonly optimizer: string;
  readonly optimizerConfig: Readonly<Record<string, unknown>>;
  readonly x: Stored;
  readonly y: Stored;
  readonly start: Readonly<Record<string, Stored>>;
  readonly losses: readonly number[];
  readonly end: Readonly<Record<string, Stored>>;
}

/** The cases of one family. */
export function casesOf<Case>(family: string): readonly Case[] {
  const text = readFileSync(new URL(`fixtures/${family}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly cases: readonly Case[] }).cases;
}

export function load({ shape, data, dtype }: Stored): Tensor {
  return dtype === "int32"
    ? new Tensor(shape, "int32", Int32Array.from(data))
    : new Tensor(shape, "float32", Float32Array.from(data));
}

export function loadAll(state: Readonly<Record<string, Stored>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(state).map(([name, stored]) => [name, load(stored)]));
}

/** PyTorch's `max_norm` as `maxNorm`. */
export function camelCase<T>(config: Readonly<Record<string, T>>): Record<string, T> {
  const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [camel(name), value]));
}
