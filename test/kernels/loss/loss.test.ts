import { describe, expect, test } from "vitest";
import { sameBits } from "../faults.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

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
  readonly loss:
    | "squaredError"
    | "absoluteError"
    | "huber"
    | "binaryCrossEntropy"
    | "binaryCrossEntropyWithLogits"
    | "focal";
  /** What the kernel takes before the factor. */
  readonly settings?: readonly number[];
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
    loss: "huber",
    settings: [0.75],
    x: NUMBERS.map((x, i) => (i % 3 === 0 ? (TARGETS[i] ?? x) : x)),
    y: TARGETS,
    value: (x, y) => {
      const distance = Math.abs(x - y);
      return distance <= 0.75 ? distance ** 2 / 2 : 0.75 * (distance - 0.375);
    },
    gradient: (x, y) => Math.max(-0.75, Math.min(0.75, x - y)),
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
  ...[
    { settings: [2, 0.25, 0.75] },
    { settings: [0.5, 1, 1] },
    { settings: [0, 1, 1] }, // binary cross-entropy
  ].map(focalCase),
];

/** Lin's loss: in f64, and by probabilities rather than by logits; its gradient from the derivative of the logarithm. */
function focalCase({ settings }: { settings: number[] }): Case {
  const [gamma = NaN, positive = NaN, negative = NaN] = settings;
  const of = (x: number, y: number): { weight: number; miss: number; chance: number; sign: number } => {
    const sign = y > 0.5 ? 1 : -1;
    const miss = Math.max(-sign * x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    return { weight: sign > 0 ? positive : negative, miss, chance: logistic(sign * x), sign };
  };
  return {
    loss: "focal",
    settings,
    x: LOGITS.map((x) => Math.max(-20, Math.min(20, x))), // 1 - p in f64 has digits left there
    y: TARGETS,
    value: (x, y) => {
      const { weight, miss, sign } = of(x, y);
      return weight * logistic(-sign * x) ** gamma * miss;
    },
    gradient: (x, y) => {
      const { weight, miss, chance, sign } = of(x, y);
      const doubt = logistic(-sign * x);
      return -sign * weight * doubt ** gamma * (doubt + gamma * chance * miss);
    },
    absolute: 1e-6,
  };
}

/** The error as a share of the exact value; 0 where both are 0. */
function relative(actual: number, exact: number): number {
  return actual === exact ? 0 : Math.abs(actual - exact) / Math.abs(exact);
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  describe.each(CASES)("$loss $settings", ({ loss, settings = [], x, y, value, gradient, absolute = 0 }) => {
    const forward: (...given: number[]) => void = kernels[loss];
    const backward: (...given: number[]) => void = kernels[`${loss}Gradient`];

    function lossOf(xs: Float32Array, ys: Float32Array, factor: number, parts: number): number {
      sandbox.reset();
      const [xAt, yAt, out] = [sandbox.floats(xs), sandbox.floats(ys), sandbox.empty(1)];
      sandbox.inParts(parts, (part) => forward(xAt, yAt, out, ...settings, factor, xs.length, part, parts));
      sandbox.checkGuards();
      return sandbox.read(out, 1)[0] ?? NaN;
    }

    function gradientOf(length: number, parts: number, inPlace: boolean): Float32Array {
      sandbox.reset();
      const xAt = sandbox.floats(x.subarray(0, length));
      const yAt = sandbox.floats(y.subarray(0, length));
      const dx = inPlace ? xAt : sandbox.empty(length);
      const dOut = sandbox.floats([D_OUT]);
      sandbox.inParts(parts, (part) => backward(dOut, xAt, yAt, dx, ...settings, 0.25, length, part, parts));
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

    test("each at every length, in place too: the bits of the sum of it alone", () => {
      const each: (...given: number[]) => void = kernels[`${loss}Each`];
      const eachOf = (length: number, parts: number, place: "x" | "y" | "out"): Float32Array => {
        sandbox.reset();
        const [xAt, yAt] = [sandbox.floats(x.subarray(0, length)), sandbox.floats(y.subarray(0, length))];
        const out = { x: xAt, y: yAt, out: sandbox.empty(length) }[place];
        sandbox.inParts(parts, (part) => each(xAt, yAt, out, ...settings, length, part, parts));
        sandbox.checkGuards();
        return sandbox.read(out, length);
      };
      const all = eachOf(LONGEST, 1, "out");
      const alone = all.map((_, i) => lossOf(x.subarray(i, i + 1), y.subarray(i, i + 1), 1, 1));
      expect(sameBits(all, alone)).toBe(true);
      for (const length of LENGTHS) {
        const expected = all.subarray(0, length);
        for (const parts of PARTS) expect(sameBits(eachOf(length, parts, "out"), expected)).toBe(true);
        for (const place of ["x", "y"] as const) expect(sameBits(eachOf(length, 1, place), expected)).toBe(true);
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

  test("binary cross-entropy is NaN where a prediction is outside [0, 1], and has no gradient there", () => {
    const outside = [-1e-45, -1e-8, -0.3, -Infinity, 1 + 2 ** -23, 1.3, Infinity];
    for (const x of outside) {
      for (const y of [0, 0.4, 1]) {
        sandbox.reset();
        const [xs, ys] = [sandbox.floats([0.5, x, 0.25]), sandbox.floats([1, y, 0])];
        const [out, each, dx, dOut] = [sandbox.empty(1), sandbox.empty(3), sandbox.empty(3), sandbox.floats([1])];
        kernels.binaryCrossEntropy(xs, ys, out, 1, 3, 0, 1);
        kernels.binaryCrossEntropyEach(xs, ys, each, 3, 0, 1);
        kernels.binaryCrossEntropyGradient(dOut, xs, ys, dx, 1, 3, 0, 1);
        expect(sandbox.read(out, 1)[0], `${x}, ${y}`).toBeNaN();
        expect([...sandbox.read(each, 3)].map(Number.isNaN), `${x}, ${y}`).toEqual([false, true, false]);
        expect([...sandbox.read(dx, 3)], `${x}, ${y}`).toEqual([-2, 0, Math.fround(4 / 3)]);
      }
    }
    sandbox.reset();
    const [x, dx, one] = [sandbox.floats([NaN]), sandbox.empty(1), sandbox.floats([1])];
    kernels.binaryCrossEntropyGradient(one, x, one, dx, 1, 1, 0, 1);
    expect(sandbox.read(dx, 1)[0]).toBeNaN();
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

  test("divergence: y (ln y - x), 0 where y is 0", () => {
    const logs = NUMBERS.map((x) => -Math.abs(x) - 0.1);
    logs[0] = -Infinity;
    const chances = PROBABILITIES.map((y) => Math.max(0, y));
    const term = (i: number): number => {
      const y = chances[i] ?? NaN;
      return y === 0 ? 0 : y * (Math.log(y) - (logs[i] ?? NaN));
    };
    for (const length of LENGTHS) {
      const results = PARTS.map((parts) => {
        sandbox.reset();
        const [xAt, yAt] = [sandbox.floats(logs.subarray(0, length)), sandbox.floats(chances.subarray(0, length))];
        const [out, each] = [sandbox.empty(1), sandbox.empty(length)];
        sandbox.inParts(parts, (part) => kernels.divergence(xAt, yAt, out, 0.5, length, part, parts));
        sandbox.inParts(parts, (part) => kernels.divergenceEach(xAt, yAt, each, length, part, parts));
        sandbox.checkGuards();
        for (const [i, value] of sandbox.read(each, length).entries()) {
          expect(Math.abs(value - term(i)), `[${i}]`).toBeLessThanOrEqual(1e-6 * Math.abs(term(i)) + 2 ** -24);
        }
        return sandbox.read(out, 1)[0] ?? NaN;
      });
      let [sum, size] = [0, 0];
      for (let i = 0; i < length; i++) [sum, size] = [sum + term(i), size + Math.abs(term(i))];
      // Terms may cancel: the error is measured against their sizes.
      expect(Math.abs((results[0] ?? NaN) - 0.5 * sum)).toBeLessThanOrEqual(1e-6 * size);
      expect(new Set(results).size).toBe(1);
    }
    expect(chances[0]).toBe(0);
  });
});
