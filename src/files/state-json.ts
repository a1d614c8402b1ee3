import { FormatError, shown } from "../base/errors.ts";
import { jsonWord, numberOfWord } from "../base/json-number.ts";
import type { StateRecord, StateTree } from "../base/state-tree.ts";
import { Tensor } from "../base/tensor.ts";

/** A state as JSON text, and its tensors by the names that the text gives them: their paths, `optimizer/state/0/exp_avg`. */
export interface StateJson {
  readonly text: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Levels of a state: more are refused, so that no file overflows the stack. */
const DEEPEST = 64;

/**
 * JSON text in which an array begins with its kind: `["array", ...]`, `["tensor", name]`, or `["number", "NaN"]` for a
 * number that JSON has not.
 */
export function encodeState(state: StateRecord): StateJson {
  const tensors = new Map<string, Tensor>();
  const encode = (tree: StateTree, path: string): unknown => {
    if (tree instanceof Tensor) {
      let name = path;
      while (tensors.has(name)) name += "'"; // the path of another, if a name contains a slash
      tensors.set(name, tree);
      return ["tensor", name];
    }
    if (typeof tree === "number") {
      const word = jsonWord(tree);
      return word === undefined ? tree : ["number", word];
    }
    if (typeof tree !== "object" || tree === null) return tree;
    if (isArray(tree)) return ["array", ...tree.map((each, i) => encode(each, joined(path, String(i))))];
    return Object.fromEntries(Object.entries(tree).map(([name, each]) => [name, encode(each, joined(path, name))]));
  };
  return { text: JSON.stringify(encode(state, "")), tensors };
}

/**
 * The state of `encodeState`.
 * @throws FormatError when the text is not as written there, or names a tensor that is missing
 */
export function decodeState(where: string, text: string, tensors: ReadonlyMap<string, Tensor>): StateRecord {
  const decode = (json: unknown, depth: number): StateTree => {
    if (depth > DEEPEST) throw new FormatError(`${where}: a state must have at most ${DEEPEST} levels; got more`);
    if (typeof json !== "object" || json === null) return json as string | number | boolean | null;
    if (!Array.isArray(json)) {
      const entries = Object.entries(json).map(([name, each]): [string, StateTree] => [name, decode(each, depth + 1)]);
      return Object.fromEntries(entries);
    }
    const [kind, ...items] = json as readonly unknown[];
    const [item] = items;
    if (kind === "array") return items.map((each) => decode(each, depth + 1));
    const number = kind === "number" ? numberOfWord(item) : undefined;
    if (number !== undefined) return number;
    const tensor = kind === "tensor" && typeof item === "string" ? tensors.get(item) : undefined;
    if (tensor) return tensor;
    throw new FormatError(`${where}: arrays of a state must begin with their kind; got ${shown(json)}`);
  };
  const state = decode(parsed(where, text), 0);
  if (typeof state === "object" && state !== null && !isArray(state) && !(state instanceof Tensor)) return state;
  throw new FormatError(`${where}: a state must be an object; got ${shown(state)}`);
}

function parsed(where: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormatError(`${where}: a state must be JSON; got ${shown(text)}`);
  }
}

function isArray(tree: StateTree): tree is readonly StateTree[] {
  return Array.isArray(tree);
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
