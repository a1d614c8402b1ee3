import { power } from "../../base/power.ts";
import { requireArray, requireWhole, requireWithin, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Optimizer } from "../optimizer.ts";
import { Scheduler } from "./scheduler.ts";

export interface DecayOptions {
  /** Factor of each decrease, at least 0. Default: 0.1. */
  readonly gamma?: number;
}

/**
 * lr = initial gamma^⌊t / stepSize⌋.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 * @param stepSize steps between decreases, at least 1
 * @throws RangeError when a number is out of its range
 */
export function stepLr(optimizer: Optimizer, stepSize: number, options: DecayOptions = {}): Scheduler {
  const gamma = gammaOf("stepLr", options);
  requireWhole("stepLr", "stepSize", stepSize, 1);
  return new Scheduler("stepLr", optimizer, { lr: (t, initial) => initial * power(gamma, Math.floor(t / stepSize)) });
}

/**
 * lr = initial gamma^n after n milestones.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 * @param milestones steps at which the rate decreases, in ascending order
 * @throws RangeError when a number is out of its range, or milestones do not ascend
 */
export function multiStepLr(
  optimizer: Optimizer,
  milestones: readonly number[],
  options: DecayOptions = {},
): Scheduler {
  const gamma = gammaOf("multiStepLr", options);
  requireAscending("multiStepLr", milestones);
  const reached = (t: number): number => milestones.filter((milestone) => milestone <= t).length;
  return new Scheduler("multiStepLr", optimizer, { lr: (t, initial) => initial * power(gamma, reached(t)) });
}

/**
 * lr = initial gamma^t.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 * @throws RangeError when gamma is not a finite number of at least 0
 */
export function exponentialLr(optimizer: Optimizer, gamma: number): Scheduler {
  requireWithin("exponentialLr", "gamma", gamma, 0, Infinity);
  return new Scheduler("exponentialLr", optimizer, { lr: (t, initial) => initial * power(gamma, t) });
}

/**
 * lr = initial factor(t).
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
 * @param lrLambda the factor, or one for each group of the optimizer
 * @throws TypeError when a group has no function
 */
export function lambdaLr(
  optimizer: Optimizer,
  lrLambda: ((step: number) => number) | readonly ((step: number) => number)[],
): Scheduler {
  if (typeof lrLambda !== "function") requireArray("lambdaLr", "lrLambda", lrLambda);
  const lr = (t: number, initial: number, group: number): number => {
    const factor = typeof lrLambda === "function" ? lrLambda : lrLambda[group];
    if (typeof factor !== "function") {
      throw new TypeError(`lambdaLr: there must be a function for each group; got ${shown(factor)} for group ${group}`);
    }
    return initial * factor(t);
  };
  return new Scheduler("lambdaLr", optimizer, { lr });
}

export interface ConstantLrOptions {
  /** First factor of the learning rate, in [0, 1]. Default: 1 / 3. */
  readonly factor?: number;
  /** Steps with this factor. Default: 5. */
  readonly totalIters?: number;
}

/**
 * lr = initial factor for t < totalIters, then initial.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
 * @throws RangeError when a number is out of its range
 */
export function constantLr(optimizer: Optimizer, options: ConstantLrOptions = {}): Scheduler {
  const { factor, totalIters } = withDefaults("constantLr", options, { factor: 1 / 3, totalIters: 5 });
  requireWithin("constantLr", "factor", factor, 0, 1);
  requireWhole("constantLr", "totalIters", totalIters, 0);
  return new Scheduler("constantLr", optimizer, { lr: (t, initial) => (t < totalIters ? initial * factor : initial) });
}

export interface LinearLrOptions {
  /** First factor of the learning rate, above 0 and at most 1. Default: 1 / 3. */
  readonly startFactor?: number;
  /** Last factor, in [0, 1]. Default: 1. */
  readonly endFactor?: number;
  /** Steps from the first factor to the last, at least 1. Default: 5. */
  readonly totalIters?: number;
}

/**
 * Linear warm-up or decay: lr = initial (startFactor + (endFactor - startFactor) min(t, totalIters) / totalIters).
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 * @throws RangeError when a number is out of its range
 */
