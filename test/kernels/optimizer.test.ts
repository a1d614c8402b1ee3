import { describe, expect, test } from "vitest";
import { sameBits } from "./elementwise.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "./harness.ts";

const STEPS = 20;
const LONGEST = Math.max(...LENGTHS);

interface Settings {
  readonly lr: number;
  readonly weightDecay?: number;
  readonly l1?: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** AdamW's: the parameter shrinks by 1 - lr * decoupled. */
  readonly decoupled?: number;
}

interface Case extends Settings {
  readonly kernel: "sgd" | "sgdMomentum" | "sgdNesterov" | "adam" | "adamAmsgrad";
}

const CASES: readonly Case[] = [
  { kernel: "sgd", lr: 0.1 },
  { kernel: "sgd", lr: 0.1, weightDecay: 0.01, l1: 0.02 },
  { kernel: "sgdMomentum", lr: 0.1, momentum: 0.9 },
  { kernel: "sgdMomentum", lr: 0.05, momentum: 0.8, dampening: 0.5, weightDecay: 0.02, l1: 0.01 },
  { kernel: "sgdNesterov", lr: 0.1, momentum: 0.9, weightDecay: 0.01 },
  { kernel: "adam", lr: 0.01 },
  { kernel: "adam", lr: 0.01, weightDecay: 0.01, l1: 0.02 },
  { kernel: "adam", lr: 0.02, betas: [0.5, 0.9], eps: 1e-3 },
  { kernel: "adam", lr: 0.01, decoupled: 0.1, l1: 0.01 },
  { kernel: "adamAmsgrad", lr: 0.01 },
  { kernel: "adamAmsgrad", lr: 0.01, betas: [0.9, 0.5], weightDecay: 0.01 },
];

/** How many arrays of floats a kernel keeps from step to step. */
const SLOTS = { sgd: 0, sgdMomentum: 1, sgdNesterov: 1, adam: 2, adamAmsgrad: 3 } as const;

/** What the kernel reads at a step, counted from 1. */
function hyperOf({ kernel, ...settings }: Case, step: number): number[] {
  const { lr, weightDecay = 0, l1 = 0, momentum = 0, dampening = 0, decoupled = 0 } = settings;
  if (!kernel.startsWith("adam")) return [lr, weightDecay, l1, momentum, step === 1 ? 1 : 1 - dampening];
  const [beta1, beta2] = settings.betas ?? [0.9, 0.999];
  const correction = 1 / Math.sqrt(1 - beta2 ** step);
  const { eps = 1e-8 } = settings;
  const decay = [weightDecay, l1, 1 - lr * decoupled];
  return [lr / (1 - beta1 ** step), correction, beta1, beta2, eps, ...decay, 1 - beta1, 1 - beta2];
}

/** One parameter through all steps in f64, as PyTorch's documentation has it. */
function trajectory({ kernel, ...settings }: Case, start: number, gradients: readonly number[]): number[] {
  const { lr, weightDecay = 0, l1 = 0, momentum = 0, dampening = 0, decoupled = 0 } = settings;
  const { betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8 } = settings;
  let [p, m, v, vMax] = [start, 0, 0, 0];
  return gradients.map((gradient, i) => {
    p *= 1 - lr * decoupled;
    const g = gradient + weightDecay * p + l1 * Math.sign(p);
    if (kernel.startsWith("adam")) {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g ** 2;
      vMax = kernel === "adamAmsgrad" ? Math.max(vMax, v) : v;
      const root = Math.sqrt(vMax / (1 - beta2 ** (i + 1)));
      p -= ((lr / (1 - beta1 ** (i + 1))) * m) / (root + eps);
      return p;
    }
    v = i === 0 ? g : momentum * v + (1 - dampening) * g;
    p -= lr * { sgd: g, sgdMomentum: v, sgdNesterov: g + momentum * v }[kernel as "sgd"];
    return p;
  });
}

const START = randomFloats(LONGEST, 1, 2);
START.set([0, -0, 1e-30]); // where sign(p) matters
const GRADIENTS = Array.from({ length: STEPS }, (_, step) => {
  const gradient = randomFloats(LONGEST, step + 10, 1);
  gradient[0] = 0; // and nothing moves but by decay
  return gradient;
});

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);
  const { kernels } = sandbox;

  /** Parameters and slots after `steps`, one after the other. */
  function run(of: Case, length: number, parts: number, steps: number): Float32Array[] {
    sandbox.reset();
    const parameter = sandbox.floats(START.subarray(0, length));
    const slots = Array.from({ length: SLOTS[of.kernel] }, () => sandbox.floats(new Float32Array(length)));
    const [v = 0, second = 0, third = 0] = slots;
    const after = GRADIENTS.slice(0, steps).map((values, i) => {
      const gradient = sandbox.floats(values.subarray(0, length));
      const hyper = sandbox.floats(hyperOf(of, i + 1));
      sandbox.inParts(parts, (part) => {
        const share = [hyper, length, part, parts] as const;
        if (of.kernel === "sgd") kernels.sgd(parameter, gradient, ...share);
        else if (of.kernel === "adam") kernels.adam(parameter, gradient, v, second, ...share);
        else if (of.kernel === "adamAmsgrad") kernels.adamAmsgrad(parameter, gradient, v, second, third, ...share);
        else kernels[of.kernel](parameter, gradient, v, ...share);
      });
      return sandbox.read(parameter, length);
    });
    sandbox.checkGuards();
    return [...after, ...slots.map((slot) => sandbox.read(slot, length))];
  }

  test.each(CASES)("20 steps like f64: %o", (of) => {
    const after = run(of, LONGEST, 1, STEPS);
    const faults: string[] = [];
    for (const [i, start] of START.entries()) {
      const gradients = GRADIENTS.map((gradient) => gradient[i] ?? NaN);
      // Each step rounds at the size that the parameter has by then: errors are measured against the largest so far.
      let size = Math.abs(start);
      for (const [step, exact] of trajectory(of, start, gradients).entries()) {
        size = Math.max(size, Math.abs(exact));
        const error = Math.abs((after[step]?.[i] ?? NaN) - exact);
        if (!(error <= 1e-6 * size + 1e-7)) faults.push(`element ${i}, step ${step + 1}: ${error} off ${exact}`);
      }
    }
    expect(faults).toEqual([]);
  });

  test.each(CASES)("the same bits at every length, for any number of workers: %o", (of) => {
    const all = run(of, LONGEST, 1, 2);
    for (const length of LENGTHS) {
      for (const parts of PARTS) {
        const same = run(of, length, parts, 2).every((values, i) =>
          sameBits(values, all[i]?.subarray(0, length) ?? values),
        );
        expect(same, `length ${length}, ${parts} parts`).toBe(true);
      }
    }
  });
});
