import { describe, expect, test } from "vitest";
import { sameBits } from "./elementwise.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

const LONGEST = Math.max(...LENGTHS);
const D_OUT = -1.5;

/** Probabilities, the ends and their neighbours among them. */
const PROBABILITIES = randomFloats(LONGEST, 1, 0.5).map((value) => value + 0.5);
PROBABILITIES.set([0, 1, 1e-30, 1e-8, 1e-4, 1 - 2 ** -24, 0.999, 0.5]);
const LOGITS = randomFloats(LONGEST, 2, 8);
LOGITS.set([0, -0, 500, -500, 100, -100, 20, -20, 1e-6, -88.5, 88.5]);
const NUMBERS = randomFloats(LONGEST, 3, 3);
/** Targets: 0, 1 and between. */
const TARGETS = randomFloats(LONGEST, 4, 1.5).map((value) => Math.min(1, Math.max(0, value + 0.5)));

interface Case {
  readonly loss: "squaredError" | "absoluteError" | "binaryCrossEntropy" | "binaryCrossEntropyWithLogits";
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly value: (x: number, y: number) => number;
  readonly gradient: (x: number, y: number) => number;
  /** Largest error of the gradient, beside a relative one of 8 roundings. */
  readonly absolute?: number;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const CASES: readonly Case[] = [
  {
    loss: "squaredError",
    x: NUMBERS,
    y: TARGETS,
    value: (x, y) => (x - y) ** 2,
    gradient: (x, y) => 2 * (x - y),
  },
  {
    loss: "absoluteError",
    x: NUMBERS.map((x, i) => (i % 3 === 0 ? (TARGETS[i] ?? x) : x)),
    y: TARGETS,
    value: (x, y) => Math.abs(x - y),
    gradient: (x, y) => Math.sign(x - y),
  },
  {
    loss: "binaryCrossEntropy",
    x: PROBABILITIES,
    y: TARGETS,
    value: (x, y) => -(y * Math.max(Math.log(x), -100) + (1 - y) * Math.max(Math.log1p(-x), -100)),
    gradient: (x, y) => (x - y) / Math.max((1 - x) * x, 1e-12),
  },
  {
    loss: "binaryCrossEntropyWithLogits",
    x: LOGITS,
    y: TARGETS,
    value: (x, y) => Math.max(x, 0) - x * y + Math.log1p(Math.exp(-Math.abs(x))),
    gradient: (x, y) => logistic(x) - y,
    absolute: 3e-7, // the sigmoid is within 2.5 ulp
  },
];

const IGNORED = -100;

const LABELLED = [
  { rows: 1, columns: 1 },
  { rows: 5, columns: 3 },
  { rows: 7, columns: 10 },
  { rows: 33, columns: 17 },
  { rows: 3, columns: 1030 },
] as const;

const SETTINGS = [0, 0.1, 1].flatMap((smoothing) =>
  [0, 1].flatMap((mean) =>
    [false, true].flatMap((weighted) => [false, true].map((ignoring) => ({ smoothing, mean, weighted, ignoring }))),
  ),
);

/** PyTorch's cross_entropy on log-probabilities, row by row in f64. */
function nllExact(
  logp: ArrayLike<number>,
  labels: Int32Array,
  weights: Float32Array,
  smoothing: number,
  mean: number,
): number {
  let [sum, divisor] = [0, 0];
  for (const [r, label] of labels.entries()) {
    if (label === IGNORED) continue;
    const losses = Array.from(weights, (_, c) => -(logp[r * weights.length + c] ?? NaN));
    const weight = weights[label] ?? NaN;
    const all = losses.reduce((total, loss, c) => total + (weights[c] ?? NaN) * loss, 0);
    sum += (1 - smoothing) * weight * (losses[label] ?? NaN) + (smoothing / weights.length) * all;
    divisor += weight;
  }
  return mean ? sum / divisor : sum;
}

/** The error as a share of the exact value; 0 where both are 0. */
function relative(actual: number, exact: number): number {
  return actual === exact ? 0 : Math.abs(actual - exact) / Math.abs(exact);
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  describe.each(CASES)("$loss", ({ loss, x, y, value, gradient, absolute = 0 }) => {
    function lossOf(xs: Float32Array, ys: Float32Array, factor: number, parts: number): number {
      sandbox.reset();
      const [xAt, yAt, out] = [sandbox.floats(xs), sandbox.floats(ys), sandbox.empty(1)];
      sandbox.inParts(parts, (part) => kernels[loss](xAt, yAt, out, factor, xs.length, part, parts));
      sandbox.checkGuards();
      return sandbox.read(out, 1)[0] ?? NaN;
    }

    function gradientOf(length: number, parts: number, inPlace: boolean): Float32Array {
      sandbox.reset();
      const xAt = sandbox.floats(x.subarray(0, length));
      const yAt = sandbox.floats(y.subarray(0, length));
      const dx = inPlace ? xAt : sandbox.empty(length);
      const dOut = sandbox.floats([D_OUT]);
      sandbox.inParts(parts, (part) => kernels[`${loss}Gradient`](dOut, xAt, yAt, dx, 0.25, length, part, parts));
      sandbox.checkGuards();
      return sandbox.read(dx, length);
    }

    test("mean and sum at every length, the same for any number of workers", () => {
      for (const length of LENGTHS) {
        const [xs, ys] = [x.subarray(0, length), y.subarray(0, length)];
        const sum = xs.reduce((total, xi, i) => total + value(xi, ys[i] ?? NaN), 0);
        // No term is negative; each has a few roundings, and its way through the sum 11.
        expect(relative(lossOf(xs, ys, 1, 1), sum)).toBeLessThan(2e-6);
        expect(relative(lossOf(xs, ys, 1 / Math.max(1, length), 1), sum / Math.max(1, length))).toBeLessThan(2e-6);
        for (const parts of PARTS) expect(lossOf(xs, ys, 1, parts)).toBe(lossOf(xs, ys, 1, 1));
      }
    });

    test("each number alone, within 1e-6 of itself", () => {
      for (const xi of x.subarray(0, 64)) {
        for (const target of [0, 0.3, 1]) {
          const expected = value(xi, Math.fround(target));
          const actual = lossOf(Float32Array.of(xi), Float32Array.of(target), 1, 1);
          // 2^-149 is the gap between subnormal floats.
          const tolerance = 1e-6 * expected + 2 ** -149;
          expect(Math.abs(actual - expected), `(${xi}, ${target})`).toBeLessThanOrEqual(tolerance);
        }
      }
    });

    test("gradient at every length, in place too, the same bits for any number of workers", () => {
      const all = gradientOf(LONGEST, 1, false);
      for (const [i, actual] of all.entries()) {
        const [xi, yi] = [x[i] ?? NaN, y[i] ?? NaN];
        const expected = D_OUT * 0.25 * gradient(xi, yi);
        const tolerance = 8 * 2 ** -24 * Math.abs(expected) + absolute;
        expect(Math.abs(actual - expected), `(${xi}, ${yi})`).toBeLessThanOrEqual(tolerance);
      }
      for (const length of LENGTHS) {
        for (const parts of PARTS)
          expect(sameBits(gradientOf(length, parts, false), all.subarray(0, length))).toBe(true);
        expect(sameBits(gradientOf(length, 1, true), all.subarray(0, length))).toBe(true);
      }
    });
  });

  test("the sum of seven million squares loses nothing", () => {
    sandbox.reset();
    const length = 7_000_001;
    const [x, y, out] = [
      sandbox.floats(new Float32Array(length).fill(1.1)),
      sandbox.floats(new Float32Array(length)),
      sandbox.empty(1),
    ];
    kernels.squaredError(x, y, out, 1, length, 0, 1);
    const exact = length * Math.fround(1.1) ** 2;
    expect(Math.abs((sandbox.read(out, 1)[0] ?? NaN) / exact - 1)).toBeLessThan(1e-6);
  });

  test.each(LABELLED)("nll, and gradient as it is linear: %o", ({ rows, columns }) => {
    const logp = randomFloats(rows * columns, 5, 4).map((value) => value - 4);
    for (const { smoothing, mean, weighted, ignoring } of SETTINGS) {
      const weights = randomFloats(columns, 6, 0.9).map((value) => (weighted ? 1 + value : 1));
      const labels = Int32Array.from({ length: rows }, (_, r) =>
        ignoring && r % 3 === 1 ? IGNORED : (r * 7) % columns,
      );
      const settings = [smoothing, IGNORED, mean, rows, columns] as const;
      const results = PARTS.map((parts) => {
        sandbox.reset();
        const [logpAt, labelsAt, weightsAt] = [sandbox.floats(logp), sandbox.integers(labels), sandbox.floats(weights)];
        const [out, dLogp, dOut] = [sandbox.empty(1), sandbox.empty(rows * columns), sandbox.floats([D_OUT])];
        sandbox.inParts(parts, (part) => kernels.nll(logpAt, labelsAt, weightsAt, out, ...settings, part, parts));
        sandbox.inParts(parts, (part) =>
          kernels.nllGradient(dOut, labelsAt, weightsAt, dLogp, ...settings, part, parts),
        );
        sandbox.checkGuards();
        return Float32Array.of(sandbox.read(out, 1)[0] ?? NaN, ...sandbox.read(dLogp, rows * columns));
      });
      const [first = new Float32Array()] = results;
      for (const result of results) expect(sameBits(result, first)).toBe(true);

      // All terms are positive; up to 64 products are added in f32 in each lane.
      const expected = nllExact(logp, labels, weights, smoothing, mean);
      expect(relative(first[0] ?? NaN, expected)).toBeLessThan(4e-6);
      // What logp[r, c] = 1 alone gives is the gradient.
      for (let i = 0; i < Math.min(rows * columns, 100); i++) {
        const alone = Array.from({ length: rows * columns }, (_, j) => Number(i === j));
        const exact = D_OUT * nllExact(alone, labels, weights, smoothing, mean);
        expect(relative(first[i + 1] ?? NaN, exact)).toBeLessThan(1e-6);
      }
    }
  });

  test("nll: the mean of no rows is NaN, as in PyTorch, their sum 0, and their gradients are 0", () => {
    sandbox.reset();
    const [dOut, labels, weights] = [sandbox.floats([1]), sandbox.integers([IGNORED, IGNORED]), sandbox.floats([1, 1])];
    const [logp, dLogp] = [sandbox.floats([-1, -2, -3, -4]), sandbox.empty(4)];
    const [mean, sum] = [sandbox.empty(1), sandbox.floats([7])];
    kernels.nll(logp, labels, weights, mean, 0.1, IGNORED, 1, 2, 2, 0, 1);
    kernels.nll(logp, labels, weights, sum, 0.1, IGNORED, 0, 2, 2, 0, 1);
    kernels.nllGradient(dOut, labels, weights, dLogp, 0.1, IGNORED, 1, 2, 2, 0, 1);
    expect(sandbox.read(mean, 1)[0]).toBeNaN();
    expect(sandbox.read(sum, 1)[0]).toBe(0);
    expect(sandbox.read(dLogp, 4).every((value) => value === 0)).toBe(true);
  });

  test("nll: without smoothing an impossible class that is not the label does no harm", () => {
    sandbox.reset();
    const out = sandbox.empty(1);
    const [logp, labels, weights] = [sandbox.floats([-Infinity, -0.5]), sandbox.integers([1]), sandbox.floats([1, 1])];
    kernels.nll(logp, labels, weights, out, 0, IGNORED, 1, 1, 2, 0, 1);
    expect(sandbox.read(out, 1)[0]).toBe(0.5);
  });
});
