import { describe, expect, test } from "vitest";
import { Tensor, tensor } from "../../src/base/tensor.ts";
import * as metrics from "../../src/metrics/index.ts";
import { randomFloats } from "../kernels/harness.ts";

function floats(values: ArrayLike<number>, ...shape: number[]): Tensor<"float32"> {
  return new Tensor(shape, "float32", Float32Array.from(values));
}

function labels(values: ArrayLike<number>): Tensor<"int32"> {
  return new Tensor([values.length], "int32", Int32Array.from(values));
}

const ROWS = 80;
const noise = randomFloats(ROWS, 1);
const bits = labels(noise.map((x) => (x > 0 ? 1 : 0)));
const scores = floats(
  noise.map((x, i) => x + (randomFloats(ROWS, 2)[i] ?? 0)),
  ROWS,
);

describe("bootstrap", () => {
  test("the same seed gives the same interval, another one another", () => {
    const of = (seed: number): metrics.ConfidenceInterval =>
      metrics.bootstrap(metrics.rocAuc, [scores, bits], { samples: 50, seed });
    expect(of(3)).toEqual(of(3));
    expect(of(3).estimates).not.toEqual(of(4).estimates);
    expect(of(3).value).toBe(metrics.rocAuc(scores, bits));
  });

  test("a wider level has a wider interval around the value", () => {
    const [narrow, wide] = [0.5, 0.99].map((level) => metrics.bootstrap(metrics.rocAuc, [scores, bits], { level }));
    if (!narrow || !wide) throw new Error("there must be two intervals");
    expect(wide.low).toBeLessThan(narrow.low);
    expect(narrow.low).toBeLessThan(narrow.value);
    expect(narrow.value).toBeLessThan(narrow.high);
    expect(narrow.high).toBeLessThan(wide.high);
  });

  test("the standard error of a mean is σ / √n", () => {
    const mean = (x: Tensor): number => Array.from(x.data).reduce((a, b) => a + b) / x.size;
    const { standardError } = metrics.bootstrap(mean, [scores], { samples: 4000 });
    const center = mean(scores);
    const deviation = Math.sqrt(scores.data.reduce((total, x) => total + (x - center) ** 2, 0) / ROWS);
    // the estimate from 4000 resamples has a relative standard deviation of 1 / √8000, 1.1 %
    expect(Math.abs(standardError / (deviation / Math.sqrt(ROWS)) - 1)).toBeLessThan(0.045);
  });

  test("intervals of level 0.9 cover the true accuracy of 0.7 in about 90 of 100 cases", () => {
    const trials = 300;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const right = labels(randomFloats(ROWS, 1000 + trial).map((x) => (x < 0.4 ? 1 : 0)));
      const ones = labels(new Int32Array(ROWS).fill(1));
      const { low, high } = metrics.bootstrap(metrics.accuracy, [right, ones], {
        samples: 200,
        level: 0.9,
        seed: trial,
      });
      if (low <= 0.7 && 0.7 <= high) covered++;
    }
    // 0.9 within three standard deviations, √(0.9 · 0.1 / 300) = 0.017
    expect(Math.abs(covered / trials - 0.9)).toBeLessThan(0.052);
  });

  test("draws rows of all tensors together, with weights and of pairs of models", () => {
    const index = floats(
      Array.from({ length: ROWS }, (_, i) => i),
      ROWS,
    );
    const differences = (a: Tensor, b: Tensor): number => a.data.filter((x, i) => x !== b.data[i]).length;
    expect(metrics.bootstrap(differences, [index, index], { samples: 20 }).high).toBe(0);
    const weighted = (p: Tensor, y: Tensor, sampleWeight: Tensor): number => metrics.rocAuc(p, y, { sampleWeight });
    const halves = floats(new Float32Array(ROWS).fill(0.5), ROWS);
    const interval = metrics.bootstrap(weighted, [scores, bits, halves], { samples: 20 });
    expect(interval.low).toBeCloseTo(metrics.bootstrap(metrics.rocAuc, [scores, bits], { samples: 20 }).low, 12);
  });

  test("stratify keeps the rows of each class", () => {
    const rare = labels(Array.from({ length: ROWS }, (_, i) => (i < 2 ? 1 : 0)));
    const count = (y: Tensor): number => y.data.filter((label) => label === 1).length;
    expect(metrics.bootstrap(count, [rare], { samples: 50 }).standardError).toBeGreaterThan(0);
    expect(metrics.bootstrap(count, [rare], { samples: 50, stratify: rare }).standardError).toBe(0);
    expect(() => metrics.bootstrap(metrics.rocAuc, [scores, rare], { samples: 50 })).toThrow(
      new RangeError(
        "bootstrap: metric must be a number for each resample (stratify keeps the rows of each class); got RangeError: " +
          "rocAuc: targets must have rows of class 1 with a weight above 0; got none",
      ),
    );
    expect(
      metrics.bootstrap(metrics.rocAuc, [scores, rare], { samples: 50, stratify: rare }).low,
    ).toBeGreaterThanOrEqual(0);
  });

  interface Refused {
    readonly metric?: (...tensors: readonly Tensor[]) => number;
    readonly tensors?: readonly Tensor[];
    readonly options?: metrics.BootstrapOptions;
    readonly says: string;
  }
  const refused: readonly Refused[] = [
    { options: { level: 0 }, says: "level must be above 0; got 0" },
    { options: { level: 1 }, says: "level must be from 0 to below 1; got 1" },
    { options: { samples: 0 }, says: "samples must be a whole number of at least 1; got 0" },
    { options: { seed: -1 }, says: "seed must be a whole number of at least 0; got -1" },
    { options: { stratify: labels([1, 2]) }, says: "stratify must be [80] or [80, 1]; got int32 [2]" },
    { tensors: [scores, labels([1])], says: "tensors must have the same number of rows; got float32 [80], int32 [1]" },
    { tensors: [], says: "tensors must have the same number of rows; got none" },
    {
      metric: () => NaN,
      says: "metric must be a number for each resample (stratify keeps the rows of each class); got NaN",
    },
    { metric: () => "1" as never, says: 'metric must return a number; got "1"' },
    { metric: 1 as never, says: "metric must be a function; got 1" },
  ];
  test.each(refused)("refuses: $says", ({ metric = (): number => 1, tensors = [scores, bits], options, says }) => {
    expect(() => metrics.bootstrap(metric, tensors, options)).toThrow(`bootstrap: ${says}`);
  });
});

