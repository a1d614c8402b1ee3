import { readFileSync } from "node:fs";
import type { StateTree } from "../../src/base/state-tree.ts";
import { tensor } from "../../src/base/tensor.ts";

/** The bytes of a committed file. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

/** A committed JSON file. */
export function json(name: string): unknown {
  return JSON.parse(new TextDecoder().decode(fixture(name)));
}

/** Tensors, and numbers that JSON lacks, in a tree from JSON. */
export function revived(value: unknown): StateTree {
  if (value === "NaN") return NaN;
  if (value === "Infinity") return Infinity;
  if (value === "-0") return -0;
  if (typeof value !== "object" || value === null) return value as StateTree;
  if (Array.isArray(value)) return value.map(revived);
  if (Object.hasOwn(value, "dtype") && Object.hasOwn(value, "data")) return tensor.fromJSON(value as never);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revived(each)]));
}

/** The message of the error of a promise that must fail. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  throw new Error("nothing was refused");
}
