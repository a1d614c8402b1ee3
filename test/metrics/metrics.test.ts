import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/base/errors.ts";
import { accuracy, confusionMatrix } from "../../src/metrics/index.ts";
import { type Nested, Tensor, tensor } from "../../src/base/tensor.ts";

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
    {
      what: "probabilities against int32 labels",
      predictions: floats([[0.5], [0.51], [0.2], [0.9]]),
      targets: labels(0, 1, 1, 1),
      share: 3 / 4,
    },
    {
      what: "scores against labels of float32, in a column too",
      predictions: floats([
        [0.1, 0.7, 0.2],
        [-3, -2, -1],
        [9, 8, 7],
        [0, 1, 0],
      ]),
      targets: floats([[1], [2], [2], [1]]),
      share: 3 / 4,
    },
    {
      what: "labels against 0 or 1 of float32",
      predictions: labels(0, 1, 1),
      targets: floats([0, 1, 0]),
      share: 2 / 3,
    },
    {
      what: "several decisions a row, as accuracy_score of scikit-learn",
      predictions: floats([
        [0.9, 0.1, 0.8],
        [0.2, 0.6, 0.1],
      ]),
      targets: floats([
        [1, 0, 1],
        [0, 1, 1],
      ]),
      share: 1 / 2,
    },
    {
      what: "ignored labels",
      predictions: floats([
        [0.1, 0.9],
        [0.1, 0.9],
        [0.9, 0.1],
      ]),
      targets: labels(1, -100, 1),
      options: { ignoreIndex: -100 },
      share: 1 / 2,
    },
  ])("$what", ({ predictions, targets, options, share }) => {
    expect(accuracy(predictions, targets, options)).toBe(share);
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
      says: "predictions and targets must have the same number of rows; got predictions float32 [2, 2] and targets int32 [3]",
    },
    {
      predictions: floats(1),
      targets: labels(0),
      type: ShapeError,
      says: "predictions and targets must have the same number of rows; got predictions float32 [] and targets int32 [1]",
    },
    {
      predictions: new Tensor([0, 2], "float32", new Float32Array()),
      targets: labels(),
      type: RangeError,
      says: "there must be at least one row; got none",
    },
    {
      predictions: scores,
      targets: tensor(
        [
          [0, 1],
          [1, 0],
        ],
        undefined,
        "int32",
      ),
      type: ShapeError,
      says: "targets must be [rows] or [rows, 1]; got predictions float32 [2, 2] and targets int32 [2, 2]",
    },
    {
      predictions: floats([[[1]], [[2]]]),
      targets: labels(0, 1),
      type: ShapeError,
      says:
        "predictions must be float32 [rows, classes], [rows] or [rows, 1], or int32 [rows] or [rows, 1]; " +
        "got predictions float32 [2, 1, 1] and targets int32 [2]",
    },
    {
      predictions: floats([0.1, 0.2]),
      targets: floats([
        [1, 0],
        [0, 1],
      ]),
      type: ShapeError,
      says: "targets must be [rows] or [rows, 1]; got predictions float32 [2] and targets float32 [2, 2]",
    },
    {
      predictions: tensor([[0, 1]], undefined, "int32"),
      targets: labels(0),
      type: ShapeError,
      says:
        "predictions must be float32 [rows, classes], [rows] or [rows, 1], or int32 [rows] or [rows, 1]; " +
        "got predictions int32 [1, 2] and targets int32 [1]",
    },
    {
      predictions: floats([0.1, 0.9]),
      targets: labels(0, 2),
      type: RangeError,
      says: "targets must be from 0 to 1; got 2 in row 1",
    },
    {
      predictions: [0, 1] as never,
      targets: labels(0, 1),
      type: TypeError,
      says: "predictions must be a tensor; got an array",
    },
    {
      predictions: floats([0, 1]),
      targets: undefined as never,
      type: TypeError,
      says: "targets must be a tensor; got undefined",
    },
    {
      predictions: floats([0, 1]),
      targets: labels(-100, -100),
      options: { ignoreIndex: -100 },
      type: RangeError,
      says: "there must be at least one row that is not ignored; got none",
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
      says: "targets must be whole numbers from 0 to 1; got 0.5 in row 1",
    },
    {
      predictions: floats([
        [0, 1],
        [NaN, 0],
      ]),
      targets: labels(0, 1),
      type: RangeError,
      says: "predictions must be numbers; got NaN in row 1 of float32 [2, 2]",
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
    {
      options: { class: 3 },
      type: TypeError,
      says: "options must be threshold, ignoreIndex, sampleWeight, classes, names; got class",
    },
    { options: { classes: 0 }, type: RangeError, says: "classes must be a whole number of at least 1; got 0" },
    { options: { classes: NaN }, type: RangeError, says: "classes must be a whole number of at least 1; got NaN" },
    { options: { classes: 3 }, type: ShapeError, says: "classes must be 2 for predictions float32 [2, 2]; got 3" },
    { options: { names: "ab" as never }, type: TypeError, says: 'names must be an array of strings; got "ab"' },
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
