/** How kernels of activations and their gradients are described, and rows for those that are not in the first table. */
import type { Kernels } from "../harness.ts";

export const ULP = 2 ** -23;
const TINY = 2 ** -149;

/** The function of each element that a kernel computes. */
export interface Curve {
  readonly name: string;
  readonly run: (kernels: Kernels, x: number, out: number, share: [number, number, number]) => void;
  readonly exact: (x: number) => number;
  readonly tolerance?: (exact: number, x: number) => number;
  /** The values at -Infinity and Infinity. */
  readonly limits?: readonly [number, number];
}

/** The factor of dOut that a kernel of a gradient computes. */
export interface Slope {
  readonly name: string;
  readonly run: (kernels: Kernels, dOut: number, x: number, dx: number, share: [number, number, number]) => void;
  readonly exact: (x: number) => number;
  /** The values at -Infinity and Infinity. */
  readonly limits: readonly [number, number];
}

/** Some roundings of a product or quotient. */
export const ulps =
  (count: number) =>
  (exact: number): number =>
    count * ULP * Math.abs(exact) + TINY;

export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

const LOW = Math.fround(-0.3);
const HIGH = Math.fround(1.7);
const LAMBDA = Math.fround(0.6);

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const mishGate = (x: number): number => Math.tanh(Math.log1p(Math.exp(x)));

export const MORE_CURVES: readonly Curve[] = [
  {
    name: "hardtanh",
    run: (k, x, out, share) => k.hardtanh(x, out, LOW, HIGH, ...share),
    exact: (x) => clamp(x, LOW, HIGH),
    limits: [LOW, HIGH],
  },
  {
    name: "hardsigmoid",
    run: (k, x, out, share) => k.hardsigmoid(x, out, ...share),
    exact: (x) => clamp(x + 3, 0, 6) / 6,
    // x + 3 is rounded near 0 as near 3, and 1 / 6 is a float.
    tolerance: () => 1.5 * ULP,
    limits: [0, 1],
  },
  {
    name: "hardswish",
    run: (k, x, out, share) => k.hardswish(x, out, ...share),
    exact: (x) => (x * clamp(x + 3, 0, 6)) / 6,
    tolerance: (exact, x) => 1.5 * ULP * Math.max(Math.abs(exact), Math.min(Math.abs(x), 3)),
  },
  {
    name: "hardshrink",
    run: (k, x, out, share) => k.hardshrink(x, out, LAMBDA, ...share),
    exact: (x) => (Math.abs(x) > LAMBDA ? x : 0),
    limits: [-Infinity, Infinity],
  },
  {
    name: "softshrink",
    run: (k, x, out, share) => k.softshrink(x, out, LAMBDA, ...share),
    exact: (x) => x - clamp(x, -LAMBDA, LAMBDA),
    limits: [-Infinity, Infinity],
  },
  {
    name: "softsign",
    run: (k, x, out, share) => k.softsign(x, out, ...share),
    exact: (x) => x / (1 + Math.abs(x)),
    tolerance: ulps(1.5),
  },
  {
    name: "mish",
    run: (k, x, out, share) => k.mish(x, out, ...share),
    exact: (x) => x * mishGate(x),
    tolerance: (exact, x) => ulps(5)(exact) + Math.abs(x) * TINY,
  },
  {
    name: "tanhshrink",
    run: (k, x, out, share) => k.tanhshrink(x, out, ...share),
    exact: (x) => x - Math.tanh(x),
    // Near 0 it is a difference of numbers that are almost equal.
    tolerance: (exact, x) => 2 * ULP * Math.min(Math.abs(x), 1) + (ULP / 2) * Math.abs(exact),
    limits: [-Infinity, Infinity],
  },
];

export const MORE_SLOPES: readonly Slope[] = [
  {
    name: "hardtanhGradient",
    run: (k, dOut, x, dx, share) => k.hardtanhGradient(dOut, x, dx, LOW, HIGH, ...share),
    exact: (x) => Number(x > LOW && x < HIGH),
    limits: [0, 0],
  },
  {
    name: "hardsigmoidGradient",
    run: (k, dOut, x, dx, share) => k.hardsigmoidGradient(dOut, x, dx, ...share),
    exact: (x) => (Math.abs(x) < 3 ? 1 / 6 : 0),
    limits: [0, 0],
  },
  {
    name: "hardswishGradient",
    run: (k, dOut, x, dx, share) => k.hardswishGradient(dOut, x, dx, ...share),
    exact: (x) => (x < -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
    limits: [0, 1],
  },
  {
    name: "shrinkGradient",
    run: (k, dOut, x, dx, share) => k.shrinkGradient(dOut, x, dx, LAMBDA, ...share),
    exact: (x) => Number(Math.abs(x) > LAMBDA),
    limits: [1, 1],
  },
  {
    name: "softsignGradient",
    run: (k, dOut, x, dx, share) => k.softsignGradient(dOut, x, dx, ...share),
    exact: (x) => 1 / (1 + Math.abs(x)) ** 2,
    limits: [0, 0],
  },
  {
    name: "mishGradient",
    run: (k, dOut, x, dx, share) => k.mishGradient(dOut, x, dx, ...share),
    exact: (x) => mishGate(x) + x * (1 - mishGate(x) ** 2) * sigmoid(x),
    limits: [0, 1],
  },
  {
    name: "tanhshrinkGradient",
    run: (k, dOut, x, dx, share) => k.tanhshrinkGradient(dOut, x, dx, ...share),
    exact: (x) => Math.tanh(x) ** 2,
    limits: [1, 1],
  },
];
