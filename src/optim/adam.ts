import { power } from "../base/power.ts";
import { packAdamHyper } from "#kernels/contract";
import { requirePositive, requireSwitch } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { type Betas, requireBetas } from "./betas.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the running means of the gradient and of its square, each in [0, 1). Default: [0.9, 0.999]. */
  readonly betas?: Betas;
  /** Added to √v, above 0. Default: 1e-8. */
  readonly eps?: number;
  /** Whether to divide by the root of the largest v so far, not of v. Default: false. */
  readonly amsgrad?: boolean;
}

/**
 * Adam: running means m of the gradient and v of its square, with bias correction; parameter -= lr m / (√v + eps).
 * AdamW multiplies the parameter by 1 - lr weightDecay, instead of adding weightDecay · parameter to the gradient.
 *
 * Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown, or betas are not two
 */
export class Adam extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 14;
  readonly #beta2: number;
  readonly #eps: number;
  readonly #decoupled: boolean;
  readonly #amsgrad: boolean;

  constructor(name: "adam" | "adamW", options: AdamOptions = {}) {
    const { betas, eps, amsgrad } = withDefaults(name, options, {
      ...OPTIMIZER_DEFAULTS,
      betas: [0.9, 0.999],
      eps: 1e-8,
      amsgrad: false,
    });
    requireSwitch(name, "amsgrad", amsgrad);
    requireBetas(name, betas);
    requirePositive(name, "eps", eps);
    const decoupled = name === "adamW";
    super(name, options, {
      lr: 1e-3,
      weightDecay: decoupled ? 1e-2 : 0,
      slots: amsgrad ? ["expAvg", "expAvgSq", "maxExpAvgSq"] : ["expAvg", "expAvgSq"],
      momentum: betas[0],
    });
    this.#beta2 = betas[1];
    this.#eps = eps;
    this.#decoupled = decoupled;
    this.#amsgrad = amsgrad;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { betas: [this.momentum ?? 0, this.#beta2], eps: this.#eps, amsgrad: this.#amsgrad };
  }

  /** @internal */
  protected override get fixed(): Readonly<Record<string, boolean>> {
    return { decoupled_weight_decay: this.#decoupled };
  }

  /** @internal */
  protected override hyper(step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const [beta1, beta2] = [this.momentum ?? 0, this.#beta2];
    const stepSize = lr / (1 - power(beta1, step));
    const correction = 1 / Math.sqrt(1 - power(beta2, step));
    const [decay, shrink] = this.#decoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1];
    const rests = { rest1: 1 - beta1, rest2: 1 - beta2 };
    return packAdamHyper({
      stepSize,
      correction,
      beta1,
      beta2,
      eps: this.#eps,
      weightDecay: decay,
      l1,
      shrink,
      ...rests,
    });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [m, v, vMax] = slots as [Operand, Operand, Operand?];
    if (!vMax) return call("adam", block, gradient, m, v, hyper, block.size);
    return call("adamAmsgrad", block, gradient, m, v, vMax, hyper, block.size);
  }
}

/**
 * Adam; weight decay is added to the gradient. Defaults: lr 1e-3, weightDecay 0. See {@link Adam}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adam(options?: AdamOptions): Adam {
  return new Adam("adam", options);
}

/**
 * Adam with decoupled weight decay. Defaults: lr 1e-3, weightDecay 1e-2. See {@link Adam}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adamW(options?: AdamOptions): Adam {
  return new Adam("adamW", options);
}
