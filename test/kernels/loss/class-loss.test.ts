import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

const D_OUT = -1.5;
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

/** PyTorch's multi_margin_loss, times the number of classes. */
function multiMarginExact(
  x: ArrayLike<number>,
  labels: Int32Array,
  weights: Float32Array,
  margin: number,
  p: number,
): number {
  let sum = 0;
  for (const [r, label] of labels.entries()) {
    const own = x[r * weights.length + label] ?? NaN;
    for (const [c] of weights.entries()) {
      const other = x[r * weights.length + c] ?? NaN;
      if (c !== label) sum += (weights[label] ?? NaN) * Math.max(0, margin - own + other) ** p;
    }
  }
  return sum;
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

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
        const [each, counts] = [sandbox.empty(rows), sandbox.empty(rows)];
        sandbox.inParts(parts, (part) => kernels.nll(logpAt, labelsAt, weightsAt, out, ...settings, part, parts));
        sandbox.inParts(parts, (part) =>
          kernels.nllGradient(dOut, labelsAt, weightsAt, dLogp, ...settings, part, parts),
        );
        const alone = [smoothing, IGNORED, rows, columns] as const;
        sandbox.inParts(parts, (part) => kernels.nllEach(logpAt, labelsAt, weightsAt, each, ...alone, part, parts));
        sandbox.inParts(parts, (part) => kernels.labelWeights(labelsAt, weightsAt, counts, IGNORED, rows, part, parts));
        sandbox.checkGuards();
        labels.forEach((label, r) => {
          const row = logp.subarray(r * columns, (r + 1) * columns);
          const exact = nllExact(row, Int32Array.of(label), weights, smoothing, 0);
          expect(relative(sandbox.read(each, rows)[r] ?? NaN, exact)).toBeLessThan(4e-6);
          expect(sandbox.read(counts, rows)[r]).toBe(label === IGNORED ? 0 : weights[label]);
        });
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

  test.each(LABELLED)("multiMargin, and its gradient by differences: %o", ({ rows, columns }) => {
    const x = randomFloats(rows * columns, 7, 2);
    const weights = randomFloats(columns, 6, 0.9).map((value) => 1 + value);
    const labels = Int32Array.from({ length: rows }, (_, r) => (r * 7) % columns);
    for (const [margin, p] of [
      [1, 1],
      [0.3, 2],
    ] as const) {
      const settings = [Math.fround(margin), p - 1, 0.25, rows, columns] as const;
      const results = PARTS.map((parts) => {
        sandbox.reset();
        const [xAt, labelsAt, weightsAt] = [sandbox.floats(x), sandbox.integers(labels), sandbox.floats(weights)];
        const [out, dx, dOut] = [sandbox.empty(1), sandbox.empty(rows * columns), sandbox.floats([D_OUT])];
        sandbox.inParts(parts, (part) => kernels.multiMargin(xAt, labelsAt, weightsAt, out, ...settings, part, parts));
        sandbox.inParts(parts, (part) =>
          kernels.multiMarginGradient(dOut, xAt, labelsAt, weightsAt, dx, ...settings, part, parts),
        );
        const each = sandbox.empty(rows);
        sandbox.inParts(parts, (part) =>
          kernels.multiMarginEach(xAt, labelsAt, weightsAt, each, ...settings, part, parts),
        );
        sandbox.checkGuards();
        labels.forEach((label, r) => {
          const row = x.subarray(r * columns, (r + 1) * columns);
          const alone = 0.25 * multiMarginExact(row, Int32Array.of(label), weights, settings[0], p);
          expect(relative(sandbox.read(each, rows)[r] ?? NaN, alone)).toBeLessThan(1e-6);
        });
        return Float32Array.of(sandbox.read(out, 1)[0] ?? NaN, ...sandbox.read(dx, rows * columns));
      });
      const [first = new Float32Array()] = results;
      for (const result of results) expect(sameBits(result, first)).toBe(true);
      const value = (at: ArrayLike<number>): number => multiMarginExact(at, labels, weights, settings[0], p);
      // All is added in f64 and rounded once.
      expect(relative(first[0] ?? NaN, 0.25 * value(x))).toBeLessThan(1e-6);
      const exact = Float64Array.from(x);
      for (let i = 0; i < Math.min(rows * columns, 100); i++) {
        const was = exact[i] ?? NaN;
        exact[i] = was + 1e-5;
        const up = value(exact);
        exact[i] = was - 1e-5;
        const slope = (D_OUT * 0.25 * (up - value(exact))) / 2e-5;
        exact[i] = was;
        expect(Math.abs((first[i + 1] ?? NaN) - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      }
    }
  });
});