describe("chooseThreshold", () => {
  const { accuracy, balancedAccuracy, f1, matthewsCorrelation } = metrics;
  test.each(Object.entries({ accuracy, balancedAccuracy, f1, matthewsCorrelation }))(
    "gives the %s that predictions have at the threshold, and none is larger at any score",
    (name, call) => {
      const metric = name as "f1";
      const of = (threshold: number): number => call(scores, bits, { threshold });
      const { threshold, value } = metrics.chooseThreshold(scores, bits, { metric });
      expect(of(threshold)).toBeCloseTo(value, 12);
      for (const score of scores.data) expect(of(score)).toBeLessThanOrEqual(value + 1e-12);
    },
  );

  test("counts rows as confusionMatrix does", () => {
    const { threshold, counts } = metrics.chooseThreshold(scores, bits);
    const [[trueNegative, falsePositive] = [], [falseNegative, truePositive] = []] = metrics.confusionMatrix(
      scores,
      bits,
      { threshold },
    ).counts;
    expect(counts).toEqual({ truePositive, falsePositive, trueNegative, falseNegative });
  });

  test("is in the middle of the gap between scores", () => {
    const separate = metrics.chooseThreshold(floats([0.1, 0.25, 0.75, 0.8], 4), labels([0, 0, 1, 1]));
    expect(separate).toMatchObject({ threshold: 0.5, value: 1 });
  });

  test("is the largest of equally good ones", () => {
    const equal = metrics.chooseThreshold(floats([0.25, 0.5, 0.75, 1], 4), labels([0, 1, 0, 1]), {
      metric: "accuracy",
    });
    expect(equal).toMatchObject({ threshold: 0.875, value: 0.75 });
  });

  test("is outside of the scores where one class should always be predicted", () => {
    const [x, y] = [floats([0.25, 0.5, 0.75], 3), labels([0, 1, 0])];
    const always = { cost: { falsePositive: 1, falseNegative: 100 } };
    expect(metrics.chooseThreshold(floats([0.25, 0.5, 0.75], 3), labels([1, 0, 0]), always)).toMatchObject({
      threshold: 0.125,
      value: 2 / 3,
    });
    const never = { cost: { falsePositive: 100, falseNegative: 1 } };
    expect(metrics.chooseThreshold(x, y, never)).toMatchObject({ threshold: 0.875, value: 1 / 3 });
  });

  test("takes a function of the counts", () => {
    const metric = ({ truePositive, falsePositive }: metrics.BinaryCounts): number =>
      falsePositive > 3 ? -1 : truePositive;
    const { counts } = metrics.chooseThreshold(scores, bits, { metric });
    expect(counts.falsePositive).toBe(3);
  });

  test("of several classes, for one against the others", () => {
    const x = floats([0.75, 0.25, 0, 0.5, 0.25, 0.25, 0.125, 0.5, 0.375], 3, 3);
    const chosen = metrics.chooseThreshold(x, labels([0, 0, 2]), { positiveClass: 2 });
    expect(chosen).toMatchObject({ threshold: 0.3125, value: 1 });
  });

  test.each([
    { options: { metric: "auc" as never }, says: "metric must be " },
    {
      options: { metric: "f1" as const, cost: { falsePositive: 1, falseNegative: 1 } },
      says: "metric and cost must not be",
    },
    { options: { cost: { falsePositive: -1, falseNegative: 1 } }, says: "cost.falsePositive must be a finite number" },
    { options: { cost: { falsePositive: 1 } as never }, says: "cost.falseNegative must be a finite number" },
    { options: { metric: (): number => NaN }, says: "metric must be a number for at least one threshold; got NaN" },
    { x: floats([1, Infinity], 2), y: labels([0, 1]), says: "scores must be finite; got Infinity" },
    { x: floats([1, 2], 2), y: labels([1, 1]), says: "targets must have rows of a class other than 1" },
  ])("refuses: $says", ({ x = scores, y = bits, options, says }) => {
    expect(() => metrics.chooseThreshold(x, y, options)).toThrow(`chooseThreshold: ${says}`);
  });
});

