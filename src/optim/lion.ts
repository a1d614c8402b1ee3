import { packLionHyper } from "#kernels/contract";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { type Betas, requireBetas } from "./betas.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface LionOptions extends OptimizerOptions {
  /** Decay of the interpolation that gives the direction, and of the running mean, each in [0, 1). Default: [0.9, 0.99]. */
  readonly betas?: Betas;
}

/**
 * Steps by the sign: parameter -= lr sign(beta1 m + (1 - beta1) g), then m = beta2 m + (1 - beta2) g; weight decay
 * multiplies the parameter by 1 - lr weightDecay. Usual learning rates are a third to a tenth of Adam's, with weight
 * decays 3 to 10 times as large.
 *
 * Source: Chen et al. 2023, https://arxiv.org/abs/2302.06675, also for the default lr
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown, or betas are not two
 */
export class Lion extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 9;
  readonly #beta2: number;

  constructor(options: LionOptions = {}) {
    const { betas } = withDefaults("lion", options, { ...OPTIMIZER_DEFAULTS, betas: [0.9, 0.99] });
    requireBetas("lion", betas);
    super("lion", options, { lr: 1e-4, slots: ["expAvg"], countsSteps: false, momentum: betas[0] });
    this.#beta2 = betas[1];
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { betas: [this.momentum ?? 0, this.#beta2] };
  }

  /** @internal */
  protected override hyper(_step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const [beta1, beta2] = [this.momentum ?? 0, this.#beta2];
    const own = { beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 };
    return packLionHyper({ lr, weightDecay: 0, l1, shrink: 1 - lr * weightDecay, momentum: 0, ...own });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [m] = slots as [Operand];
    return call("lion", block, gradient, m, hyper, block.size);
  }
}

/**
 * Lion: steps of one size, by the sign of the momentum. Default: lr 1e-4. See {@link Lion}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function lion(options?: LionOptions): Lion {
  return new Lion(options);
}
