import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/base/errors.ts";
import { type Nested, Tensor, tensor } from "../../src/base/tensor.ts";
import * as metrics from "../../src/metrics/index.ts";
import { thrownBy } from "../support.ts";

type Metric = (p: Tensor, y: Tensor, options?: object) => unknown;

const floats = (values: Nested): Tensor => tensor(values);
const labels = (...values: number[]): Tensor => tensor(Int32Array.from(values));

const CLASSES: Readonly<Record<string, Metric>> = {
  accuracy: metrics.accuracy,
  balancedAccuracy: metrics.balancedAccuracy,
  cohenKappa: metrics.cohenKappa,
  confusionMatrix: metrics.confusionMatrix,
  f1: metrics.f1,
  fBeta: (p, y, options) => metrics.fBeta(p, y, { beta: 2, ...options }),
  matthewsCorrelation: metrics.matthewsCorrelation,
  precision: metrics.precision,
  recall: metrics.recall,
};
const RANKED: Readonly<Record<string, Metric>> = {
  averagePrecision: metrics.averagePrecision,
  chooseThreshold: metrics.chooseThreshold,
  precisionRecallCurve: metrics.precisionRecallCurve,
  rocAuc: metrics.rocAuc,
  rocCurve: metrics.rocCurve,
};
const PROBABILITIES: Readonly<Record<string, Metric>> = {
  brierScore: metrics.brierScore,
  logLoss: metrics.logLoss,
};
const CALIBRATION: Readonly<Record<string, Metric>> = {
  expectedCalibrationError: metrics.expectedCalibrationError,
  reliabilityDiagram: metrics.reliabilityDiagram,
};
const REGRESSION: Readonly<Record<string, Metric>> = {
  meanAbsoluteError: metrics.meanAbsoluteError,
  meanAbsolutePercentageError: metrics.meanAbsolutePercentageError,
  meanSquaredError: metrics.meanSquaredError,
  quantileLoss: metrics.quantileLoss,
  r2: metrics.r2,
  rootMeanSquaredError: metrics.rootMeanSquaredError,
};
const TEMPERATURE: Readonly<Record<string, Metric>> = { temperatureScaling: metrics.temperatureScaling };

const half = floats([0.5, 0.25]);
const two = labels(0, 1);

