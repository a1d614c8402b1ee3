import { requireKnown, requireWithin } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../runtime/call.ts";
import { Optimizer, type OptimizerOptions } from "./optimizer.ts";

export interface SgdOptions extends OptimizerOptions {
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: v = momentum v + (1 - dampening) g, parameter -= lr v, or with Nesterov's look ahead
 * parameter -= lr (g + momentum v).
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.SGD.html (lr 1e-3 where left out)
 *
 * @throws RangeError when an option is out of its range, or nesterov is without momentum or with dampening
 * @throws TypeError when an option is unknown
 */
export class Sgd extends Optimizer {
  protected override readonly flopsPerParameter = 6;
  readonly #options: Required<Omit<SgdOptions, "lr">>;

  constructor(options: SgdOptions = {}) {
    requireKnown("sgd", options, ["lr", "momentum", "dampening", "nesterov", "weightDecay", "l1"]);
    const { lr = 1e-3, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0, l1 = 0 } = options;
    requireWithin("sgd", "momentum", momentum, 0, Infinity);
    requireWithin("sgd", "dampening", dampening, 0, 1);
    requireWithin("sgd", "weightDecay", weightDecay, 0, Infinity);
    requireWithin("sgd", "l1", l1, 0, Infinity);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new RangeError(`sgd: nesterov needs momentum above 0 and dampening 0; got ${momentum} and ${dampening}`);
    }
    super("sgd", lr, 5, momentum > 0 ? ["momentumBuffer"] : []);
    this.#options = { momentum, dampening, nesterov, weightDecay, l1 };
  }

  protected override hyper(step: number): readonly number[] {
    const { momentum, dampening, weightDecay, l1 } = this.#options;
    // The first gradient enters undamped, as in PyTorch.
    return [this.lr, weightDecay, l1, momentum, step === 1 ? 1 : 1 - dampening];
  }

  protected override call(block: Operand, gradient: Operand, [velocity]: readonly Operand[], hyper: Operand): Call {
    if (!velocity) return call("sgd", block, gradient, hyper, block.size);
    const kernel = this.#options.nesterov ? "sgdNesterov" : "sgdMomentum";
    return call(kernel, block, gradient, velocity, hyper, block.size);
  }
}

/**
 * Stochastic gradient descent; see {@link Sgd}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function sgd(options?: SgdOptions): Sgd {
  return new Sgd(options);
}
