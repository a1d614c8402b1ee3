import { describe, expect, test } from "vitest";
import { type Curve, MORE_CURVES, MORE_SLOPES, type Slope, ULP, sigmoid, ulps } from "./curves.ts";
import { type Row, faultsOf, valueFault } from "../faults.ts";
import { BUILDS, Sandbox } from "../harness.ts";

const ALPHA = Math.fround(0.7);
const BETA = Math.fround(1.3);
const THRESHOLD = 15;
const SLOPE = Math.fround(0.01);
const SELU_SCALE = 1.0507009873554805; // Klambauer et al. 2017
const SELU_ALPHA = 1.6732632423543772;

const TINY = 2 ** -149;

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** The normal distribution: its series near 0, the continued fraction of its tail elsewhere (Abramowitz and Stegun 26.2). */
function normal(x: number): number {
  if (x > 3) return 1 - normal(-x);
  if (x < -3) {
    let fraction = 0;
    for (let k = 150; k >= 1; k--) fraction = k / (-x + fraction);
    return density(x) / (-x + fraction);
  }
  let term = x;
  let sum = 0;
  for (let k = 3; k < 120; k += 2) {
    sum += term;
    term *= (x * x) / k;
  }
  return 0.5 + density(x) * sum;
}

/** gelu's tanh form is x sigmoid(z). */
function geluTanhArgument(x: number): number {
  return 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
}

const CURVES: readonly Curve[] = [
  {
    name: "sigmoid",
    run: (k, x, out, share) => k.sigmoid(x, out, ...share),
    exact: sigmoid,
    tolerance: ulps(2.5),
    limits: [0, 1],
  },
  {
    name: "tanh",
    run: (k, x, out, share) => k.tanh(x, out, ...share),
    exact: Math.tanh,
    tolerance: ulps(1.5),
    limits: [-1, 1],
  },
  {
    name: "relu",
    run: (k, x, out, share) => k.relu(x, out, ...share),
    exact: (x) => Math.max(x, 0),
    limits: [0, Infinity],
  },
  {
    name: "leakyRelu",
    run: (k, x, out, share) => k.leakyRelu(x, out, SLOPE, ...share),
    exact: (x) => (x > 0 ? x : SLOPE * x),
    limits: [-Infinity, Infinity],
  },
  {
    name: "elu",
    run: (k, x, out, share) => k.elu(x, out, ALPHA, ...share),
    exact: (x) => (x > 0 ? x : ALPHA * Math.expm1(x)),
    tolerance: ulps(2),
    limits: [-ALPHA, Infinity],
  },
  {
    name: "selu",
    run: (k, x, out, share) => k.selu(x, out, ...share),
    exact: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    tolerance: ulps(2.5),
    limits: [-Math.fround(SELU_SCALE * SELU_ALPHA), Infinity],
  },
  {
    name: "silu",
    run: (k, x, out, share) => k.silu(x, out, ...share),
    exact: (x) => x * sigmoid(x),
    tolerance: (exact, x) => ulps(3)(exact) + Math.abs(x) * TINY,
  },
  {
    name: "gelu",
    run: (k, x, out, share) => k.gelu(x, out, ...share),
    exact: (x) => x * normal(x),
    // x^2 / 2 stands in an exponent: its rounding counts in the tail of negative x.
    tolerance: (exact, x) => ulps(3 + (x < 0 ? x * x : 0) / 2)(exact) + Math.abs(x) * TINY,
  },
  {
    name: "geluTanh",
    run: (k, x, out, share) => k.geluTanh(x, out, ...share),
    exact: (x) => x * sigmoid(geluTanhArgument(x)),
    tolerance: (exact, x) => ulps(3 + 2 * Math.max(0, -geluTanhArgument(x)))(exact) + Math.abs(x) * TINY,
  },
  {
    name: "softplus",
    run: (k, x, out, share) => k.softplus(x, out, BETA, THRESHOLD, ...share),
    exact: (x) => (x * BETA > THRESHOLD ? x : Math.log1p(Math.exp(x * BETA)) / BETA),
    // The rounding of beta x counts in the exponent.
    tolerance: (exact, x) => ulps(4 + Math.max(0, -x * BETA) / 2)(exact),
    limits: [0, Infinity],
  },
  { name: "step", run: (k, x, out, share) => k.step(x, out, ...share), exact: (x) => Number(x > 0), limits: [0, 1] },
  ...MORE_CURVES,
];

