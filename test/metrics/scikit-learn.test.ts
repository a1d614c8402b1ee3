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

/** What of `expected` differs by more than 1e-9, relative above 1: numbers by their path, in what `expected` has of an object. */
function differences(actual: unknown, expected: unknown, path: string): string[] {
  if (typeof expected === "object" && expected !== null && typeof actual === "object" && actual !== null) {
    const length: unknown = Reflect.get(actual, "length");
    if (Array.isArray(expected) && length !== expected.length) return [`${path}: got ${String(length)} numbers`];
    return Object.entries(expected).flatMap(([key, each]) =>
      differences(Reflect.get(actual, key), each, `${path}.${key}`),
    );
  }
  const [a, e] = [Number(actual), Number(expected)];
  const isNear = a === e || Math.abs(a - e) <= 1e-9 * Math.max(1, Math.abs(e));
  return isNear ? [] : [`${path}: expected ${e}; got ${a}`];
}

const names = [...new Set(cases.map(({ metric }) => metric))];

describe("equal to scikit-learn within 1e-9", () => {
  test.each(names)("%s", (name) => {
    const wrong = cases
      .filter(({ metric }) => metric === name)
      .flatMap((each) => {
        const weighted = each.sampleWeight === undefined ? "" : ", weighted";
        return differences(resultOf(each), each.expected, `${each.name}${weighted}, ${JSON.stringify(each.options)}`);
      });
    expect(wrong).toEqual([]);
  });

  test("each metric has cases", () => {
    const functions = Object.keys(metrics).filter((name) => typeof Reflect.get(metrics, name) === "function");
    // rejection.test.ts compares rejectionCurve with another implementation.
    expect(functions.toSorted()).toEqual([...names, "rejectionCurve"].toSorted());
  });
});
