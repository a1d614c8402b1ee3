import { power } from "../base/power.ts";
import { packAdamHyper } from "#kernels/contract";
import { requirePositive } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { type Betas, requireBetas } from "./betas.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface RAdamOptions extends OptimizerOptions {
  /** Decay of the running means of the gradient and of its square, each in [0, 1). Default: [0.9, 0.999]. */
  readonly betas?: Betas;
  /** Added to √v, above 0. Default: 1e-8. */
  readonly eps?: number;
}

/**
 * Adam with a step rectified by the variance of its adaptive rate, momentum alone while that variance is too large:
 * with n = 2 / (1 - beta2) - 1 and ρ = n - 2 t beta2^t / (1 - beta2^t), the step is multiplied by
 * √((ρ - 4) (ρ - 2) n / ((n - 4) (n - 2) ρ)) if ρ > 5, and else not divided by √v + eps.
 *
 * Source: Liu et al. 2020, https://arxiv.org/abs/1908.03265
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown, or betas are not two
 */
export class RAdam extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 14;
  readonly #beta2: number;
  readonly #eps: number;

  constructor(options: RAdamOptions = {}) {
    const { betas, eps } = withDefaults("rAdam", options, { ...OPTIMIZER_DEFAULTS, betas: [0.9, 0.999], eps: 1e-8 });
    requireBetas("rAdam", betas);
    requirePositive("rAdam", "eps", eps);
    super("rAdam", options, { lr: 1e-3, slots: ["expAvg", "expAvgSq"], momentum: betas[0] });
    this.#beta2 = betas[1];
    this.#eps = eps;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { betas: [this.momentum ?? 0, this.#beta2], eps: this.#eps };
  }

  /** @internal */
  protected override get fixed(): Readonly<Record<string, boolean>> {
    return { decoupled_weight_decay: false };
  }

  /** @internal */
  protected override hyper(step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const [beta1, beta2] = [this.momentum ?? 0, this.#beta2];
    const decayed = power(beta2, step);
    const known = 1 - decayed;
    const most = 2 / (1 - beta2) - 1;
    const length = most - (2 * step * decayed) / known;
    const stepSize = lr / (1 - power(beta1, step));
    const rest = { beta1, beta2, weightDecay, l1, shrink: 1, rest1: 1 - beta1, rest2: 1 - beta2 };
    // Adam's kernel divides by correction √v + eps: by 1 while ρ is at most 5.
    if (length <= 5) return packAdamHyper({ stepSize, correction: 0, eps: 1, ...rest });
    const share = ((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length);
    return packAdamHyper({ stepSize: stepSize * Math.sqrt(known * share), correction: 1, eps: this.#eps, ...rest });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [m, v] = slots as [Operand, Operand];
    return call("adam", block, gradient, m, v, hyper, block.size);
  }
}

/**
 * RAdam: Adam with rectified first steps. Default: lr 1e-3. See {@link RAdam}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function rAdam(options?: RAdamOptions): RAdam {
  return new RAdam(options);
}