/** Gradients by the input; all slopes are below 2, so their error is taken beside 1. */
const SLOPES: readonly Slope[] = [
  {
    name: "leakyReluGradient",
    run: (k, dOut, x, dx, share) => k.leakyReluGradient(dOut, x, dx, SLOPE, ...share),
    exact: (x) => (x > 0 ? 1 : SLOPE),
    limits: [SLOPE, 1],
  },
  {
    name: "eluGradient",
    run: (k, dOut, x, dx, share) => k.eluGradient(dOut, x, dx, ALPHA, ...share),
    exact: (x) => (x > 0 ? 1 : ALPHA * Math.exp(x)),
    limits: [0, 1],
  },
  {
    name: "seluGradient",
    run: (k, dOut, x, dx, share) => k.seluGradient(dOut, x, dx, ...share),
    exact: (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
    limits: [0, Math.fround(SELU_SCALE)],
  },
  {
    name: "geluGradient",
    run: (k, dOut, x, dx, share) => k.geluGradient(dOut, x, dx, ...share),
    exact: (x) => normal(x) + x * density(x),
    limits: [0, 1],
  },
  {
    name: "geluTanhGradient",
    run: (k, dOut, x, dx, share) => k.geluTanhGradient(dOut, x, dx, ...share),
    exact: (x) => {
      const z = geluTanhArgument(x);
      return sigmoid(z) + x * sigmoid(z) * sigmoid(-z) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    },
    limits: [0, 1],
  },
  {
    name: "siluGradient",
    run: (k, dOut, x, dx, share) => k.siluGradient(dOut, x, dx, ...share),
    exact: (x) => sigmoid(x) + x * sigmoid(x) * sigmoid(-x),
    limits: [0, 1],
  },
  {
    name: "softplusGradient",
    run: (k, dOut, x, dx, share) => k.softplusGradient(dOut, x, dx, BETA, THRESHOLD, ...share),
    exact: (x) => (x * BETA > THRESHOLD ? 1 : sigmoid(x * BETA)),
    limits: [0, 1],
  },
  ...MORE_SLOPES,
];

/** Gradients by the output. */
const OUTPUT_SLOPES: readonly Row[] = [
  {
    name: "sigmoidGradient",
    run: (k, a, b, out, share) => k.sigmoidGradient(a, b, out, ...share),
    exact: (dOut, y) => dOut * y * (1 - y),
    tolerance: ulps(2),
  },
  {
    name: "tanhGradient",
    run: (k, a, b, out, share) => k.tanhGradient(a, b, out, ...share),
    exact: (dOut, y) => dOut * (1 - y) * (1 + y),
    tolerance: ulps(2.5),
  },
  {
    name: "reluGradient",
    run: (k, a, b, out, share) => k.reluGradient(a, b, out, ...share),
    exact: (dOut, y) => (y > 0 ? dOut : 0),
  },
];

/** Both signs, from tiny to 1e4, evenly in the logarithm and then evenly around 0. */
const SWEEP = Float32Array.from({ length: 40_000 }, (_, i) => {
  const place = ((i >> 1) % 10_000) / 10_000;
  const size = i < 20_000 ? 10 ** (place * 12 - 8) : place * 20;
  return i & 1 ? -size : size;
});

/** What the kernel gives for each of `x`, with dOut all ones where it takes one. */
function values(build: (typeof BUILDS)[number], kernel: Curve | Slope, x: Float32Array): Float32Array {
  const sandbox = new Sandbox(build);
  const ones = sandbox.floats(new Float32Array(x.length).fill(1));
  const at = sandbox.floats(x);
  const out = sandbox.empty(x.length);
  if (isSlope(kernel)) kernel.run(sandbox.kernels, ones, at, out, [x.length, 0, 1]);
  else kernel.run(sandbox.kernels, at, out, [x.length, 0, 1]);
  return sandbox.read(out, x.length);
}

function isSlope(kernel: Curve | Slope): kernel is Slope {
  return SLOPES.some((slope) => slope === kernel);
}

function rowOf(kernel: Curve | Slope): Row {
  if (isSlope(kernel)) {
    return {
      name: kernel.name,
      run: kernel.run,
      exact: (dOut, x) => dOut * kernel.exact(x),
      tolerance: (exact, dOut) => 2 * ULP * Math.max(Math.abs(exact), Math.abs(dOut)),
    };
  }
  return { ...kernel, run: (k, a, _, out, share) => kernel.run(k, a, out, share) };
}

describe.each(BUILDS)("%s", (build) => {
  test.each([...CURVES.map(rowOf), ...SLOPES.map(rowOf), ...OUTPUT_SLOPES])("$name", (row) => {
    expect(faultsOf(build, row)).toEqual([]);
  });

  test.each([...CURVES, ...SLOPES])("$name from -1e4 to 1e4", (kernel) => {
    const row = rowOf(kernel);
    const out = values(build, kernel, SWEEP);
    const faults = [...SWEEP].flatMap((x, i) =>
      isSlope(kernel) ? valueFault(row, out[i] ?? NaN, 1, x) : valueFault(row, out[i] ?? NaN, x, 0),
    );
    expect(faults.slice(0, 9)).toEqual([]);
  });

  test.each([...CURVES, ...SLOPES].filter(({ limits }) => limits))("$name at both infinities", (kernel) => {
    expect([...values(build, kernel, Float32Array.of(-Infinity, Infinity))]).toEqual(kernel.limits);
  });

  test.each(CURVES.filter(({ name }) => name !== "step"))("$name of NaN is NaN", (kernel) => {
    expect([...values(build, kernel, new Float32Array(9).fill(NaN))]).toEqual(Array(9).fill(NaN));
  });

  test("reluGradient passes the gradient where the output is NaN, as PyTorch does", () => {
    const sandbox = new Sandbox(build);
    const dOut = sandbox.floats([3, 3]);
    sandbox.kernels.reluGradient(dOut, sandbox.floats([NaN, 0]), dOut, 2, 0, 1);
    expect([...sandbox.read(dOut, 2)]).toEqual([3, 0]);
  });
});
