import { Tensor } from "../../src/base/tensor.ts";
import type { StateTree } from "../../src/base/state-tree.ts";

/** Names under which JSON has what it lacks. */
const [TENSOR, NUMBER] = ["$tensor", "$number"];

const DEEPEST = 200; // levels, more than any file may have

/** A state as JSON: a tensor is `{ $tensor: [dtype, shape, numbers] }`, NaN is `{ $number: "NaN" }`. */
export function printTree(tree: StateTree): unknown {
  if (tree instanceof Tensor) {
    const { dtype, shape, data } = tree;
    return { [TENSOR]: [dtype, [...shape], Array.from<number, unknown>(data, printNumber)] };
  }
  if (typeof tree === "number") return printNumber(tree);
  if (typeof tree !== "object" || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(printTree);
  return Object.fromEntries(Object.entries<StateTree>(tree).map(([name, each]) => [name, printTree(each)]));
}

/** What such a JSON value stands for, which need not be a state. */
export function readTree(json: unknown, depth = 0): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (depth === DEEPEST) return "deep";
  if (Array.isArray(json)) return json.map((each) => readTree(each, depth + 1));
  if (Object.hasOwn(json, NUMBER)) return Number(Reflect.get(json, NUMBER));
  if (Object.hasOwn(json, TENSOR)) return tensorFrom(readTree(Reflect.get(json, TENSOR), depth + 1));
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, readTree(each, depth + 1)]));
}

function printNumber(value: number): unknown {
  return Number.isFinite(value) && !Object.is(value, -0)
    ? value
    : { [NUMBER]: Object.is(value, -0) ? "-0" : `${value}` };
}

/** A tensor, if dtype, shape and numbers are right; else an object of the three, as JSON from elsewhere may have. */
function tensorFrom(parts: unknown): unknown {
  const [dtype, shape, data]: readonly unknown[] = Array.isArray(parts) ? parts : [];
  if (!areNumbers(shape) || !areNumbers(data)) return { dtype, shape, data };
  try {
    return dtype === "int32"
      ? new Tensor(shape, dtype, Int32Array.from(data))
      : new Tensor(shape, "float32", Float32Array.from(data));
  } catch {
    return { dtype, shape, data };
  }
}

function areNumbers(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.every((each) => typeof each === "number");
}
