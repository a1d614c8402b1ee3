import { describe, expect, test } from "vitest";
import { rowsAt } from "../../src/base/rows.ts";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import * as metrics from "../../src/metrics/index.ts";
import { randomFloats } from "../kernels/harness.ts";

type Metric = (p: Tensor, y: Tensor, options: { sampleWeight?: Tensor; ignoreIndex?: number }) => number;

const ROWS = 60;

/** Seeded whole numbers from 0 to below `count`. */
function whole(length: number, count: number, seed: number): Tensor {
  return tensor(Int32Array.from(randomFloats(length, seed, 1), (x) => Math.floor(((x + 1) / 2) * count)));
}

function floats(values: ArrayLike<number>, ...shape: number[]): Tensor<"float32"> {
  return new Tensor(shape, "float32", Float32Array.from(values));
}

/** Softmax of each row, in float32. */
function softmax(logits: Tensor): Tensor<"float32"> {
  const [, width = 1] = logits.shape;
  const powers = Array.from(logits.data, (x) => Math.exp(x));
  const totals = powers.map((_, i) => {
    const start = i - (i % width);
    return powers.slice(start, start + width).reduce((a, b) => a + b);
  });
  return floats(
    powers.map((power, i) => power / (totals[i] ?? NaN)),
    ...logits.shape,
  );
}

const logits = floats(randomFloats(ROWS * 4, 1, 3), ROWS, 4);
const four = whole(ROWS, 4, 2);
const bits = whole(ROWS, 2, 3);
const labels = whole(ROWS, 4, 4);
const eighths = floats(
  whole(ROWS, 9, 5).data.map((k) => k),
  ROWS,
);
const fromOne = floats(
  eighths.data.map((k) => k + 1),
  ROWS,
);
const p = floats(
  eighths.data.map((k) => k / 8),
  ROWS,
);
const numbers = floats(randomFloats(ROWS, 6, 5), ROWS);

const CLASSES: Readonly<Record<string, Metric>> = {
  accuracy: metrics.accuracy,
  balancedAccuracy: metrics.balancedAccuracy,
  matthewsCorrelation: metrics.matthewsCorrelation,
  cohenKappa: metrics.cohenKappa,
  quadraticKappa: (a, b, options) => metrics.cohenKappa(a, b, { ...options, weights: "quadratic" }),
  precision: (a, b, options) => metrics.precision(a, b, { ...options, average: "macro" }),
  recall: (a, b, options) => metrics.recall(a, b, { ...options, average: "weighted" }),
  f1: (a, b, options) => metrics.f1(a, b, { ...options, average: "micro" }),
  confusionMatrix: (a, b, options) => metrics.confusionMatrix(a, b, options).averages.macro.f1,
};
const RANKED: Readonly<Record<string, Metric>> = {
  rocAuc: metrics.rocAuc,
  averagePrecision: metrics.averagePrecision,
};
const PROBABILITIES: Readonly<Record<string, Metric>> = { logLoss: metrics.logLoss, brierScore: metrics.brierScore };
const REGRESSION: Readonly<Record<string, Metric>> = {
  meanAbsoluteError: metrics.meanAbsoluteError,
  meanSquaredError: metrics.meanSquaredError,
  rootMeanSquaredError: metrics.rootMeanSquaredError,
  meanAbsolutePercentageError: metrics.meanAbsolutePercentageError,
  r2: metrics.r2,
  quantileLoss: (a, b, options) => metrics.quantileLoss(a, b, { ...options, quantile: 0.3 }),
};

/** Each metric with predictions and targets. */
const subjects = [
  ...[labels, logits].flatMap((each) => Object.entries(CLASSES).map((metric) => [...metric, each, four] as const)),
  ...Object.entries(RANKED).flatMap((metric) => [
    [...metric, eighths, bits] as const,
    [...metric, logits, four] as const,
  ]),
  ...Object.entries(PROBABILITIES).flatMap((metric) => [
    [...metric, p, bits] as const,
    [...metric, softmax(logits), four] as const,
  ]),
  ...Object.entries(REGRESSION).map((metric) => [...metric, numbers, fromOne] as const),
  [
    "topKAccuracy",
    (a: Tensor, b: Tensor, options: object) => metrics.topKAccuracy(a, b, options),
    logits,
    four,
  ] as const,
].map(([name, metric, predictions, targets]) => ({ name, metric, predictions, targets, of: String(predictions) }));