/** What metrics of a kind refuse, and what each of them says then. */
const rows = [
  {
    of: { ...CLASSES, ...RANKED, ...PROBABILITIES, ...REGRESSION },
    cases: [
      { options: { sampleWeight: [1, 1] }, type: TypeError, says: "sampleWeight must be a tensor; got an array" },
      {
        options: { sampleWeight: floats([1]) },
        type: ShapeError,
        says: "sampleWeight must be [2] or [2, 1]; got float32 [1]",
      },
      ...[NaN, -1, Infinity].map((weight) => ({
        options: { sampleWeight: floats([1, weight]) },
        type: RangeError,
        says: `sampleWeight must be finite numbers of at least 0; got ${weight} in row 1`,
      })),
      {
        options: { sampleWeight: labels(0, 0) },
        type: RangeError,
        says: "sampleWeight must be above 0 in at least one row that counts; got 0 in all",
      },
    ],
  },
  {
    of: { ...CLASSES, ...RANKED, ...PROBABILITIES, ...CALIBRATION, ...REGRESSION, ...TEMPERATURE },
    cases: [
      { p: floats([0.5, NaN]), type: RangeError, says: "predictions must be numbers; got NaN in row 1 of float32 [2]" },
      {
        y: labels(0, 1, 1),
        type: ShapeError,
        says:
          "predictions and targets must have the same number of rows; " +
          "got predictions float32 [2] and targets int32 [3]",
      },
      {
        p: new Tensor([0], "float32", new Float32Array()),
        y: labels(),
        type: RangeError,
        says: "there must be at least one row; got none",
      },
    ],
  },
  {
    of: { ...CLASSES, ...RANKED, ...PROBABILITIES, ...CALIBRATION, ...TEMPERATURE },
    cases: [
      { y: labels(0, 2), type: RangeError, says: "targets must be from 0 to 1; got 2 in row 1" },
      { y: floats([0, NaN]), type: RangeError, says: "targets must be whole numbers from 0 to 1; got NaN in row 1" },
      {
        y: labels(-1, -1),
        options: { ignoreIndex: -1 },
        type: RangeError,
        says: "there must be at least one row that is not ignored; got none",
      },
    ],
  },
  {
    of: { ...RANKED, ...PROBABILITIES, ...CALIBRATION, ...TEMPERATURE },
    cases: [
      {
        p: labels(0, 1),
        type: ShapeError,
        says:
          "predictions must be float32 [rows, classes], [rows] or [rows, 1]; " +
          "got predictions int32 [2] and targets int32 [2]",
      },
    ],
  },
  {
    of: { ...PROBABILITIES, ...CALIBRATION },
    cases: [
      {
        p: floats([0.5, 1.5]),
        type: RangeError,
        says: "predictions must be probabilities from 0 to 1, or logits with fromLogits: true; got 1.5 in row 1",
      },
      {
        p: floats([
          [0.5, 0.5],
          [0.5, 0.75],
        ]),
        type: RangeError,
        says:
          "predictions must be probabilities with the sum 1 in each row, or logits with fromLogits: true; " +
          "got 1.25 in row 1",
      },
    ],
  },
  {
    of: { ...PROBABILITIES, ...CALIBRATION, ...RANKED },
    cases: [
      {
        p: floats([
          [0, 1],
          [0, Infinity],
        ]),
        options: { fromLogits: true },
        type: RangeError,
        says: "the largest logit of each row must be finite; got Infinity in row 1",
      },
      { options: { fromLogits: 1 }, type: TypeError, says: "fromLogits must be true or false; got 1" },
    ],
  },
  {
    of: RANKED,
    cases: [
      {
        y: labels(0, 0),
        type: RangeError,
        says: "targets must have rows of class 1 with a weight above 0; got none",
      },
    ],
  },
  {
    of: { rocAuc: RANKED["rocAuc"], rocCurve: RANKED["rocCurve"], chooseThreshold: RANKED["chooseThreshold"] },
    cases: [
      {
        y: labels(1, 1),
        type: RangeError,
        says: "targets must have rows of a class other than 1 with a weight above 0; got none",
      },
      {
        options: { sampleWeight: labels(0, 1) },
        type: RangeError,
        says: "targets must have rows of a class other than 1 with a weight above 0; got none",
      },
    ],
  },
  {
    of: REGRESSION,
    cases: [
      {
        y: floats([1, NaN]),
        type: RangeError,
        says: "targets must be finite numbers; got NaN in row 1 of float32 [2]",
      },
      {
        p: floats([1, -Infinity]),
        type: RangeError,
        says: "predictions must be finite numbers; got -Infinity in row 1 of float32 [2]",
      },
      {
        p: floats([
          [1, 2],
          [3, 4],
        ]),
        type: ShapeError,
        says: "predictions and targets must have the same shape; got predictions float32 [2, 2] and targets int32 [2]",
      },
    ],
  },
].flatMap(({ of, cases }) =>
  Object.entries(of).flatMap(([name, metric]) => cases.map((each) => ({ name, metric, ...each }))),
);

interface Row {
  readonly name: string;
  readonly metric: Metric;
  readonly p?: Tensor;
  readonly y?: Tensor;
  readonly options?: object;
  readonly type: new (message: string) => Error;
  readonly says: string;
}

