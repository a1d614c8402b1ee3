import { packAdagradHyper } from "#kernels/contract";
import { requirePositive, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface AdagradOptions extends OptimizerOptions {
  /** The learning rate is lr / (1 + (t - 1) lrDecay) at step t. Default: 0. */
  readonly lrDecay?: number;
  /** Initial value of the sums of squares. Default: 0. */
  readonly initialAccumulatorValue?: number;
  /** Added to the root of the sum, above 0. Default: 1e-10. */
  readonly eps?: number;
}

/**
 * Divides by the root of the sum of squared gradients so far: parameter -= lr g / (√Σ g² + eps).
 *
 * Source: Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown
 */
export class Adagrad extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 7;
  readonly #lrDecay: number;
  readonly #eps: number;
  readonly #initial: number;

  constructor(options: AdagradOptions = {}) {
    const defaults = { ...OPTIMIZER_DEFAULTS, lrDecay: 0, initialAccumulatorValue: 0, eps: 1e-10 };
    const { lrDecay, initialAccumulatorValue: initial, eps } = withDefaults("adagrad", options, defaults);
    requireWithin("adagrad", "lrDecay", lrDecay, 0, Infinity);
    requireWithin("adagrad", "initialAccumulatorValue", initial, 0, Infinity);
    requirePositive("adagrad", "eps", eps);
    super("adagrad", options, { lr: 1e-2, slots: ["sum"], initial });
    this.#lrDecay = lrDecay;
    this.#eps = eps;
    this.#initial = initial;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { lr_decay: this.#lrDecay, eps: this.#eps, initial_accumulator_value: this.#initial };
  }

  /** @internal */
  protected override hyper(step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const decayed = lr / (1 + (step - 1) * this.#lrDecay);
    return packAdagradHyper({ lr: decayed, weightDecay, l1, shrink: 1, momentum: 0, eps: this.#eps });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [total] = slots as [Operand];
    return call("adagrad", block, gradient, total, hyper, block.size);
  }
}

/**
 * Adagrad: steps shrink with the sum of squared gradients. Default: lr 1e-2. See {@link Adagrad}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adagrad(options?: AdagradOptions): Adagrad {
  return new Adagrad(options);
}
