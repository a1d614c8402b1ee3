import { describe, expect, test } from "vitest";
import { BUILDS } from "../harness.ts";
import { type OptimizerCase, bitFaults, trajectoryFaults } from "./trajectory.ts";

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

function sgdCase(kernel: "sgd" | "sgdMomentum" | "sgdNesterov", settings: Settings): OptimizerCase {
  const { lr, weightDecay = 0, l1 = 0, momentum = 0, dampening = 0 } = settings;
  return {
    name: `${kernel} ${JSON.stringify(settings)}`,
    slots: kernel === "sgd" ? 0 : 1,
    run: (kernels, p, g, [v = 0], share) => {
      if (kernel === "sgd") kernels.sgd(p, g, ...share);
      else kernels[kernel](p, g, v, ...share);
    },
    hyper: (step) => [lr, weightDecay, l1, momentum, step === 1 ? 1 : 1 - dampening],
    trajectory: (start, gradients) => {
      let [p, v] = [start, 0];
      return gradients.map((gradient, i) => {
        const g = gradient + weightDecay * p + l1 * Math.sign(p);
        v = i === 0 ? g : momentum * v + (1 - dampening) * g;
        p -= lr * { sgd: g, sgdMomentum: v, sgdNesterov: g + momentum * v }[kernel];
        return p;
      });
    },
  };
}

function adamCase(kernel: "adam" | "adamAmsgrad", settings: Settings): OptimizerCase {
  const { lr, weightDecay = 0, l1 = 0, decoupled = 0, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8 } = settings;
  return {
    name: `${kernel} ${JSON.stringify(settings)}`,
    slots: kernel === "adam" ? 2 : 3,
    run: (kernels, p, g, [m = 0, v = 0, vMax = 0], share) => {
      if (kernel === "adam") kernels.adam(p, g, m, v, ...share);
      else kernels.adamAmsgrad(p, g, m, v, vMax, ...share);
    },
    hyper: (step) => {
      const correction = 1 / Math.sqrt(1 - beta2 ** step);
      const decay = [weightDecay, l1, 1 - lr * decoupled];
      return [lr / (1 - beta1 ** step), correction, beta1, beta2, eps, ...decay, 1 - beta1, 1 - beta2];
    },
    trajectory: (start, gradients) => {
      let [p, m, v, vMax] = [start, 0, 0, 0];
      return gradients.map((gradient, i) => {
        p *= 1 - lr * decoupled;
        const g = gradient + weightDecay * p + l1 * Math.sign(p);
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g ** 2;
        vMax = kernel === "adamAmsgrad" ? Math.max(vMax, v) : v;
        const root = Math.sqrt(vMax / (1 - beta2 ** (i + 1)));
        p -= ((lr / (1 - beta1 ** (i + 1))) * m) / (root + eps);
        return p;
      });
    },
  };
}

const CASES: readonly OptimizerCase[] = [
  sgdCase("sgd", { lr: 0.1 }),
  sgdCase("sgd", { lr: 0.1, weightDecay: 0.01, l1: 0.02 }),
  sgdCase("sgdMomentum", { lr: 0.1, momentum: 0.9 }),
  sgdCase("sgdMomentum", { lr: 0.05, momentum: 0.8, dampening: 0.5, weightDecay: 0.02, l1: 0.01 }),
  sgdCase("sgdNesterov", { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  adamCase("adam", { lr: 0.01 }),
  adamCase("adam", { lr: 0.01, weightDecay: 0.01, l1: 0.02 }),
  adamCase("adam", { lr: 0.02, betas: [0.5, 0.9], eps: 1e-3 }),
  adamCase("adam", { lr: 0.01, decoupled: 0.1, l1: 0.01 }),
  adamCase("adamAmsgrad", { lr: 0.01 }),
  adamCase("adamAmsgrad", { lr: 0.01, betas: [0.9, 0.5], weightDecay: 0.01 }),
];

describe.each(BUILDS)("%s", (build) => {
  test.each(CASES)("20 steps like f64: $name", (of) => {
    expect(trajectoryFaults(build, of)).toEqual([]);
  });

  test.each(CASES)("the same bits at every length, for any number of workers: $name", (of) => {
    expect(bitFaults(build, of)).toEqual([]);
  });
});