describe("bad input is refused by name", () => {
  test.each(rows as readonly Row[])("$name: $says", ({ name, metric, p = half, y = two, options, type, says }) => {
    expect(() => metric(p, y, options)).toThrow(new type(`${name}: ${says}`));
  });

  const three = floats([
    [0.5, 0.25, 0.25],
    [0.25, 0.5, 0.25],
  ]);
  const calls: readonly (readonly [says: string, act: () => unknown])[] = [
    [
      'RangeError: precision: average must be "micro", "macro", "weighted" or "none" for 3 classes; got "binary"',
      () => metrics.precision(labels(0, 2), labels(0, 1)),
    ],
    [
      'RangeError: precision: average must be "binary", "micro", "macro", "weighted" or "none"; got "samples"',
      () => metrics.precision(half, two, { average: "samples" as never }),
    ],
    ["RangeError: f1: zeroDivision must be 0 or 1; got 2", () => metrics.f1(half, two, { zeroDivision: 2 })],
    ["TypeError: fBeta: beta must be a number of at least 0; got none", () => metrics.fBeta(half, two, {} as never)],
    [
      "RangeError: fBeta: beta must be a finite number of at least 0; got -1",
      () => metrics.fBeta(half, two, { beta: -1 }),
    ],
    [
      "RangeError: recall: classes must be at most 1048576, for there are counts for each of them; got 1048577, by the label 1048576 (number the classes from 0 on)",
      () => metrics.recall(labels(0, 2 ** 20), labels(0, 1), { average: "micro" }),
    ],
    [
      "RangeError: balancedAccuracy: adjusted must be false for targets of one class; got true",
      () => metrics.balancedAccuracy(labels(0, 1), labels(1, 1), { adjusted: true }),
    ],
    [
      "RangeError: cohenKappa: predictions and targets must be of at least two classes; got one",
      () => metrics.cohenKappa(labels(1, 1), labels(1, 1)),
    ],
    [
      "RangeError: cohenKappa: classes must be at most 4096, for there is a weight for each pair of them; got 5001, by the label 5000 (number the classes from 0 on)",
      () => metrics.cohenKappa(labels(1, 5000), labels(1, 1), { weights: "linear" }),
    ],
    [
      "RangeError: topKAccuracy: k must be a whole number from 1 to 2; got 3",
      () => metrics.topKAccuracy(three, two, { k: 3 }),
    ],
    [
      "ShapeError: topKAccuracy: predictions must be float32 [rows, classes]; got float32 [2]",
      () => metrics.topKAccuracy(half, two),
    ],
    [
      "ShapeError: rocCurve: positiveClass must be given for predictions of more than two classes; got none for float32 [2, 3]",
      () => metrics.rocCurve(three, two),
    ],
    [
      "RangeError: rocCurve: positiveClass must be a whole number from 0 to 2; got 3",
      () => metrics.rocCurve(three, two, { positiveClass: 3 }),
    ],
    [
      "RangeError: rocCurve: positiveClass must be 1 for one number per row; got 0",
      () => metrics.rocCurve(half, two, { positiveClass: 0 }),
    ],
    [
      "RangeError: rocAuc: targets must have rows of class 2 with a weight above 0; got none",
      () => metrics.rocAuc(three, two),
    ],
    [
      'RangeError: rocAuc: average must be "macro", "weighted" or "none"; got "micro"',
      () => metrics.rocAuc(three, two, { average: "micro" as never }),
    ],
    [
      "RangeError: reliabilityDiagram: bins must be a whole number of at least 1; got 0",
      () => metrics.reliabilityDiagram(half, two, { bins: 0 }),
    ],
    [
      "RangeError: quantileLoss: quantile must be from 0 to 1; got 1.5",
      () => metrics.quantileLoss(half, half, { quantile: 1.5 }),
    ],
    ["RangeError: r2: there must be at least two rows; got one", () => metrics.r2(floats([1]), floats([1]))],
    [
      "TypeError: f1: options must be threshold, ignoreIndex, sampleWeight, classes, zeroDivision, average; got samplesWeight",
      () => metrics.f1(half, two, { samplesWeight: half } as never),
    ],
  ];
  test.each(calls)("%s", (says, act) => {
    expect(thrownBy(act)).toBe(says);
  });
});
