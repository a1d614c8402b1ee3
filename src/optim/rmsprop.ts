import { packRmspropHyper } from "#kernels/contract";
import { requireBelowOne, requirePositive, requireSwitch, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the running mean of the squared gradient, in [0, 1). Default: 0.99. */
  readonly alpha?: number;
  /** Added to √v, above 0. Default: 1e-8. */
  readonly eps?: number;
  /** Factor of the last velocity in the next, at least 0. Default: 0. */
  readonly momentum?: number;
  /** Whether to divide by the root of the gradient's variance, not of its mean square. Default: false. */
  readonly centered?: boolean;
}

/**
 * Divides by the root of a running mean v of the squared gradient: parameter -= lr g / (√v + eps), with momentum
 * velocity = momentum velocity + g / (√v + eps) and parameter -= lr velocity.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html; Graves 2013 for centered,
 * https://arxiv.org/abs/1308.0850
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown
 */
export class Rmsprop extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 10;
  readonly #alpha: number;
  readonly #eps: number;
  readonly #centered: boolean;

  constructor(options: RmspropOptions = {}) {
    const { alpha, eps, momentum, centered } = withDefaults("rmsprop", options, {
      ...OPTIMIZER_DEFAULTS,
      alpha: 0.99,
      eps: 1e-8,
      momentum: 0,
      centered: false,
    });
    requireSwitch("rmsprop", "centered", centered);
    requireBelowOne("rmsprop", "alpha", alpha);
    requirePositive("rmsprop", "eps", eps);
    requireWithin("rmsprop", "momentum", momentum, 0, Infinity);
    const [velocity, cycled] = momentum > 0 ? [["momentumBuffer"], { momentum }] : [[], {}];
    const slots = ["squareAvg", ...(centered ? ["gradAvg"] : []), ...velocity];
    super("rmsprop", options, { lr: 1e-2, slots, ...cycled });
    this.#alpha = alpha;
    this.#eps = eps;
    this.#centered = centered;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { momentum: this.momentum ?? 0, alpha: this.#alpha, eps: this.#eps, centered: this.#centered };
  }

  /** @internal */
  protected override hyper(_step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    const own = { alpha: this.#alpha, rest: 1 - this.#alpha, eps: this.#eps };
    return packRmspropHyper({ lr, weightDecay, l1, shrink: 1, momentum: this.momentum ?? 0, ...own });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [v, second, third] = slots as [Operand, Operand?, Operand?];
    if (!second) return call("rmsprop", block, gradient, v, hyper, block.size);
    if (third) return call("rmspropCenteredMomentum", block, gradient, v, second, third, hyper, block.size);
    return call(this.#centered ? "rmspropCentered" : "rmspropMomentum", block, gradient, v, second, hyper, block.size);
  }
}

/**
 * RMSprop: divides steps by the root of a running mean square. Default: lr 1e-2. See {@link Rmsprop}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function rmsprop(options?: RmspropOptions): Rmsprop {
  return new Rmsprop(options);
}
