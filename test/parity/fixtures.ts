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

/** A layer over sequences of different lengths in PyTorch: scripts/sequences.py makes them. */
export interface SequenceCase {
  readonly name: string;
  readonly op: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** x [batch, steps, features], 100 in padding, and the states from which a recurrent layer starts. */
  readonly inputs: Readonly<Record<string, Stored>>;
  readonly lengths: Stored;
  readonly state: Readonly<Record<string, Stored>>;
  /** The output, 0 in padding, and the states in which a recurrent layer ends. */
  readonly outputs: Readonly<Record<string, Stored>>;
  readonly gradOutputs: Readonly<Record<string, Stored>>;
  readonly grads: Readonly<Record<string, Stored>>;
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

/** The cases of one family, of which there must be some. */
export function casesOf<Case>(family: string): readonly Case[] {
  const text = readFileSync(new URL(`fixtures/${family}.json`, import.meta.url), "utf8");
  const { cases } = JSON.parse(text) as { readonly cases: readonly Case[] };
  if (cases.length === 0) throw new Error(`parity: ${family} must have cases; got none`);
  return cases;
}

/** What stands in a table under PyTorch's name; a name that is missing fails the test rather than skip it. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T {
  const entry = table[name];
  if (entry === undefined) throw new Error(`parity: ${name} must be in the table of what is made here; got no entry`);
  return entry;
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
