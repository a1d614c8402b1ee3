import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { accuracy, confusionMatrix } from "../../src/metrics/index.ts";
import { type Nested, type Tensor, tensor } from "../../src/base/tensor.ts";

const floats = (values: Nested): Tensor => tensor(values);
const labels = (...values: number[]): Tensor => tensor(Int32Array.from(values));

describe("confusionMatrix gives the figures printed in the documentation of scikit-learn", () => {
  test("confusion_matrix: a class that was never predicted has precision 0", () => {
    const matrix = confusionMatrix(labels(0, 0, 2, 2, 0, 2), labels(2, 0, 2, 2, 0, 1));
    expect(matrix.counts).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
    expect(matrix.precision).toEqual([2 / 3, 0, 2 / 3]);
    expect(matrix.recall).toEqual([1, 0, 2 / 3]);
  });

  test("precision_recall_fscore_support: macro, micro and weighted", () => {
    // classes in the order of the labels there: pig, dog, cat
    const matrix = confusionMatrix(labels(2, 0, 1, 2, 2, 1), labels(2, 1, 0, 2, 1, 0), {
      names: ["pig", "dog", "cat"],
    });
    expect(matrix.precision).toEqual([0, 0, 2 / 3]);
    expect(matrix.recall).toEqual([0, 0, 1]);
    expect(matrix.f1).toEqual([0, 0, 0.8]);
    expect(matrix.support).toEqual([2, 2, 2]);
    const { macro, micro, weighted } = matrix.averages;
    for (const average of [macro, weighted]) {
      expect(average.precision).toBeCloseTo(2 / 9, 15);
      expect(average.recall).toBeCloseTo(1 / 3, 15);
      expect(average.f1).toBeCloseTo(0.8 / 3, 15);
    }
    expect(micro).toEqual({ precision: 1 / 3, recall: 1 / 3, f1: 1 / 3 });
  });

  test("classification_report: as a table", () => {
    const names = ["class 0", "class 1", "class 2"];
    const matrix = confusionMatrix(labels(0, 0, 2, 2, 1), labels(0, 1, 2, 2, 2), { names });
    expect(inspect(matrix)).toBe(String(matrix));
    // there, with two digits: macro 0.50 0.56 0.49, weighted 0.70 0.60 0.61
    expect(String(matrix)).toBe(
      [
        "true \\ predicted  class 0  class 1  class 2",
        "----------------  -------  -------  -------",
        "class 0                 1        0        0",
        "class 1                 1        0        0",
        "class 2                 0        1        2",
        "",
        "class             precision  recall      f1  support",
        "----------------  ---------  ------  ------  -------",
        "class 0              0.5000  1.0000  0.6667        1",
        "class 1              0.0000  0.0000  0.0000        1",
        "class 2              1.0000  0.6667  0.8000        3",
        "macro average        0.5000  0.5556  0.4889        5",
        "micro average        0.6000  0.6000  0.6000        5",
        "weighted average     0.7000  0.6000  0.6133        5",
        "",
        "accuracy 0.6000",
      ].join("\n"),
    );
  });
});

describe("confusionMatrix", () => {
  test("takes scores, and counts classes without a row", () => {
    const scores = floats([
      [3, 1, 2],
      [1, 3, 2],
    ]);
    const matrix = confusionMatrix(scores, labels(0, 0));
    expect(matrix.counts).toEqual([
      [1, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(matrix.names).toEqual(["0", "1", "2"]);
    expect(matrix.averages.macro).toEqual({ precision: 1 / 3, recall: 1 / 6, f1: 2 / 9 });
    expect(matrix.averages.weighted).toEqual({ precision: 1, recall: 1 / 2, f1: 2 / 3 });
  });

  test("takes probabilities", () => {
    const probabilities = floats([0.9, 0.2, 0.7, 0.4, 0.1]);
    const matrix = confusionMatrix(probabilities, floats([1, 0, 0, 1, 0]));
    expect(matrix.counts).toEqual([
      [2, 1],
      [1, 1],
    ]);
    expect(confusionMatrix(probabilities, floats([1, 0, 0, 1, 0]), { threshold: 0.3 }).counts).toEqual([
      [2, 1],
      [0, 2],
    ]);
  });

  test("counts as many classes as it is told", () => {
    expect(confusionMatrix(labels(1), labels(0), { classes: 3 }).support).toEqual([1, 0, 0]);
    expect(confusionMatrix(labels(1), labels(0), { names: ["a", "b", "c", "d"] }).support).toEqual([1, 0, 0, 0]);
    expect(confusionMatrix(labels(1), labels(0)).support).toEqual([1, 0]);
  });

  test("a label far beyond the others is refused before there is a count for each pair", () => {
    const far = labels(0, 100_000);
    const most = "classes must be at most 4096, for there is a count for each pair of them";
    for (const [predictions, targets] of [
      [labels(0, 1), far],
      [far, labels(0, 1)],
    ] as const) {
      expect(() => confusionMatrix(predictions, targets)).toThrow(
        new RangeError(`confusionMatrix: ${most}; got 100001, by the label 100000 (number the classes from 0 on)`),
      );
    }
    expect(() => confusionMatrix(labels(0), labels(0), { classes: 5000 })).toThrow(
      new RangeError(`confusionMatrix: ${most}; got 5000`),
    );
    expect(accuracy(far, far)).toBe(1);
  });

  test("takes probabilities against int32 labels, and leaves out what is ignored", () => {
    const matrix = confusionMatrix(floats([0.9, 0.2, 0.7, 0.4]), labels(1, 0, 0, -1), { ignoreIndex: -1 });
    expect(matrix.counts).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  test("prints sums of weights", () => {
    const matrix = confusionMatrix(labels(0, 1, 1), labels(0, 1, 0), { sampleWeight: floats([0.5, 2, 0.25]) });
    expect(matrix.counts).toEqual([
      [0.5, 0.25],
      [0, 2],
    ]);
    expect(String(matrix)).toMatch(/^ *0  0\.5000  0\.2500$/m);
    expect(String(matrix)).toContain("accuracy 0.9091");
  });

  test("agrees with accuracy, and sums to the rows, on any labels", () => {
    const targets = labels(...Array.from({ length: 101 }, (_, row) => (row * row) % 5));
    const predictions = labels(...Array.from({ length: 101 }, (_, row) => (row * row + (row % 3)) % 5));
    const matrix = confusionMatrix(predictions, targets);
    expect(matrix.accuracy).toBe(accuracy(predictions, targets));
    expect(matrix.counts.flat().reduce((sum, count) => sum + count)).toBe(101);
  });
});
