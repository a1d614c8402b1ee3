import { requireBelowOne, requireKnown, requireOneOf, requireWhole, requireWithin, shown } from "../../base/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { type Advancing, requireOptimizer } from "./scheduler.ts";

export interface PlateauOptions {
  /** Whether the metric should fall (`min`), as a loss, or rise, as an accuracy. Default: "min". */
  readonly mode?: "min" | "max";
  /** What the learning rates are multiplied by, in [0, 1). Default: 0.1. */
  readonly factor?: number;
  /** Steps without improvement that are let pass. Default: 10. */
  readonly patience?: number;
  /** By how much the metric must improve on the best to count, at least 0. Default: 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best (`rel`) or a difference. Default: "rel". */
  readonly thresholdMode?: "rel" | "abs";
  /** Steps after a fall in which none is counted as bad. Default: 0. */
  readonly cooldown?: number;
  /** The lowest learning rate, at least 0. Default: 0. */
  readonly minLr?: number;
  /** Smaller decreases are ignored. Default: 1e-8. */
  readonly eps?: number;
}

const OPTIONS = ["mode", "factor", "patience", "threshold", "thresholdMode", "cooldown", "minLr", "eps"];

/**
 * Multiplies all learning rates by a factor when a metric has not improved for more than `patience` steps.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when there is no optimizer or an option is unknown
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
    requireKnown(where, options, OPTIONS);
    const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = "rel" } = options;
    const { cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    requireOneOf(where, "mode", mode, ["min", "max"]);
    requireOneOf(where, "thresholdMode", thresholdMode, ["rel", "abs"]);
    requireBelowOne(where, "factor", factor);
    requireWhole(where, "patience", patience, 0, Number.MAX_SAFE_INTEGER);
    requireWhole(where, "cooldown", cooldown, 0, Number.MAX_SAFE_INTEGER);
    for (const [name, value] of Object.entries({ threshold, minLr, eps })) {
      requireWithin(where, name, value, 0, Infinity);
    }
    this.#options = { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps };
    this.#best = mode === "min" ? Infinity : -Infinity;
  }

  /**
   * Looks at the metric of an epoch, and lowers the learning rates where it is time.
   * @throws TypeError when the metric is not a number; NaN is one that is not better
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
    this.#lower();
    this.#cooling = cooldown;
    this.#bad = 0;
  }

  #improves(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === "min" ? -1 : 1;
    const bound = thresholdMode === "rel" ? this.#best * (1 + sign * threshold) : this.#best + sign * threshold;
    return sign * metric > sign * bound;
  }

  #lower(): void {
    const { factor, minLr, eps } = this.#options;
    for (const group of this.optimizer.groups) {
      const lr = Math.max(group.lr * factor, minLr);
      if (group.lr - lr > eps) group.lr = lr;
    }
  }
}

/**
 * Lowers learning rates when a metric no longer improves; see {@link ReduceLrOnPlateau}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function reduceLrOnPlateau(optimizer: Optimizer, options?: PlateauOptions): ReduceLrOnPlateau {
  return new ReduceLrOnPlateau(optimizer, options);
}
