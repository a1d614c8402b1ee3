import {
  requireBelowOne,
  requireOneOf,
  requirePositive,
  requireSwitch,
  requireWhole,
  shown,
} from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Optimizer } from "../optimizer.ts";
import { Scheduler, requireOptimizer } from "./scheduler.ts";
import { cosine } from "./schedules.ts";

export interface OneCycleLrOptions {
  /** Steps of the whole cycle. Default: epochs · stepsPerEpoch. */
  readonly totalSteps?: number;
  /** Needed without `totalSteps`. */
  readonly epochs?: number;
  /** Needed without `totalSteps`. */
  readonly stepsPerEpoch?: number;
  /** Share of the cycle in which the learning rate rises, in (0, 1). Default: 0.3. */
  readonly pctStart?: number;
  /** Interpolation from one rate to the next: half a cosine wave or linear. Default: "cos". */
  readonly annealStrategy?: "cos" | "linear";
  /** Whether the momentum, or the first of the betas, falls while the rate rises, and rises while it falls. Default: true. */
  readonly cycleMomentum?: boolean;
  /** The lowest momentum, in [0, 1). Default: 0.85. */
  readonly baseMomentum?: number;
  /** The highest momentum, in [0, 1). Default: 0.95. */
  readonly maxMomentum?: number;
  /** The first learning rate is maxLr / divFactor. Default: 25. */
  readonly divFactor?: number;
  /** The last learning rate is maxLr / (divFactor finalDivFactor). Default: 1e4. */
  readonly finalDivFactor?: number;
  /** Whether the rate falls to the first rate, as fast as it rose, and then to the last rate. Default: false. */
  readonly threePhase?: boolean;
}

/** A part of the cycle: its last step, its first and last learning rate and momentum. */
interface Phase {
  readonly end: number;
  readonly lr: readonly [from: Rate, to: Rate];
  readonly momentum: readonly [from: number, to: number];
}
type Rate = "first" | "highest" | "last";

/**
 * One cycle of the learning rate: rises from maxLr / divFactor to maxLr, then falls to nearly 0, while the momentum falls
 * and rises. A step is an update.
 *
 * Source: Smith and Topin 2018, https://arxiv.org/abs/1708.07120; arguments and defaults of PyTorch's OneCycleLR
 * @param maxLr the highest learning rate, or one for each group of the optimizer
 * @throws RangeError when a number is out of its range, or a step is after the end of the cycle
 * @throws TypeError when the optimizer has no momentum to cycle, or an option is unknown
 */
export function oneCycleLr(
  optimizer: Optimizer,
  maxLr: number | readonly number[],
  options: OneCycleLrOptions = {},
): Scheduler {
  const where = "oneCycleLr";
  requireOptimizer(where, optimizer);
  const filled = withDefaults(where, options, {
    totalSteps: undefined,
    epochs: undefined,
    stepsPerEpoch: undefined,
    pctStart: 0.3,
    annealStrategy: "cos",
    cycleMomentum: true,
    baseMomentum: 0.85,
    maxMomentum: 0.95,
    divFactor: 25,
    finalDivFactor: 1e4,
    threePhase: false,
  });
  const { pctStart, annealStrategy, cycleMomentum, threePhase } = filled;
  const { baseMomentum, maxMomentum, divFactor, finalDivFactor } = filled;
  requireSwitch(where, "cycleMomentum", cycleMomentum);
  requireSwitch(where, "threePhase", threePhase);
  const total = totalOf(where, options);
  if (!(Number.isFinite(pctStart) && pctStart > 0 && pctStart < 1)) {
    throw new RangeError(`${where}: pctStart must be above 0 and below 1; got ${shown(pctStart)}`);
  }
  requireOneOf(where, "annealStrategy", annealStrategy, ["cos", "linear"]);
  requireBelowOne(where, "baseMomentum", baseMomentum);
  requireBelowOne(where, "maxMomentum", maxMomentum);
  requirePositive(where, "divFactor", divFactor);
  requirePositive(where, "finalDivFactor", finalDivFactor);
  const highest = perGroup(where, optimizer, maxLr);
  if (cycleMomentum && optimizer.momentum === undefined) {
    throw new TypeError(`${where}: cycleMomentum needs an optimizer with momentum or betas; got ${optimizer.name}`);
  }

  const [rise, last]: [Phase, Phase] = [
    { end: pctStart * total - 1, lr: ["first", "highest"], momentum: [maxMomentum, baseMomentum] },
    { end: total - 1, lr: ["highest", "last"], momentum: [baseMomentum, maxMomentum] },
  ];
  const phases: readonly Phase[] = threePhase
    ? [
        rise,
        { end: 2 * pctStart * total - 2, lr: ["highest", "first"], momentum: [baseMomentum, maxMomentum] },
        { ...last, lr: ["first", "last"], momentum: [maxMomentum, maxMomentum] },
      ]
    : [rise, last];
  const anneal =
    annealStrategy === "cos"
      ? cosine
      : (start: number, end: number, share: number): number => start + (end - start) * share;
  const at = (step: number): { phase: Phase; share: number } => {
    if (step > total) throw new RangeError(`${where}: there must be at most ${total} steps; got ${step}`);
    const found = phases.findIndex(({ end }) => step <= end);
    const index = found < 0 ? phases.length - 1 : found;
    const phase = phases[index] ?? last;
    const start = phases[index - 1]?.end ?? 0;
    return { phase, share: phase.end === start ? 1 : Math.min(1, (step - start) / (phase.end - start)) };
  };
  const lr = (step: number, _initial: number, group: number): number => {
    const { phase, share } = at(step);
    const most = highest[group] ?? NaN;
    const rates = { first: most / divFactor, highest: most, last: most / divFactor / finalDivFactor };
    return anneal(rates[phase.lr[0]], rates[phase.lr[1]], share);
  };
  const momentum = (step: number): number => {
    const { phase, share } = at(step);
    return anneal(...phase.momentum, share);
  };
  return new Scheduler(where, optimizer, { lr, ...(cycleMomentum && { momentum }) });
}

function totalOf(where: string, { totalSteps, epochs, stepsPerEpoch }: OneCycleLrOptions): number {
  if (totalSteps !== undefined) {
    requireWhole(where, "totalSteps", totalSteps, 2);
    return totalSteps;
  }
  if (epochs === undefined || stepsPerEpoch === undefined) {
    throw new TypeError(
      `${where}: totalSteps, or epochs and stepsPerEpoch, must be given; got epochs ${shown(epochs)} and stepsPerEpoch ${shown(stepsPerEpoch)}`,
    );
  }
  requireWhole(where, "epochs", epochs, 1);
  requireWhole(where, "stepsPerEpoch", stepsPerEpoch, 1);
  requireWhole(where, "epochs times stepsPerEpoch", epochs * stepsPerEpoch, 2);
  return epochs * stepsPerEpoch;
}

function perGroup(where: string, optimizer: Optimizer, maxLr: number | readonly number[]): readonly number[] {
  const rates = typeof maxLr === "number" ? optimizer.groups.map(() => maxLr) : maxLr;
  if (!Array.isArray(rates) || rates.length !== optimizer.groups.length) {
    throw new TypeError(
      `${where}: maxLr must be a number, or one for each of ${optimizer.groups.length} groups; got ${shown(maxLr)}`,
    );
  }
  rates.forEach((rate: number) => requirePositive(where, "maxLr", rate));
  return rates;
}