export function linearLr(optimizer: Optimizer, options: LinearLrOptions = {}): Scheduler {
  const defaults = { startFactor: 1 / 3, endFactor: 1, totalIters: 5 };
  const { startFactor, endFactor, totalIters } = withDefaults("linearLr", options, defaults);
  if (!(Number.isFinite(startFactor) && startFactor > 0 && startFactor <= 1)) {
    throw new RangeError(`linearLr: startFactor must be above 0 and at most 1; got ${shown(startFactor)}`);
  }
  requireWithin("linearLr", "endFactor", endFactor, 0, 1);
  requireWhole("linearLr", "totalIters", totalIters, 1);
  const factor = (t: number): number =>
    startFactor + ((endFactor - startFactor) * Math.min(t, totalIters)) / totalIters;
  return new Scheduler("linearLr", optimizer, { lr: (t, initial) => initial * factor(t) });
}

export interface PolynomialLrOptions {
  /** Steps until the learning rate is 0, at least 1. Default: 5. */
  readonly totalIters?: number;
  /** Exponent, at least 0; 1 is linear. Default: 1. */
  readonly power?: number;
}

/**
 * lr = initial (1 - min(t, totalIters) / totalIters)^power.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
 * @throws RangeError when a number is out of its range
 */
export function polynomialLr(optimizer: Optimizer, options: PolynomialLrOptions = {}): Scheduler {
  const { totalIters, power: exponent } = withDefaults("polynomialLr", options, { totalIters: 5, power: 1 });
  requireWhole("polynomialLr", "totalIters", totalIters, 1);
  requireWithin("polynomialLr", "power", exponent, 0, Infinity);
  const lr = (t: number, initial: number): number =>
    initial * power(1 - Math.min(t, totalIters) / totalIters, exponent);
  return new Scheduler("polynomialLr", optimizer, { lr });
}

export interface CosineOptions {
  /** The lowest learning rate, at least 0. Default: 0. */
  readonly etaMin?: number;
}

/**
 * lr = etaMin + (initial - etaMin) (1 + cos(π t / tMax)) / 2: falls for tMax steps, rises for tMax steps, and so on.
 *
 * Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 * @throws RangeError when a number is out of its range
 */
export function cosineAnnealingLr(optimizer: Optimizer, tMax: number, options: CosineOptions = {}): Scheduler {
  const { etaMin } = withDefaults("cosineAnnealingLr", options, { etaMin: 0 });
  requireWhole("cosineAnnealingLr", "tMax", tMax, 1);
  requireWithin("cosineAnnealingLr", "etaMin", etaMin, 0, Infinity);
  return new Scheduler("cosineAnnealingLr", optimizer, { lr: (t, initial) => cosine(initial, etaMin, t / tMax) });
}

export interface WarmRestartOptions extends CosineOptions {
  /** Length of each period relative to the last, a whole number of at least 1. Default: 1. */
  readonly tMult?: number;
}

/**
 * Cosine annealing with restarts: periods of t0, t0 tMult, t0 tMult², ... steps.
 *
 * Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 * @param t0 steps of the first period, at least 1
 * @throws RangeError when a number is out of its range
 */
export function cosineAnnealingWarmRestarts(
  optimizer: Optimizer,
  t0: number,
  options: WarmRestartOptions = {},
): Scheduler {
  const where = "cosineAnnealingWarmRestarts";
  const { tMult, etaMin } = withDefaults(where, options, { tMult: 1, etaMin: 0 });
  requireWhole(where, "t0", t0, 1);
  requireWhole(where, "tMult", tMult, 1);
  requireWithin(where, "etaMin", etaMin, 0, Infinity);
  const share = (t: number): number => {
    let [since, length] = tMult === 1 ? [t % t0, t0] : [t, t0];
    for (; since >= length; length *= tMult) since -= length;
    return since / length;
  };
  return new Scheduler(where, optimizer, { lr: (t, initial) => cosine(initial, etaMin, share(t)) });
}

/** From `start` at share 0 to `end` at share 1 along half a cosine wave. */
export function cosine(start: number, end: number, share: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** @throws TypeError or RangeError unless milestones are whole numbers of at least 1 in ascending order */
export function requireAscending(where: string, milestones: readonly number[]): void {
  requireArray(where, "milestones", milestones);
  milestones.forEach((milestone: number, i) => {
    requireWhole(where, `milestones[${i}]`, milestone, Math.max(1, milestones[i - 1] ?? 1));
  });
}

function gammaOf(where: string, options: DecayOptions): number {
  const { gamma } = withDefaults(where, options, { gamma: 0.1 });
  requireWithin(where, "gamma", gamma, 0, Infinity);
  return gamma;
}
