import { ShapeError, shown } from "../base/errors.ts";
import { arrayKind } from "../base/numbers.ts";
import { Tensor, type TensorLike, asTensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { isTensor } from "./dataset.ts";
import type { Values } from "./from-arrays.ts";

/** A class or a group. */
export type Key = number | string;

/** Numbers in a typed array. */
export type NumberArray = Extract<Values, ArrayBufferView>;

/** One class or group for each sample: an array, a typed array, or a tensor [samples] or [samples, 1]. */
export type Keys = readonly Key[] | NumberArray | TensorLike;

/** Keys as whole numbers. */
export interface Codes {
  /** Rank of the key of each sample among the distinct keys; numbers ascend, texts follow. */
  readonly codes: Int32Array;
  /** The distinct keys, in the order of their codes. */
  readonly keys: readonly Key[];
  /** Count of samples of each code. */
  readonly counts: Int32Array;
}

/**
 * Codes of keys.
 * @param length count of samples. Default: any.
 * @throws TypeError when a key is neither a number nor text, or is NaN
 * @throws ShapeError when there is not one key for each sample
 */
export function codesOf(where: string, name: string, given: unknown, length?: number): Codes {
  const listed = listOf(where, name, given);
  const wrong = listed.findIndex((key) => typeof key !== "string" && (typeof key !== "number" || Number.isNaN(key)));
  if (wrong >= 0) {
    throw new TypeError(`${where}: ${name} must be numbers or texts; got ${shown(listed[wrong])} at index ${wrong}`);
  }
  if (length !== undefined) requireLength(where, name, listed.length, length);
  return encode(listed as readonly Key[]);
}

/** What is divided: a data set, or rows of a table, which have no y. */
export interface Divided {
  /** Count of samples. */
  readonly length: number;
  readonly y?: Tensors;
}

/**
 * Codes of the classes of a data set.
 * @param given the classes, or true for those in y
 * @param name that of the option
 * @throws TypeError when y is several tensors
 * @throws ShapeError when y has more than one number for each sample
 */
export function classesOf(where: string, dataset: Divided, given: true | Keys, name = "stratify"): Codes {
  if (given !== true) return codesOf(where, name, given, dataset.length);
  const why = name === "stratify" ? "to stratify" : `without ${name}`;
  if (!(dataset.y instanceof Tensor)) throw new TypeError(`${where}: y must be one tensor ${why}; got several`);
  if (dataset.y.size !== dataset.length) {
    throw new ShapeError(`${where}: y must hold one label for each sample ${why}; got ${dataset.y}`);
  }
  return codesOf(where, "y", dataset.y, dataset.length);
}

/** Whether a value may be keys or times: an array, a typed array or a tensor. */
export function isList(value: unknown): boolean {
  return Array.isArray(value) || arrayKind(value) !== undefined || isTensor(value);
}

/**
 * The values of an array, a typed array or a tensor.
 * @throws TypeError when it is none of them
 * @throws ShapeError when a tensor has not one number in each row
 */
export function listOf(where: string, name: string, given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given;
  if (arrayKind(given) !== undefined) return Array.from(given as ArrayLike<unknown>);
  if (isTensor(given)) {
    const values = asTensor(where, name, given);
    if (values.size === values.shape[0]) return Array.from(values.data);
    throw new ShapeError(`${where}: ${name} must be one value for each sample; got ${values}`);
  }
  throw new TypeError(`${where}: ${name} must be an array of one value for each sample; got ${shown(given)}`);
}

/** @throws ShapeError unless there is one value for each sample */
export function requireLength(
  where: string,
  name: string,
  found: number,
  length: number,
  what: "samples" | "steps" = "samples",
): void {
  if (found === length) return;
  throw new ShapeError(`${where}: ${name} must hold one value for each of ${length} ${what}; got ${found}`);
}

function encode(listed: readonly Key[]): Codes {
  const keys = [...new Set(listed)].toSorted(ascending);
  const codeOf = new Map(keys.map((key, code) => [key, code]));
  const codes = Int32Array.from(listed, (key) => codeOf.get(key) ?? 0);
  const counts = new Int32Array(keys.length);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return { codes, keys, counts };
}

function ascending(a: Key, b: Key): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a < b ? -1 : 1;
}
