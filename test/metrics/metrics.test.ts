import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { accuracy, confusionMatrix } from "../../src/metrics/index.ts";
import { type Nested, Tensor, tensor } from "../../src/tensor.ts";

const floats = (values: Nested): Tensor => tensor(values);
const labels = (...values: number[]): Tensor => tensor(Int32Array.from(values));

describe("accuracy", () => {
  test.each([
    {
      what: "scores against labels",
      predictions: floats([
        [0.1, 0.7, 0.2],
        [-3, -2, -1],
        [9, 8, 7],
        [0, 1, 0],
      ]),
      targets: labels(1, 2, 2, 1),
      share: 3 / 4,
    },
    {
      what: "equal scores: the first wins, as numpy's argmax",
      predictions: floats([
        [1, 1],
        [-Infinity, -Infinity],
      ]),
      targets: labels(0, 0),
      share: 1,
    },
    { what: "labels against labels", predictions: labels(0, 2, 1, 3), targets: labels(0, 1, 2, 3), share: 1 / 2 },
    {
      what: "probabilities [rows, 1] against [rows]; 0.5 itself means class 0",
      predictions: floats([[0.5], [0.51], [0.2], [0.9]]),
      targets: floats([0, 1, 1, 1]),
      share: 3 / 4,
    },
    {
      what: "logits with threshold 0",
      predictions: floats([-0.1, 0.1, 0.4]),
      targets: floats([[0], [1], [1]]),
      options: { threshold: 0 },
      share: 1,
    },
  ])("$what", ({ predictions, targets, options, share }) => {
    expect(accuracy(predictions, targets, options)).toBe(share);
  });
});

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

  test("agrees with accuracy, and sums to the rows, on any labels", () => {
    const targets = labels(...Array.from({ length: 101 }, (_, row) => (row * row) % 5));
    const predictions = labels(...Array.from({ length: 101 }, (_, row) => (row * row + (row % 3)) % 5));
    const matrix = confusionMatrix(predictions, targets);
    expect(matrix.accuracy).toBe(accuracy(predictions, targets));
    expect(matrix.counts.flat().reduce((sum, count) => sum + count)).toBe(101);
  });
});

const scores = floats([
  [0.1, 0.9],
  [0.8, 0.2],
]);

describe("bad input is refused by name", () => {
  test.each([
    {
      predictions: scores,
      targets: labels(0, 1, 1),
      type: ShapeError,
      says: "there must be as many rows of both; got predictions float32 [2, 2] and targets int32 [3]",
    },
    {
      predictions: floats(1),
      targets: labels(0),
      type: ShapeError,
      says: "there must be as many rows of both; got predictions float32 [] and targets int32 [1]",
    },
    {
      predictions: new Tensor([0, 2], "float32", new Float32Array()),
      targets: labels(),
      type: RangeError,
      says: "there must be at least one row; got none",
    },
    {
      predictions: scores,
      targets: tensor([[0], [1]], undefined, "int32"),
      type: ShapeError,
      says: "targets of int32 must be [rows]; got predictions float32 [2, 2] and targets int32 [2, 1]",
    },
    {
      predictions: floats([[[1]], [[2]]]),
      targets: labels(0, 1),
      type: ShapeError,
      says:
        "predictions must be float32 [rows, classes] or int32 [rows]; " +
        "got predictions float32 [2, 1, 1] and targets int32 [2]",
    },
    {
      predictions: floats([0.1, 0.2]),
      targets: floats([
        [1, 0],
        [0, 1],
      ]),
      type: ShapeError,
      says: "targets of float32 must be [rows] or [rows, 1]; got predictions float32 [2] and targets float32 [2, 2]",
    },
    {
      predictions: floats([[0.1], [0.9]]),
      targets: labels(0, 1),
      type: TypeError,
      says:
        "targets must be float32 beside one probability a row; " +
        "got predictions float32 [2, 1] and targets int32 [2]",
    },
    {
      predictions: scores,
      targets: floats([0, 1]),
      type: TypeError,
      says:
        "targets must be int32 [rows] beside labels or scores of classes; " +
        "got predictions float32 [2, 2] and targets float32 [2]",
    },
    {
      predictions: labels(0, 1),
      targets: floats([0, 1]),
      type: TypeError,
      says:
        "targets must be int32 [rows] beside labels or scores of classes; " +
        "got predictions int32 [2] and targets float32 [2]",
    },
    {
      predictions: scores,
      targets: labels(0, 2),
      type: RangeError,
      says: "targets must be from 0 to 1; got 2 in row 1",
    },
    {
      predictions: scores,
      targets: labels(-1, 1),
      type: RangeError,
      says: "targets must be from 0 to 1; got -1 in row 0",
    },
    {
      predictions: labels(0, -1),
      targets: labels(0, 1),
      type: RangeError,
      says: "predictions must be at least 0; got -1 in row 1",
    },
    {
      predictions: floats([0.1, 0.2]),
      targets: floats([0, 0.5]),
      type: RangeError,
      says: "targets of float32 must be 0 or 1; got 0.5",
    },
    {
      predictions: floats([
        [0, 1],
        [NaN, 0],
      ]),
      targets: labels(0, 1),
      type: RangeError,
      says: "predictions must be numbers; got NaN in float32 [2, 2]",
    },
    {
      predictions: floats([0.1]),
      targets: floats([0]),
      options: { threshold: NaN },
      type: RangeError,
      says: "threshold must be a finite number; got NaN",
    },
  ])("$says", ({ predictions, targets, options, type, says }) => {
    const calls = { accuracy, confusionMatrix };
    for (const [where, call] of Object.entries(calls)) {
      expect(() => call(predictions, targets, options)).toThrow(new type(`${where}: ${says}`));
    }
  });

  test.each([
    { options: { class: 3 }, type: TypeError, says: "options must be threshold, classes, names; got class" },
    { options: { classes: 0 }, type: RangeError, says: "classes must be a whole number of at least 1; got 0" },
    { options: { classes: NaN }, type: RangeError, says: "classes must be a whole number of at least 1; got NaN" },
    { options: { classes: 3 }, type: ShapeError, says: "classes must be 2 for predictions float32 [2, 2]; got 3" },
    { options: { names: ["a"] }, type: ShapeError, says: "names must be one for each of 2 classes; got 1" },
  ])("confusionMatrix: $says", ({ options, type, says }) => {
    expect(() => confusionMatrix(scores, labels(0, 1), options)).toThrow(new type(`confusionMatrix: ${says}`));
  });

  test("confusionMatrix: labels beyond the classes it was told", () => {
    const error = new RangeError("confusionMatrix: predictions must be from 0 to 1; got 2 in row 0");
    expect(() => confusionMatrix(labels(2), labels(0), { classes: 2 })).toThrow(error);
    expect(() => confusionMatrix(labels(2), labels(0), { names: ["a", "b"] })).toThrow(error);
  });
});
