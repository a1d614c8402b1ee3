/** Metrics against those of scikit-learn, which `scripts/metrics.py` wrote. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Tensor, type TensorJson, tensor } from "../../src/base/tensor.ts";
import * as metrics from "../../src/metrics/index.ts";

interface Case {
  readonly name: string;
  readonly metric: string;
  readonly predictions: number;
  readonly targets: number;
  readonly sampleWeight?: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
}

const path = new URL("fixtures/scikit-learn.json", import.meta.url);
const { tensors, cases } = JSON.parse(readFileSync(path, "utf8")) as {
  readonly tensors: readonly TensorJson[];
  readonly cases: readonly Case[];
};

function at(index: number): Tensor {
  const json = tensors[index];
  if (!json) throw new Error(`there is no tensor ${index}`);
  return tensor.fromJSON(json);
}

/** A metric by its name; its types are those of the fixtures. */
function call(metric: string, ...given: readonly unknown[]): unknown {
  return (Reflect.get(metrics, metric) as (...given: readonly unknown[]) => unknown)(...given);
}

function resultOf({ metric, predictions, targets, sampleWeight, options: { of, ...options } }: Case): unknown {
  const [p, y] = [at(predictions), at(targets)];
  if (typeof of === "string") return call("bootstrap", Reflect.get(metrics, of), [p, y], options);
  return call(metric, p, y, sampleWeight === undefined ? options : { ...options, sampleWeight: at(sampleWeight) });
}

/** Expects numbers within 1e-9, relative above 1, and what `expected` has of an object. */
function expectNear(actual: unknown, expected: unknown, where: string): void {
  if (expected === "Infinity") return expect(actual, where).toBe(Infinity);
  if (typeof expected === "number") {
    const difference = Math.abs((actual as number) - expected) / Math.max(1, Math.abs(expected));
    if (!(difference <= 1e-9)) throw new Error(`${where}: expected ${expected}; got ${String(actual)}`);
    return;
  }
  if (Array.isArray(expected)) expect(Array.from(actual as ArrayLike<unknown>).length, where).toBe(expected.length);
  for (const [key, each] of Object.entries(expected as object)) {
    expectNear(Reflect.get(actual as object, key), each, `${where}.${key}`);
  }
}

const names = [...new Set(cases.map(({ metric }) => metric))];

describe("equal to scikit-learn within 1e-9", () => {
  test.each(names)("%s", (name) => {
    for (const each of cases.filter(({ metric }) => metric === name)) {
      const weighted = each.sampleWeight === undefined ? "" : ", weighted";
      expectNear(resultOf(each), each.expected, `${name} of ${each.name}${weighted}, ${JSON.stringify(each.options)}`);
    }
  });

  test("each metric has cases", () => {
    const functions = Object.entries(metrics).filter(([, each]) => typeof each === "function");
    expect(functions.map(([name]) => name).toSorted()).toEqual(names.toSorted());
  });
});