describe("temperatureScaling", () => {
  const logits = floats(randomFloats(ROWS * 3, 5, 4), ROWS, 3);
  const truth = labels(
    Array.from({ length: ROWS }, (_, row) => {
      const own = logits.data.slice(row * 3, row * 3 + 3);
      return row % 3 === 0 ? row % 2 : own.indexOf(Math.max(...own));
    }),
  );
  const scaled = (by: number): Tensor =>
    floats(
      logits.data.map((x) => x * by),
      ROWS,
      3,
    );

  test("grows with logits, for the same probabilities", () => {
    const once = metrics.temperatureScaling(logits, truth);
    const eightfold = metrics.temperatureScaling(scaled(8), truth);
    expect(eightfold.temperature / once.temperature).toBeCloseTo(8, 12);
    expect(eightfold.after.logLoss).toBeCloseTo(once.after.logLoss, 12);
    expect(eightfold.after.logLoss).toBeLessThan(eightfold.before.logLoss);
  });

  test("finds the temperature from which labels were drawn, and calibrates", () => {
    const rows = 4000;
    const x = randomFloats(rows, 8, 4);
    const drawn = labels(randomFloats(rows, 9).map((u, i) => ((u + 1) / 2 < 1 / (1 + Math.exp(-(x[i] ?? 0))) ? 1 : 0)));
    const confident = floats(
      x.map((each) => each * 2.5),
      rows,
    );
    const { temperature, before, after } = metrics.temperatureScaling(confident, drawn);
    // 1 / T has the variance 1 / Σ p (1 − p) x² of the largest likelihood: here a relative standard deviation of 2.6 %
    expect(Math.abs(temperature / 2.5 - 1)).toBeLessThan(0.08);
    expect(before.expectedCalibrationError).toBeGreaterThan(0.05);
    expect(after.expectedCalibrationError).toBeLessThan(0.03);
  });

  test("has the smallest log loss, and those of logLoss and expectedCalibrationError", () => {
    const { temperature, before, after } = metrics.temperatureScaling(logits, truth);
    const lossAt = (t: number): number => metrics.logLoss(scaled(1 / t), truth, { fromLogits: true });
    expect(lossAt(temperature)).toBeCloseTo(after.logLoss, 7);
    for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2]) {
      expect(lossAt(temperature * factor)).toBeGreaterThan(after.logLoss);
    }
    expect(before).toEqual({
      logLoss: metrics.logLoss(logits, truth, { fromLogits: true }),
      expectedCalibrationError: metrics.expectedCalibrationError(logits, truth, { fromLogits: true }),
    });
  });

  test("takes tiny and huge logits", () => {
    const { temperature } = metrics.temperatureScaling(logits, truth);
    expect(metrics.temperatureScaling(scaled(2 ** -80), truth).temperature * 2 ** 80).toBeCloseTo(temperature, 9);
    expect(metrics.temperatureScaling(scaled(2 ** 100), truth).temperature / 2 ** 100).toBeCloseTo(temperature, 9);
  });

  test.each([
    {
      x: [1, 0, 0, 1],
      y: [0, 1],
      says: "some logits must be larger than that of the true class, or the log loss has no minimum; got none",
    },
    { x: [1, 0, 0, 1], y: [1, 0], says: "logits of the true class must be larger than the others on average" },
    { x: [0, 0, 0, 0], y: [1, 0], says: "some logits must be larger" },
    { x: [1, Infinity, 0, 1], y: [1, 0], says: "logits must be finite; got Infinity in row 0" },
    { x: [1, NaN, 0, 1], y: [1, 0], says: "predictions must be numbers; got NaN" },
  ])("refuses: $says", ({ x, y, says }) => {
    expect(() => metrics.temperatureScaling(floats(x, 2, 2), labels(y))).toThrow(`temperatureScaling: ${says}`);
  });
});

