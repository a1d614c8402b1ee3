import { requireArray, requireKnown, requireWhole, requireWithin, shown } from "../../base/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { Scheduler } from "./scheduler.ts";

export interface DecayOptions {
  /** What the learning rate is multiplied by at each fall, at least 0. Default: 0.1. */
  readonly gamma?: number;
}

/**
 * lr = initial gamma^⌊t / stepSize⌋.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 * @param stepSize steps from one fall to the next, at least 1
 * @throws RangeError when a number is out of its range
 */
export function stepLr(optimizer: Optimizer, stepSize: number, options: DecayOptions = {}): Scheduler {
  const gamma = gammaOf("stepLr", options);
  requireWhole("stepLr", "stepSize", stepSize, 1);
  return new Scheduler("stepLr", optimizer, { lr: (t, initial) => initial * gamma ** Math.floor(t / stepSize) });
}

/**
 * lr = initial gamma^n, n of the milestones being reached.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 * @param milestones steps at which the rate falls, in ascending order
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
  return new Scheduler("multiStepLr", optimizer, { lr: (t, initial) => initial * gamma ** reached(t) });
}

/**
 * lr = initial gamma^t.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 * @throws RangeError when gamma is not a finite number of at least 0
 */
export function exponentialLr(optimizer: Optimizer, gamma: number): Scheduler {
  requireWithin("exponentialLr", "gamma", gamma, 0, Infinity);
  return new Scheduler("exponentialLr", optimizer, { lr: (t, initial) => initial * gamma ** t });
}

/**
 * lr = initial factor(t), the factor given as a function, or as one for each group of the optimizer.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
 * @throws TypeError when there is not a function for each group
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
  /** What the learning rate is multiplied by at first, in [0, 1]. Default: 1 / 3. */
  readonly factor?: number;
  /** Steps for which it is. Default: 5. */
  readonly totalIters?: number;
}

/**
 * lr = initial factor for t < totalIters, then initial.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
 * @throws RangeError when a number is out of its range
 */
export function constantLr(optimizer: Optimizer, options: ConstantLrOptions = {}): Scheduler {
  requireKnown("constantLr", options, ["factor", "totalIters"]);
  const { factor = 1 / 3, totalIters = 5 } = options;
  requireWithin("constantLr", "factor", factor, 0, 1);
  requireWhole("constantLr", "totalIters", totalIters, 0);
  return new Scheduler("constantLr", optimizer, { lr: (t, initial) => (t < totalIters ? initial * factor : initial) });
}

export interface LinearLrOptions {
  /** What the learning rate is multiplied by at first, above 0 and at most 1. Default: 1 / 3. */
  readonly startFactor?: number;
  /** What it is multiplied by in the end, in [0, 1]. Default: 1. */
  readonly endFactor?: number;
  /** Steps from the one to the other, at least 1. Default: 5. */
  readonly totalIters?: number;
}

/**
 * Warm-up, or a slow end: lr = initial (startFactor + (endFactor - startFactor) min(t, totalIters) / totalIters).
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 * @throws RangeError when a number is out of its range
 */
export function linearLr(optimizer: Optimizer, options: LinearLrOptions = {}): Scheduler {
  requireKnown("linearLr", options, ["startFactor", "endFactor", "totalIters"]);
  const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
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
  /** At least 0; 1 is a straight line. Default: 1. */
  readonly power?: number;
}

/**
 * lr = initial (1 - min(t, totalIters) / totalIters)^power.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
 * @throws RangeError when a number is out of its range
 */
export function polynomialLr(optimizer: Optimizer, options: PolynomialLrOptions = {}): Scheduler {
  requireKnown("polynomialLr", options, ["totalIters", "power"]);
  const { totalIters = 5, power = 1 } = options;
  requireWhole("polynomialLr", "totalIters", totalIters, 1);
  requireWithin("polynomialLr", "power", power, 0, Infinity);
  const lr = (t: number, initial: number): number => initial * (1 - Math.min(t, totalIters) / totalIters) ** power;
  return new Scheduler("polynomialLr", optimizer, { lr });
}

export interface CosineOptions {
  /** The lowest learning rate, at least 0. Default: 0. */
  readonly etaMin?: number;
}

/**
 * lr = etaMin + (initial - etaMin) (1 + cos(π t / tMax)) / 2: down in tMax steps, and up again in as many.
 *
 * Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 * @throws RangeError when a number is out of its range
 */
export function cosineAnnealingLr(optimizer: Optimizer, tMax: number, options: CosineOptions = {}): Scheduler {
  requireKnown("cosineAnnealingLr", options, ["etaMin"]);
  const { etaMin = 0 } = options;
  requireWhole("cosineAnnealingLr", "tMax", tMax, 1);
  requireWithin("cosineAnnealingLr", "etaMin", etaMin, 0, Infinity);
  return new Scheduler("cosineAnnealingLr", optimizer, { lr: (t, initial) => cosine(initial, etaMin, t / tMax) });
}

export interface WarmRestartOptions extends CosineOptions {
  /** How many times as long each descent is as the one before, a whole number of at least 1. Default: 1. */
  readonly tMult?: number;
}

/**
 * Cosine annealing that starts anew after t0 steps, then after t0 tMult, and so on.
 *
 * Source: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983
 * @param t0 steps of the first descent, at least 1
 * @throws RangeError when a number is out of its range
 */
export function cosineAnnealingWarmRestarts(
  optimizer: Optimizer,
  t0: number,
  options: WarmRestartOptions = {},
): Scheduler {
  const where = "cosineAnnealingWarmRestarts";
  requireKnown(where, options, ["tMult", "etaMin"]);
  const { tMult = 1, etaMin = 0 } = options;
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

/** From `start` at share 0 to `end` at share 1 along half a wave. */
export function cosine(start: number, end: number, share: number): number {
  return end + ((start - end) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** Refuses milestones that are not whole numbers of at least 1, none below the one before. */
export function requireAscending(where: string, milestones: readonly number[]): void {
  requireArray(where, "milestones", milestones);
  milestones.forEach((milestone: number, i) => {
    requireWhole(where, `milestones[${i}]`, milestone, Math.max(1, milestones[i - 1] ?? 1));
  });
}

function gammaOf(where: string, options: DecayOptions): number {
  requireKnown(where, options, ["gamma"]);
  const { gamma = 0.1 } = options;
  requireWithin(where, "gamma", gamma, 0, Infinity);
  return gamma;
}