describe.each(subjects)("$name of $of", ({ metric, predictions, targets }) => {
  const value = metric(predictions, targets, {});

  test("is the same for rows in any order", () => {
    const order = Int32Array.from({ length: ROWS }, (_, i) => (i * 7 + 3) % ROWS);
    expect(metric(rowsAt(predictions, order), rowsAt(targets, order), {})).toBeCloseTo(value, 12);
  });

  test("has whole weights that equal repeated rows, and rows of weight 0 that equal none", () => {
    const weights = whole(ROWS, 4, 7);
    const repeated = Int32Array.from(
      Array.from(weights.data).flatMap((count, row) => Array.from({ length: count }, () => row)),
    );
    const expected = metric(rowsAt(predictions, repeated), rowsAt(targets, repeated), {});
    expect(metric(predictions, targets, { sampleWeight: weights })).toBeCloseTo(expected, 12);
    expect(expected).not.toBeCloseTo(value, 6);
  });
});

describe.each(subjects.filter(({ name }) => !(name in REGRESSION)))("$name of $of", (subject) => {
  test("ignores rows with the target ignoreIndex", () => {
    const { metric, predictions, targets } = subject;
    const kept = Int32Array.from({ length: ROWS - 10 }, (_, i) => i);
    const ignored = tensor(Int32Array.from(targets.data, (target, row) => (row < ROWS - 10 ? target : -100)));
    const expected = metric(rowsAt(predictions, kept), rowsAt(targets, kept), {});
    expect(metric(predictions, ignored, { ignoreIndex: -100 })).toBe(expected);
  });
});

test("rocAuc is the share of pairs in order, where ties count one half", () => {
  let [pairs, inOrder] = [0, 0];
  eighths.data.forEach((high, i) =>
    eighths.data.forEach((low, j) => {
      if (bits.data[i] !== 1 || bits.data[j] !== 0) return;
      pairs++;
      inOrder += high > low ? 1 : high === low ? 0.5 : 0;
    }),
  );
  expect(metrics.rocAuc(eighths, bits)).toBeCloseTo(inOrder / pairs, 12);
});

test("areas do not change with a growing function of scores", () => {
  const grown = floats(
    eighths.data.map((x) => Math.exp(x) - 5),
    ROWS,
  );
  expect(metrics.rocAuc(grown, bits)).toBe(metrics.rocAuc(eighths, bits));
  expect(metrics.averagePrecision(grown, bits)).toBe(metrics.averagePrecision(eighths, bits));
});

test("rocAuc of logits has no ties where probabilities round to 1", () => {
  const sure = floats([0, 60, 0, 61, 0, 62, 0, 63], 4, 2);
  const truth = tensor(Int32Array.of(0, 0, 1, 1));
  expect(metrics.rocAuc(sure, truth, { fromLogits: true })).toBe(1);
  expect(metrics.rocAuc(softmax(sure), truth)).toBe(0.5);
});

test("two columns are class 1 alone", () => {
  const columns = floats(
    Array.from(p.data).flatMap((each) => [1 - each, each]),
    ROWS,
    2,
  );
  for (const metric of [metrics.rocAuc, metrics.averagePrecision, metrics.logLoss, metrics.brierScore]) {
    expect(metric(columns, bits)).toBeCloseTo(metric(p, bits), 12);
  }
  expect(metrics.rocCurve(columns, bits)).toEqual(metrics.rocCurve(p, bits));
  expect(metrics.precisionRecallCurve(columns, bits)).toEqual(metrics.precisionRecallCurve(p, bits));
});

test("logits are probabilities once softmax or sigmoid was applied", () => {
  const probabilities = softmax(logits);
  for (const metric of [metrics.logLoss, metrics.brierScore, metrics.expectedCalibrationError]) {
    expect(metric(logits, four, { fromLogits: true })).toBeCloseTo(metric(probabilities, four), 6);
  }
  const sigmoid = numbers.data.map((x) => 1 / (1 + Math.exp(-x)));
  for (const metric of [metrics.logLoss, metrics.brierScore, metrics.expectedCalibrationError]) {
    expect(metric(numbers, bits, { fromLogits: true })).toBeCloseTo(metric(floats(sigmoid, ROWS), bits), 6);
  }
});

