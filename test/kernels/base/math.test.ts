import { describe, expect, test } from "vitest";
import { BUILDS, type Kernels, Sandbox } from "../harness.ts";

/** A kernel, its value in double precision, the largest error in ulp, and numbers where its formula changes. */
interface Case {
  readonly name: string;
  readonly run: (kernels: Kernels, x: number, out: number, length: number) => void;
  readonly exact: (x: number) => number;
  readonly ulps: number;
  readonly thresholds: readonly number[];
}

const CASES: readonly Case[] = [
  {
    name: "exp",
    run: (k, x, out, length) => k.exp(x, out, length, 0, 1),
    exact: Math.exp,
    ulps: 1.1,
    thresholds: [0, -0, Math.LN2 / 2, -Math.LN2 / 2, 88.7228394, -87.3365479, -103.972084, 89, -104],
  },
  {
    name: "log",
    run: (k, x, out, length) => k.log(x, out, length, 0, 1),
    exact: Math.log,
    ulps: 1,
    thresholds: [0, -0, 2 ** -126, Math.SQRT1_2, 1, Math.SQRT2, 2, Infinity],
  },
  {
    name: "tanh",
    run: (k, x, out, length) => k.tanh(x, out, length, 0, 1),
    exact: Math.tanh,
    ulps: 1.5,
    thresholds: [0, -0, 2 ** -126, 0.625, -0.625, 9.01091, -9.01091, Infinity],
  },
  {
    name: "sigmoid",
    run: (k, x, out, length) => k.sigmoid(x, out, length, 0, 1),
    exact: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
    ulps: 2.5,
    thresholds: [0, -0, 17.3286795, -87.3365479, -103.972084],
  },
  {
    name: "e^x - 1 for negative x, by elu",
    run: (k, x, out, length) => k.elu(x, out, 1, length, 0, 1),
    exact: (x) => (x > 0 ? x : Math.expm1(x)),
    ulps: 1.1,
    thresholds: [-(2 ** -126), -Math.LN2 / 2, -17.3286795, -20],
  },
  {
    name: "ln(1 + e^x), by softplus",
    run: (k, x, out, length) => k.softplus(x, out, 1, 20, length, 0, 1),
    exact: (x) => (x > 20 ? x : Math.log1p(Math.exp(x))),
    ulps: 3,
    thresholds: [0, -0, 20, -87.3365479, -103.972084],
  },
];

const STRIDE = 997; // of 2^32 bit patterns: every exponent is met in thousands of places
const NEAR = 2 ** 14; // patterns on both sides of a threshold
const CHUNK = 2 ** 20;

const word = new DataView(new ArrayBuffer(4));

function bitsOf(x: number): number {
  word.setFloat32(0, x);
  return word.getUint32(0);
}

/** The gap between floats at y. */
function gap(y: number): number {
  const exponent = bitsOf(Math.abs(y)) >>> 23;
  return 2 ** (Math.max(exponent, 1) - 150);
}

function* ranges(thresholds: readonly number[]): Generator<{ from: number; count: number; stride: number }> {
  const total = Math.ceil(2 ** 32 / STRIDE);
  for (let i = 0; i < total; i += CHUNK) {
    yield { from: i * STRIDE, count: Math.min(CHUNK, total - i), stride: STRIDE };
  }
  for (const threshold of thresholds) yield { from: bitsOf(threshold) - NEAR, count: 2 * NEAR, stride: 1 };
}

describe.each(BUILDS)("%s, over all of the float range", (build) => {
  const sandbox = new Sandbox(build);
  const x = sandbox.empty(CHUNK);
  const out = sandbox.empty(CHUNK);

  test.each(CASES)("$name is within $ulps ulp", ({ run, exact, ulps, thresholds }) => {
    const patterns = new Uint32Array(sandbox.memory.buffer, x, CHUNK);
    const inputs = new Float32Array(sandbox.memory.buffer, x, CHUNK);
    const outputs = new Float32Array(sandbox.memory.buffer, out, CHUNK);
    const faults: string[] = [];
    let worst = 0;
    let worstAt = 0;
    for (const { from, count, stride } of ranges(thresholds)) {
      for (let i = 0; i < count; i++) patterns[i] = from + i * stride;
      run(sandbox.kernels, x, out, count);
      for (let i = 0; i < count; i++) {
        const input = inputs[i] ?? NaN;
        const actual = outputs[i] ?? NaN;
        const expected = exact(input);
        const rounded = Math.fround(expected);
        if (actual === rounded) continue;
        if (!Number.isFinite(rounded) || !Number.isFinite(actual)) {
          if (!Object.is(actual, rounded)) faults.push(`at ${input}: expected ${rounded}, got ${actual}`);
          continue;
        }
        const error = Math.abs(actual - expected) / gap(expected);
        if (error > worst) [worst, worstAt] = [error, input];
      }
    }
    sandbox.checkGuards();
    expect(faults.slice(0, 9)).toEqual([]);
    expect(worst, `ulp, at ${worstAt}`).toBeLessThanOrEqual(ulps);
  });

  test("tanh keeps the sign of 0 and numbers too small to be changed", () => {
    const tiny = [0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -126), 1e-30, -1e-5];
    const at = sandbox.floats(tiny);
    sandbox.kernels.tanh(at, at, tiny.length, 0, 1);
    expect([...sandbox.read(at, tiny.length)]).toEqual(tiny.map(Math.fround));
  });
});
