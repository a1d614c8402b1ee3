import { power } from "../base/power.ts";
import { packAdamaxHyper } from "#kernels/contract";
import { requirePositive } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { type Betas, requireBetas } from "./betas.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface AdamaxOptions extends OptimizerOptions {
  /** Decay of the running mean of the gradient and of the largest absolute gradient, each in [0, 1). Default: [0.9, 0.999]. */
  readonly betas?: Betas;
  /** Added to |g|, above 0. Default: 1e-8. */
  readonly eps?: number;
}

/**
 * Adam with a decaying maximum n of |g| in place of the root of the mean square:
 * n = max(beta2 n, |g| + eps), parameter -= lr m / ((1 - beta1^t) n).
 *
 * Source: Kingma and Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown, or betas are not two
 */
export class Adamax extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 10;
  readonly #beta2: number;
  readonly #eps: number;

  constructor(options: AdamaxOptions = {}) {
    const { betas, eps } = withDefaults("adamax", options, { ...OPTIMIZER_DEFAULTS, betas: [0.9, 0.999], eps: 1e-8 });
    requireBetas("adamax", betas);
    requirePositive("adamax", "eps", eps);
    super("adamax", options, { lr: 2e-3, slots: ["expAvg", "expInf"], momentum: betas[0] });
    this.#beta2 = betas[1];
    this.#eps = eps;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { betas: [this.momentum ?? 0, this.#beta2], eps: this.#eps };
  }

  /** @internal */
  protected override hyper(step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const beta1 = this.momentum ?? 0;
    const own = { beta1, rest1: 1 - beta1, beta2: this.#beta2, eps: this.#eps };
    return packAdamaxHyper({ lr: lr / (1 - power(beta1, step)), weightDecay, l1, shrink: 1, momentum: 0, ...own });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [m, norm] = slots as [Operand, Operand];
    return call("adamax", block, gradient, m, norm, hyper, block.size);
  }
}

/**
 * Adamax: Adam by the largest absolute gradient in place of the mean square. Default: lr 2e-3. See {@link Adamax}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adamax(options?: AdamaxOptions): Adamax {
  return new Adamax(options);
}