test("log loss of logits has no limit, and is infinite for a class of probability 0", () => {
  const far = floats([0, 1000], 1, 2);
  expect(metrics.logLoss(far, tensor(Int32Array.of(0)), { fromLogits: true })).toBe(1000);
  expect(metrics.logLoss(floats([-1000], 1), tensor(Int32Array.of(1)), { fromLogits: true })).toBe(1000);
  const masked = floats([0, -Infinity], 1, 2);
  expect(metrics.logLoss(masked, tensor(Int32Array.of(1)), { fromLogits: true })).toBe(Infinity);
  expect(metrics.logLoss(masked, tensor(Int32Array.of(0)), { fromLogits: true })).toBe(0);
  const both = { fromLogits: true, sampleWeight: floats([0, 1], 2) };
  expect(metrics.logLoss(floats([0, -Infinity, 1, 1], 2, 2), tensor(Int32Array.of(1, 0)), both)).toBeCloseTo(
    Math.LN2,
    12,
  );
});

test("perfect predictions", () => {
  const certain = floats(
    Array.from(four.data).flatMap((label) => [0, 1, 2, 3].map((k) => (k === label ? 1 : 0))),
    ROWS,
    4,
  );
  expect(metrics.brierScore(certain, four)).toBe(0);
  expect(metrics.expectedCalibrationError(certain, four)).toBe(0);
  expect(metrics.logLoss(certain, four)).toBeLessThan(1e-6);
  for (const metric of [metrics.balancedAccuracy, metrics.matthewsCorrelation, metrics.cohenKappa]) {
    expect(metric(certain, four)).toBeCloseTo(1, 12);
  }
  for (const metric of [metrics.rocAuc, metrics.averagePrecision]) expect(metric(certain, four)).toBe(1);
  expect(metrics.precision(certain, four, { average: "none" })).toEqual([1, 1, 1, 1]);
  expect(metrics.r2(numbers, numbers)).toBe(1);
});

test("averages of one label per row: micro is accuracy, and so is weighted recall", () => {
  const share = metrics.accuracy(labels, four);
  for (const metric of [metrics.precision, metrics.recall, metrics.f1]) {
    expect(metric(labels, four, { average: "micro" })).toBeCloseTo(share, 15);
  }
  expect(metrics.recall(labels, four, { average: "weighted" })).toBeCloseTo(share, 15);
});

test("precision, recall and f1 are those of confusionMatrix", () => {
  const matrix = metrics.confusionMatrix(labels, four);
  expect(metrics.precision(labels, four, { average: "none" })).toEqual(matrix.precision);
  expect(metrics.recall(labels, four, { average: "none" })).toEqual(matrix.recall);
  expect(metrics.f1(labels, four, { average: "none" })).toEqual(matrix.f1);
  expect(metrics.f1(labels, four, { average: "macro" })).toBeCloseTo(matrix.averages.macro.f1, 15);
});

test("fBeta is precision for beta 0, and near recall for a large beta", () => {
  const average = "none";
  expect(metrics.fBeta(labels, four, { beta: 0, average })).toEqual(metrics.precision(labels, four, { average }));
  const recalls = metrics.recall(labels, four, { average });
  metrics
    .fBeta(labels, four, { beta: 1e4, average })
    .forEach((each, i) => expect(each).toBeCloseTo(recalls[i] ?? NaN, 6));
});

test("the quantile loss of a constant is smallest for the quantile", () => {
  const sorted = numbers.data.toSorted();
  const losses = Array.from(sorted, (constant) =>
    metrics.quantileLoss(floats(new Float32Array(ROWS).fill(constant), ROWS), numbers, { quantile: 0.71 }),
  );
  expect(losses.indexOf(Math.min(...losses))).toBe(Math.ceil(0.71 * ROWS) - 1);
});

test("reliabilityDiagram has all rows, each in the bin of its confidence", () => {
  const bins = metrics.reliabilityDiagram(p, bits, { bins: 8 });
  expect(bins.reduce((total, { count }) => total + count, 0)).toBe(ROWS);
  for (const { low, high, confidence } of bins) {
    expect(confidence <= high && (confidence > low || low === 0)).toBe(true);
  }
  // 0 and 1/8 share the first bin, for a bin holds its upper edge
  expect(bins.map(({ high }) => high * 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
