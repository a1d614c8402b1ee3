import { packAdadeltaHyper } from "#kernels/contract";
import { requireBelowOne, requirePositive } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface AdadeltaOptions extends OptimizerOptions {
  /** Decay of the running means of squares, in [0, 1). Default: 0.9. */
  readonly rho?: number;
  /** Added to both means under their roots, above 0. Default: 1e-6. */
  readonly eps?: number;
}

/**
 * Scales steps by past changes over past gradients: u = √(mean of u² + eps) / √(mean of g² + eps) g, parameter -= lr u,
 * with running means. Default: lr 1.
 *
 * Source: Zeiler 2012, https://arxiv.org/abs/1212.5701
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown
 */
export class Adadelta extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 14;
  readonly #rho: number;
  readonly #eps: number;

  constructor(options: AdadeltaOptions = {}) {
    const { rho, eps } = withDefaults("adadelta", options, { ...OPTIMIZER_DEFAULTS, rho: 0.9, eps: 1e-6 });
    requireBelowOne("adadelta", "rho", rho);
    requirePositive("adadelta", "eps", eps);
    super("adadelta", options, { lr: 1, slots: ["squareAvg", "accDelta"] });
    this.#rho = rho;
    this.#eps = eps;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { rho: this.#rho, eps: this.#eps };
  }

  /** @internal */
  protected override hyper(_step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    return packAdadeltaHyper({
      lr,
      weightDecay,
      l1,
      shrink: 1,
      momentum: 0,
      rho: this.#rho,
      rest: 1 - this.#rho,
      eps: this.#eps,
    });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [v, change] = slots as [Operand, Operand];
    return call("adadelta", block, gradient, v, change, hyper, block.size);
  }
}

/**
 * Adadelta: scales steps by past changes over past gradients. Default: lr 1. See {@link Adadelta}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adadelta(options?: AdadeltaOptions): Adadelta {
  return new Adadelta(options);
}