test("tensors of any origin are taken", () => {
  const json = { shape: [2], dtype: "float32", data: [0.25, 0.75] } as const;
  const truth = tensor(Int32Array.of(0, 1)).toJSON();
  expect(metrics.rocAuc(json as never, truth as never)).toBe(1);
  expect(
    metrics.bootstrap(metrics.rocAuc, [json, truth] as never, { samples: 2, stratify: truth as never }).value,
  ).toBe(1);
});

describe("the default threshold", () => {
  const outside = /must be from 0 to 1 for the default threshold \(threshold: 0 is that of logits\); got -3.5$/;
  const logits = floats([2.5, -3.5], 2);
  const truth = labels([1, 0]);

  test.each([
    ["accuracy", metrics.accuracy],
    ["balancedAccuracy", metrics.balancedAccuracy],
    ["cohenKappa", metrics.cohenKappa],
    ["confusionMatrix", metrics.confusionMatrix],
    ["f1", metrics.f1],
    ["matthewsCorrelation", metrics.matthewsCorrelation],
    ["precision", metrics.precision],
    ["recall", metrics.recall],
  ])("%s refuses logits unless it gets one for them", (_, metric) => {
    const wrong = floats([0.5, -3.5], 2);
    expect(() => metric(wrong, truth)).toThrow(outside);
    expect(() => metric(logits, truth, { threshold: 0 })).not.toThrow();
    expect(() => metric(floats([1, 0], 2), truth)).not.toThrow();
  });

  test("of several decisions per row is for probabilities too; of ignored rows and labels it is for all", () => {
    const targets = floats([1, 0, 0, 1], 2, 2);
    expect(() => metrics.accuracy(floats([0, 1, -3.5, 1], 2, 2), targets)).toThrow(outside);
    expect(metrics.accuracy(floats([2, -2, -3.5, 1], 2, 2), targets, { threshold: 0 })).toBe(1);
    expect(metrics.accuracy(floats([0.75, -3.5], 2), labels([1, -100]), { ignoreIndex: -100 })).toBe(1);
    expect(metrics.accuracy(labels([2, 3]), labels([2, 3]))).toBe(1);
  });
});
