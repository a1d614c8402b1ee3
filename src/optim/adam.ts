import { requireKnown, requirePositive, requireWithin } from "../errors.ts";
import type { Operand } from "../graph/operand.ts";
import { type Call, call } from "../runtime/call.ts";
import { Optimizer, type OptimizerOptions } from "./optimizer.ts";

export interface AdamOptions extends OptimizerOptions {
  /** How fast the running means of the gradient and of its square forget, each in [0, 1). */
  readonly betas?: readonly [number, number];
  /** What is added to √v, above 0. */
  readonly eps?: number;
  /** Whether the largest v so far takes the place of v. */
  readonly amsgrad?: boolean;
}

/**
 * Adam: running means m of the gradient and v of its square, corrected for their start at 0;
 * parameter -= lr m / (√v + eps). AdamW shrinks the parameter by 1 - lr weightDecay instead of adding to the gradient.
 *
 * Source: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101
 *
 * @throws RangeError when an option is out of its range
 * @throws TypeError when an option is unknown, or betas are not two
 */
export class Adam extends Optimizer {
  protected override readonly flopsPerParameter = 14;
  readonly #betas: readonly [number, number];
  readonly #fixed: { readonly eps: number; readonly weightDecay: number; readonly l1: number };
  readonly #decoupled: boolean;

  constructor(name: "adam" | "adamW", options: AdamOptions = {}) {
    requireKnown(name, options, ["lr", "betas", "eps", "weightDecay", "l1", "amsgrad"]);
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, amsgrad = false, l1 = 0 } = options;
    const { weightDecay = name === "adamW" ? 1e-2 : 0 } = options;
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw new TypeError(`${name}: betas must be two numbers; got ${JSON.stringify(betas)}`);
    }
    betas.forEach((beta, i) => {
      if (!(beta >= 0 && beta < 1)) throw new RangeError(`${name}: betas[${i}] must be from 0 to below 1; got ${beta}`);
    });
    requirePositive(name, "eps", eps);
    requireWithin(name, "weightDecay", weightDecay, 0, Infinity);
    requireWithin(name, "l1", l1, 0, Infinity);
    super(name, lr, 10, amsgrad ? ["expAvg", "expAvgSq", "maxExpAvgSq"] : ["expAvg", "expAvgSq"]);
    this.#betas = betas;
    this.#fixed = { eps, weightDecay, l1 };
    this.#decoupled = name === "adamW";
  }

  protected override hyper(step: number): readonly number[] {
    const [beta1, beta2] = this.#betas;
    const { eps, weightDecay, l1 } = this.#fixed;
    const stepSize = this.lr / (1 - beta1 ** step);
    const correction = 1 / Math.sqrt(1 - beta2 ** step);
    const decay = this.#decoupled ? [0, l1, 1 - this.lr * weightDecay] : [weightDecay, l1, 1];
    return [stepSize, correction, beta1, beta2, eps, ...decay, 1 - beta1, 1 - beta2];
  }

  protected override call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call {
    const [m, v, vMax] = slots;
    if (!m || !v) throw new TypeError(`${this.name}: the optimizer must be attached before it updates`);
    if (!vMax) return call("adam", block, gradient, m, v, hyper, block.size);
    return call("adamAmsgrad", block, gradient, m, v, vMax, hyper, block.size);
  }
}

/**
 * Adam, weight decay added to the gradient; see {@link Adam}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adam(options?: AdamOptions): Adam {
  return new Adam("adam", options);
}

/**
 * Adam with decoupled weight decay, 1e-2 where left out; see {@link Adam}.
 * @throws RangeError or TypeError when an option is out of its range or unknown
 */
export function adamW(options?: AdamOptions): Adam {
  return new Adam("adamW", options);
}
