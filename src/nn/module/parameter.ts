import { requireSwitch } from "../../base/errors.ts";
import { Variable } from "../../memory/variable.ts";
import type { Shape } from "../../base/tensor.ts";
import { numbersFor } from "./assign.ts";

let changes = 0;

/** Number of changes of masks and of `requiresGrad` in all parameters; programs that update parameters depend on both. */
export function trainableEpoch(): number {
  return changes;
}

/** A learned variable of a module. Initially 0. */
export class Parameter extends Variable {
  #isUsed = false;
  #initialize: (() => void) | undefined;
  #mask: Variable | undefined;
  #requiresGrad = true;

  constructor(shape: Shape) {
    super("parameter", shape);
  }

  /** @internal */
  override materialize(): void {
    this.#isUsed = true;
    const initialize = this.#initialize;
    this.#initialize = undefined;
    initialize?.();
  }

  /**
   * Sets initial values by `fill`, deferred to the first use, so that loading weights draws no random numbers; pruned ones
   * stay 0.
   * @internal
   */
  initialize(fill: () => void): void {
    if (!this.#isUsed) {
      this.#initialize = fill;
      return;
    }
    fill();
    this.#applyMask();
  }

  /** Runs `change` after initial values are computed. @internal */
  amend(change: () => void): void {
    const fill = this.#initialize;
    this.initialize(() => {
      fill?.();
      change();
    });
  }

  /**
   * Overwrites all numbers, or replaces initial values not yet computed; pruned ones stay 0.
   * @throws ShapeError when their number is not the size of the parameter
   * @throws TypeError when one is not a number
   */
  assign(values: ArrayLike<number>): void {
    const numbers = numbersFor("parameter", this, values);
    this.#initialize = undefined;
    this.write().set(numbers);
    this.#applyMask();
  }

  /** 1 for learned numbers, 0 for pruned ones, which stay 0. Default: undefined, all are learned. */
  get mask(): Variable | undefined {
    return this.#mask;
  }

  set mask(mask: Variable | undefined) {
    changes++;
    this.#mask = mask;
    this.#applyMask();
  }

  /**
   * Whether trainers learn the parameter. If false, it is frozen: no gradient is computed for it, and neither the optimizer
   * nor weight decay, penalties, momentum or max-norm change it. Its optimizer state stays for later. Default: true.
   * @throws TypeError when set to anything but true or false
   */
  get requiresGrad(): boolean {
    return this.#requiresGrad;
  }

  set requiresGrad(requiresGrad: boolean) {
    requireSwitch("parameter", "requiresGrad", requiresGrad);
    if (requiresGrad !== this.#requiresGrad) changes++;
    this.#requiresGrad = requiresGrad;
  }

  #applyMask(): void {
    if (!this.#mask) return;
    const values = this.write();
    this.#mask.read().forEach((isLearned, i) => {
      if (isLearned === 0) values[i] = 0;
    });
  }
}
