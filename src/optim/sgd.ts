import { packSgdHyper } from "#kernels/contract";
import { requireSwitch, requireWithin } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../graph/call.ts";
import type { ParameterGroup } from "./group.ts";
import { OPTIMIZER_DEFAULTS, Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { Hyperparameters } from "./state/parts.ts";

export interface SgdOptions extends OptimizerOptions {
  /** Factor of the last velocity in the next, at least 0. Default: 0. */
  readonly momentum?: number;
  /** The gradient enters the velocity times 1 - dampening, in [0, 1]. Default: 0. */
  readonly dampening?: number;
  /** Whether to use Nesterov momentum. Default: false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: v = momentum v + (1 - dampening) g, parameter -= lr v; with Nesterov
 * momentum parameter -= lr (g + momentum v).
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 *
 * @throws RangeError when an option is out of its range, or nesterov has no momentum or dampening above 0
 * @throws TypeError when an option is unknown
 */
export class Sgd extends Optimizer {
  /** @internal */
  protected override readonly flopsPerParameter = 6;
  readonly #dampening: number;
  readonly #nesterov: boolean;

  constructor(options: SgdOptions = {}) {
    const { momentum, dampening, nesterov } = withDefaults("sgd", options, {
      ...OPTIMIZER_DEFAULTS,
      momentum: 0,
      dampening: 0,
      nesterov: false,
    });
    requireSwitch("sgd", "nesterov", nesterov);
    requireWithin("sgd", "momentum", momentum, 0, Infinity);
    requireWithin("sgd", "dampening", dampening, 0, 1);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new RangeError(`sgd: nesterov needs momentum above 0 and dampening 0; got ${momentum} and ${dampening}`);
    }
    const [slots, cycled] = momentum > 0 ? [["momentumBuffer"], { momentum }] : [[], {}];
    super("sgd", options, { lr: 1e-3, slots, countsSteps: false, ...cycled });
    this.#dampening = dampening;
    this.#nesterov = nesterov;
  }

  /** @internal */
  protected override get hyperparameters(): Hyperparameters {
    return { momentum: this.momentum ?? 0, dampening: this.#dampening, nesterov: this.#nesterov };
  }

  /** @internal */
  protected override hyper(step: number, { lr, weightDecay, l1 }: ParameterGroup): readonly number[] {
    // Dampening begins with the second step, as in PyTorch.
    return packSgdHyper({
      lr,
      weightDecay,
      l1,
      momentum: this.momentum ?? 0,
      undamped: step === 1 ? 1 : 1 - this.#dampening,
    });
  }

  /** @internal */
  protected override call(block: Operand, gradient: Operand, [velocity]: readonly Operand[], hyper: Operand): Call {
    if (!velocity) return call("sgd", block, gradient, hyper, block.size);
    return call(this.#nesterov ? "sgdNesterov" : "sgdMomentum", block, gradient, velocity, hyper, block.size);
  }
}

/**
 * Stochastic gradient descent, by default without momentum. Default: lr 1e-3. See {@link Sgd}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function sgd(options?: SgdOptions): Sgd {
  return new Sgd(options);
}
