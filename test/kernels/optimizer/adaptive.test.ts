import { describe, expect, test } from "vitest";
import { BUILDS } from "../harness.ts";
import { type OptimizerCase, bitFaults, trajectoryFaults } from "./trajectory.ts";

interface Settings {
  readonly lr: number;
  readonly weightDecay?: number;
  readonly l1?: number;
  readonly shrink?: number;
  readonly momentum?: number;
  /** The kernel's own numbers, each with a first guess of what it forgets and of eps. */
  readonly own: readonly number[];
}

type Arithmetic = (g: number, slots: number[], own: readonly number[]) => number;

/** A kernel of the frame, and one step in f64: it changes what is remembered and gives the direction. */
function caseOf(
  kernel: string,
  slots: number,
  settings: Settings,
  run: OptimizerCase["run"],
  direction: Arithmetic,
): OptimizerCase {
  const { lr, weightDecay = 0, l1 = 0, shrink = 1, momentum = 0, own } = settings;
  return {
    name: `${kernel} ${JSON.stringify(settings)}`,
    slots,
    run,
    hyper: () => Array.from({ length: 11 }, (_, i) => [lr, weightDecay, l1, shrink, momentum, ...own][i] ?? NaN),
    trajectory: (start, gradients) => {
      let [p, velocity] = [start, 0];
      const kept = [0, 0];
      return gradients.map((gradient) => {
        const g = gradient + weightDecay * p + l1 * Math.sign(p);
        velocity = momentum * velocity + direction(g, kept, own);
        p = p * shrink - lr * velocity;
        return p;
      });
    },
  };
}

const rmsprop =
  (centered: boolean): Arithmetic =>
  (g, kept, [alpha = NaN, , eps = NaN]) => {
    kept[0] = alpha * (kept[0] ?? NaN) + (1 - alpha) * g ** 2;
    kept[1] = centered ? alpha * (kept[1] ?? NaN) + (1 - alpha) * g : 0;
    return g / (Math.sqrt(Math.max(0, kept[0] - kept[1] ** 2)) + eps);
  };

const adagrad: Arithmetic = (g, kept, [eps = NaN]) => {
  kept[0] = (kept[0] ?? NaN) + g ** 2;
  return g / (Math.sqrt(kept[0]) + eps);
};

const adadelta: Arithmetic = (g, kept, [rho = NaN, , eps = NaN]) => {
  kept[0] = rho * (kept[0] ?? NaN) + (1 - rho) * g ** 2;
  const u = (Math.sqrt((kept[1] ?? NaN) + eps) / Math.sqrt(kept[0] + eps)) * g;
  kept[1] = rho * (kept[1] ?? NaN) + (1 - rho) * u ** 2;
  return u;
};

const adamax: Arithmetic = (g, kept, [beta1 = NaN, , beta2 = NaN, eps = NaN]) => {
  kept[0] = beta1 * (kept[0] ?? NaN) + (1 - beta1) * g;
  kept[1] = Math.max(beta2 * (kept[1] ?? NaN), Math.abs(g) + eps);
  return kept[0] / kept[1];
};

const nAdam: Arithmetic = (g, kept, [beta1 = NaN, , beta2 = NaN, , eps = NaN, ahead = NaN]) => {
  kept[0] = beta1 * (kept[0] ?? NaN) + (1 - beta1) * g;
  kept[1] = beta2 * (kept[1] ?? NaN) + (1 - beta2) * g ** 2;
  return (g + ahead * kept[0]) / (Math.sqrt(kept[1]) + eps);
};

const lion: Arithmetic = (g, kept, [beta1 = NaN, , beta2 = NaN]) => {
  const mix = beta1 * (kept[0] ?? NaN) + (1 - beta1) * g;
  kept[0] = beta2 * (kept[0] ?? NaN) + (1 - beta2) * g;
  return Math.sign(mix);
};

/** A number and what it leaves of 1. */
const share = (beta: number): [number, number] => [beta, 1 - beta];
const rates = [...share(0.9), 1e-6];

const CASES: readonly OptimizerCase[] = [
  caseOf("rmsprop", 1, { lr: 0.01, own: rates }, (k, p, g, [v = 0], s) => k.rmsprop(p, g, v, ...s), rmsprop(false)),
  caseOf(
    "rmspropMomentum",
    2,
    { lr: 0.01, weightDecay: 0.01, momentum: 0.9, own: rates },
    (k, p, g, [v = 0, u = 0], s) => k.rmspropMomentum(p, g, v, u, ...s),
    rmsprop(false),
  ),
  // eps is large: where the variance is nearly 0, its rounding is most of it.
  caseOf(
    "rmspropCentered",
    2,
    { lr: 0.01, own: [...share(0.9), 0.1] },
    (k, p, g, [v = 0, mean = 0], s) => k.rmspropCentered(p, g, v, mean, ...s),
    rmsprop(true),
  ),
  caseOf(
    "rmspropCenteredMomentum",
    3,
    { lr: 0.01, momentum: 0.5, l1: 0.01, own: [...share(0.9), 0.1] },
    (k, p, g, [v = 0, mean = 0, u = 0], s) => k.rmspropCenteredMomentum(p, g, v, mean, u, ...s),
    rmsprop(true),
  ),
  caseOf("adagrad", 1, { lr: 0.1, own: [1e-6] }, (k, p, g, [v = 0], s) => k.adagrad(p, g, v, ...s), adagrad),
  caseOf(
    "adagrad",
    1,
    { lr: 0.1, weightDecay: 0.01, l1: 0.02, own: [1e-2] },
    (k, p, g, [v = 0], s) => k.adagrad(p, g, v, ...s),
    adagrad,
  ),
  caseOf(
    "adadelta",
    2,
    { lr: 1, own: rates },
    (k, p, g, [v = 0, change = 0], s) => k.adadelta(p, g, v, change, ...s),
    adadelta,
  ),
  caseOf(
    "adamax",
    2,
    { lr: 0.01, own: [...share(0.9), 0.99, 1e-6] },
    (k, p, g, [m = 0, norm = 0], s) => k.adamax(p, g, m, norm, ...s),
    adamax,
  ),
  caseOf(
    "nAdam",
    2,
    { lr: 0.01, weightDecay: 0.01, own: [...share(0.9), ...share(0.99), 1e-6, 2.5] },
    (k, p, g, [m = 0, v = 0], s) => k.nAdam(p, g, m, v, ...s),
    nAdam,
  ),
  caseOf(
    "lion",
    1,
    { lr: 0.01, shrink: 0.99, own: [...share(0.9), ...share(0.99)] },
    (k, p, g, [m = 0], s) => k.lion(p, g, m, ...s),
    lion,
  ),
];

describe.each(BUILDS)("%s", (build) => {
  test.each(CASES)("20 steps like f64: $name", (of) => {
    expect(trajectoryFaults(build, of)).toEqual([]);
  });

  test.each(CASES)("the same bits at every length, for any number of workers: $name", (of) => {
    expect(bitFaults(build, of)).toEqual([]);
  });
});
