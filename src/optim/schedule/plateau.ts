import { requireBelowOne, requireOneOf, requireWhole, requireWithin, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Optimizer } from "../optimizer.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { type ScheduleOptions, checkOptions, ratesOf, readerOf } from "./schedule-state.ts";
import { type Advancing, requireOptimizer } from "./scheduler.ts";

export interface PlateauOptions {
  /** Whether the metric should fall (`min`), as a loss, or rise, as an accuracy. Default: "min". */
  readonly mode?: "min" | "max";
  /** Factor of each decrease, in [0, 1). Default: 0.1. */
  readonly factor?: number;
  /** Steps without improvement before a decrease. Default: 10. */
  readonly patience?: number;
  /** Least improvement on the best metric that counts, at least 0. Default: 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is relative to the best metric or absolute. Default: "rel". */
  readonly thresholdMode?: "rel" | "abs";
  /** Steps after a decrease in which a lack of improvement is not counted. Default: 0. */
  readonly cooldown?: number;
  /** The lowest learning rate, at least 0. Default: 0. */
  readonly minLr?: number;
  /** Smaller decreases are ignored. Default: 1e-8. */
  readonly eps?: number;
}

/**
 * Multiplies all learning rates by `factor` when a metric has not improved for more than `patience` steps.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when `optimizer` is not an optimizer or an option is unknown
 */
export class ReduceLrOnPlateau implements Advancing {
  readonly #options: Required<PlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;
  #steps = 0;

  constructor(
    readonly optimizer: Optimizer,
    options: PlateauOptions = {},
  ) {
    const where = "reduceLrOnPlateau";
    requireOptimizer(where, optimizer);
    const filled = withDefaults(where, options, {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "rel",
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
    });
    const { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = filled;
    requireOneOf(where, "mode", mode, ["min", "max"]);
    requireOneOf(where, "thresholdMode", thresholdMode, ["rel", "abs"]);
    requireBelowOne(where, "factor", factor);
    requireWhole(where, "patience", patience, 0, Number.MAX_SAFE_INTEGER);
    requireWhole(where, "cooldown", cooldown, 0, Number.MAX_SAFE_INTEGER);
    for (const [name, value] of Object.entries({ threshold, minLr, eps })) {
      requireWithin(where, name, value, 0, Infinity);
    }
    this.#options = filled;
    this.#best = this.#worst;
  }

  /**
   * Records the metric of an epoch, and decreases the learning rates after more than `patience` steps without improvement.
   * NaN is no improvement.
   * @throws TypeError when the metric is not a number
   */
  step(metric: number): void {
    if (typeof metric !== "number") {
      throw new TypeError(`reduceLrOnPlateau: the metric must be a number; got ${shown(metric)}`);
    }
    const { patience, cooldown } = this.#options;
    this.#steps++;
    const isBetter = this.#improves(metric);
    if (isBetter) this.#best = metric;
    this.#bad = isBetter || this.#cooling > 0 ? 0 : this.#bad + 1;
    this.#cooling = Math.max(0, this.#cooling - 1);
    if (this.#bad <= patience) return;
    this.#decrease();
    this.#cooling = cooldown;
    this.#bad = 0;
  }

  /**
   * Best metric, counts and options, by PyTorch's names: `{ best, num_bad_epochs, cooldown_counter, last_epoch, ... }`.
   * `best` is infinite before the first step, which `JSON.stringify` writes as null; `loadStateDict` reads null as that.
   */
  stateDict(): StateRecord {
    const { groups } = this.optimizer;
    return {
      ...this.#saved,
      min_lrs: groups.map(() => this.#options.minLr),
      best: this.#best,
      num_bad_epochs: this.#bad,
      cooldown_counter: this.#cooling,
      last_epoch: this.#steps,
      _last_lr: groups.map(({ lr }) => lr),
    };
  }

  /**
   * Restores `stateDict`, of this library or of PyTorch, with the rates of all groups.
   * @throws StateDictError when the state is not one of this schedule, with all that differs; then nothing changes
   */
  loadStateDict(state: StateRecord): void {
    const reader = readerOf("reduceLrOnPlateau");
    const given = reader.record("", state) ?? {};
    checkOptions(reader, given, this.#saved);
    const { minLr } = this.#options;
    if (Array.isArray(given["min_lrs"]) && given["min_lrs"].some((each) => each !== minLr)) {
      reader.wrong("min_lrs", `${shown(given["min_lrs"])} instead of ${minLr} each`);
    }
    const best = given["best"] === null ? this.#worst : reader.number("best", given["best"]);
    const bad = reader.whole("num_bad_epochs", given["num_bad_epochs"]);
    const cooling = reader.whole("cooldown_counter", given["cooldown_counter"]);
    const steps = reader.whole("last_epoch", given["last_epoch"]);
    // PyTorch saves no rates before the first step.
    const rates = given["_last_lr"] === undefined ? [] : ratesOf(reader, "_last_lr", given["_last_lr"], this.optimizer);
    reader.finish();
    this.#best = best ?? this.#worst;
    this.#bad = bad ?? 0;
    this.#cooling = cooling ?? 0;
    this.#steps = steps ?? 0;
    for (const [group, rate] of rates) group.lr = rate;
  }

  /** The best metric before the first step. */
  get #worst(): number {
    return this.#options.mode === "min" ? Infinity : -Infinity;
  }

  get #saved(): ScheduleOptions {
    const { mode, factor, patience, threshold, thresholdMode, cooldown, eps } = this.#options;
    return { mode, factor, patience, threshold, threshold_mode: thresholdMode, cooldown, eps };
  }

  #improves(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === "min" ? -1 : 1;
    const bound = thresholdMode === "rel" ? this.#best * (1 + sign * threshold) : this.#best + sign * threshold;
    return sign * metric > sign * bound;
  }

  #decrease(): void {
    const { factor, minLr, eps } = this.#options;
    for (const group of this.optimizer.groups) {
      const lr = Math.max(group.lr * factor, minLr);
      if (group.lr - lr > eps) group.lr = lr;
    }
  }
}

/**
 * Decreases learning rates when a metric no longer improves; see {@link ReduceLrOnPlateau}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function reduceLrOnPlateau(optimizer: Optimizer, options?: PlateauOptions): ReduceLrOnPlateau {
  return new ReduceLrOnPlateau(optimizer, options);
}
