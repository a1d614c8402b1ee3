import { requireBelowOne, requireOneOf, requireWhole, requireWithin, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Optimizer } from "../optimizer.ts";
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
    this.#best = mode === "min" ? Infinity : -Infinity;
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
    const isBetter = this.#improves(metric);
    if (isBetter) this.#best = metric;
    this.#bad = isBetter || this.#cooling > 0 ? 0 : this.#bad + 1;
    this.#cooling = Math.max(0, this.#cooling - 1);
    if (this.#bad <= patience) return;
    this.#decrease();
    this.#cooling = cooldown;
    this.#bad = 0;
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
