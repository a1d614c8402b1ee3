import { power } from "../base/power.ts";
import { packNAdamHyper } from "#kernels/contract";
import { requirePositive, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import { type Betas, requireBetas } from "./betas.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters, Scalars } from "./state/parts.ts";

export interface NAdamOptions extends OptimizerOptions {
  /** Decay of the running means of the gradient and of its square, each in [0, 1). Default: [0.9, 0.999]. */
  readonly betas?: Betas;
  /** Added to √v, above 0. Default: 1e-8. */
  readonly eps?: number;
  /** Rate at which the momentum approaches beta1. Default: 4e-3. */
  readonly momentumDecay?: number;
}

/**
 * Adam with Nesterov momentum: μ[t] = beta1 (1 - 0.96^(t momentumDecay) / 2), and lr is multiplied by
 * ((1 - μ[t]) g / (1 - Π μ) + μ[t + 1] m / (1 - μ[t] μ[t + 1] Π μ)) / (√v + eps), Π μ being that of steps 1 to t.
 *
 * Source: Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ, as in PyTorch 1.13: the divisor of m
 * has the factor μ[t] twice; PyTorch 2 and the paper have it once, which gives m a little more weight in the first steps.
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown, or betas are not two
 */
export class NAdam extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 14;
  readonly #beta2: number;
  readonly #eps: number;
  readonly #momentumDecay: number;
  /** The product of μ over all steps so far. */
  #product = 1;

  constructor(options: NAdamOptions = {}) {
    const { betas, eps, momentumDecay } = withDefaults("nAdam", options, {
      ...OPTIMIZER_DEFAULTS,
      betas: [0.9, 0.999],
      eps: 1e-8,
      momentumDecay: 4e-3,
    });
    requireBetas("nAdam", betas);
    requirePositive("nAdam", "eps", eps);
    requireWithin("nAdam", "momentumDecay", momentumDecay, 0, Infinity);
    super("nAdam", options, { lr: 2e-3, slots: ["expAvg", "expAvgSq"], momentum: betas[0] });
    this.#beta2 = betas[1];
    this.#eps = eps;
    this.#momentumDecay = momentumDecay;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { betas: [this.momentum ?? 0, this.#beta2], eps: this.#eps, momentum_decay: this.#momentumDecay };
  }

  /** @internal */
  protected override get fixed(): Readonly<Record<string, boolean>> {
    return { decoupled_weight_decay: false };
  }

  /** @internal */
  protected override get scalars(): Scalars {
    return { mu_product: this.#product };
  }

  /** @internal */
  protected override restore({ mu_product: product = 1 }: Scalars): void {
    this.#product = product;
  }

  /** @internal */
  override afterStep(): void {
    super.afterStep();
    this.#product *= this.#momentumAt(this.steps);
  }

  /** @internal */
  protected override hyper(step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const [beta1, beta2] = [this.momentum ?? 0, this.#beta2];
    const [now, next] = [this.#momentumAt(step), this.#momentumAt(step + 1)];
    const product = this.#product * now;
    const ofGradient = (1 - now) / (1 - product);
    const ofMean = next / (1 - product * now * next);
    // The bias correction of √v, 1 / √(1 - beta2^t), divides lr and eps: the kernel needs one factor less.
    const correction = Math.sqrt(1 - power(beta2, step));
    const means = { beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 };
    const own = { ...means, eps: this.#eps * correction, ahead: ofMean / ofGradient };
    return packNAdamHyper({ lr: lr * ofGradient * correction, weightDecay, l1, shrink: 1, momentum: 0, ...own });
  }

  #momentumAt(step: number): number {
    return (this.momentum ?? 0) * (1 - 0.5 * power(0.96, step * this.#momentumDecay));
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [m, v] = slots as [Operand, Operand];
    return call("nAdam", block, gradient, m, v, hyper, block.size);
  }
}

/**
 * NAdam: Adam with Nesterov momentum. Default: lr 2e-3. See {@link NAdam}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function nAdam(options?: NAdamOptions): NAdam {
  return new NAdam(options);
}
