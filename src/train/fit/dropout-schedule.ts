import { requireOneOf, requireWhole, requireWithin } from "../../base/errors.ts";
import { type Defaults, withDefaults } from "../../base/options.ts";
import type { Module } from "../../nn/index.ts";
import { RandomLayer } from "../../nn/dropout/random-layer.ts";
import { requireModule } from "../../nn/module/module.ts";
import { StateReader } from "../../base/state-reader.ts";
import type { Callback } from "./callback.ts";

/** How p goes from its first to its last value. */
export type DropoutShape = "linear" | "cosine" | "exponential" | "step";

export interface DropoutScheduleOptions {
  /** The first p, in [0, 1]. Default: that of each layer when the schedule is made. */
  readonly from?: number;
  /** The last p, in [0, 1]. Default: that of each layer when the schedule is made. */
  readonly to?: number;
  /** Epochs from the first to the last p; p changes between epochs. Exactly one of epochs and steps. */
  readonly epochs?: number;
  /** Steps from the first to the last p; p changes after each step. Exactly one of epochs and steps. */
  readonly steps?: number;
  /**
   * How p goes from its first to its last value, at a share t of the epochs or steps from 0 to 1:
   *
   * - "linear": from + (to - from) t. To 0 it is annealed dropout (Rennie et al. 2014).
   * - "cosine": from + (to - from) (1 - cos πt) / 2.
   * - "exponential": from + (to - from) (1 - e^(-10 t)). From 0 it is curriculum dropout (Morerio et al. 2017, gamma 10 / T).
   * - "step": from. To 0 it is early dropout, from 0 late dropout (Liu et al. 2023).
   *
   * Default: "linear".
   */
  readonly shape?: DropoutShape;
}

/** p at a share t of a schedule, 0 at its first p; from 1 on it has its last. */
export function dropoutAt(t: number, from: number, to: number, shape: DropoutShape): number {
  if (t >= 1) return to;
  const share = { linear: t, cosine: (1 - Math.cos(Math.PI * t)) / 2, exponential: -Math.expm1(-10 * t), step: 0 };
  return from + (to - from) * share[shape];
}

const DEFAULTS = {
  from: undefined,
  to: undefined,
  epochs: undefined,
  steps: undefined,
  shape: "linear",
} as const satisfies Defaults<DropoutScheduleOptions>;

/**
 * Changes p of all dropout layers of a model during `fit`, for its option `callbacks`:
 *
 * `trainer.fit(set, { epochs: 30, callbacks: [dropoutSchedule(model, { from: 0, epochs: 10, shape: "exponential" })] })`
 *
 * p is a function of the count of epochs or steps, so a resumed training has the same bits. A layer may be given for the model, and
 * several schedules for several layers. It changes what has a p that may be set; the dropout options of recurrent layers have none,
 * and `concreteDropout` learns its p.
 *
 * Source: Rennie et al. 2014, https://research.ibm.com/publications/annealed-dropout-training-of-deep-networks;
 * Morerio et al. 2017, https://arxiv.org/abs/1703.06229; Liu et al. 2023, https://arxiv.org/abs/2303.01500
 *
 * @throws TypeError when the model has no such layer, an option is unknown, or neither from nor to is given
 * @throws RangeError when an option is out of its range, or not exactly one of epochs and steps is given
 */
export function dropoutSchedule(model: Module, options: DropoutScheduleOptions): Callback {
  const where = "dropoutSchedule";
  requireModule(where, "the model", model);
  const { from, to, epochs, steps, shape } = withDefaults(where, options, DEFAULTS);
  for (const [name, p] of Object.entries({ from, to })) {
    if (p !== undefined) requireWithin(where, name, p, 0, 1);
  }
  if (from === undefined && to === undefined) throw new TypeError(`${where}: from or to must be a rate; got neither`);
  const unit = epochs === undefined ? "steps" : "epochs";
  const length = epochs ?? steps;
  if (length === undefined || (epochs !== undefined && steps !== undefined)) {
    throw new RangeError(
      `${where}: one of epochs and steps must be a count; got ${length === undefined ? "none" : "both"}`,
    );
  }
  requireWhole(where, unit, length, 1);
  requireOneOf(where, "shape", shape, ["linear", "cosine", "exponential", "step"]);
  const layers = model.modules().filter((each) => each instanceof RandomLayer);
  if (layers.length === 0) {
    throw new TypeError(`${where}: the model must have dropout layers whose p may be set; got none`);
  }
  const ends = layers.map(({ p }) => ({ from: from ?? p, to: to ?? p }));
  /** Epochs or steps done. */
  let done = 0;
  let loaded: number | undefined;
  const advance = (count: number): void => {
    done = count;
    layers.forEach((layer, i) => {
      const { from: first = 0, to: last = 0 } = ends[i] ?? {};
      const p = dropoutAt(count / length, first, last, shape);
      if (layer.p !== p) layer.p = p;
    });
  };
  return {
    name: where,
    onBegin: ({ epoch, steps: stepsOfEpoch }) => {
      advance(unit === "epochs" ? epoch - 1 : stepsAt(epoch, stepsOfEpoch, loaded));
      loaded = undefined;
    },
    ...(unit === "steps" ? { onStep: (event) => advance(event.steps) } : { onEpoch: (event) => advance(event.epoch) }),
    stateDict: () => ({ [unit]: loaded ?? done }),
    // p follows when the training begins: until then the state may be replaced by another.
    loadStateDict: (state) => {
      const reader = new StateReader(`${where}: loadStateDict: the state must be one of this schedule`);
      const count = reader.whole(unit, reader.record("", state)?.[unit]);
      reader.finish();
      loaded = count;
    },
  };
}

/** Steps done when a training begins in an epoch: the loaded ones, unless they are those of another epoch. */
function stepsAt(epoch: number, stepsOfEpoch: number | undefined, loaded: number | undefined): number {
  const atStart = (epoch - 1) * (stepsOfEpoch ?? 0);
  if (loaded === undefined) return atStart;
  const isWithin = stepsOfEpoch === undefined || (loaded >= atStart && loaded <= atStart + stepsOfEpoch);
  return isWithin ? loaded : atStart;
}
