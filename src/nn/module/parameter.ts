import { requireSwitch } from "../../base/errors.ts";
import { Variable } from "../../memory/variable.ts";
import type { Shape } from "../../base/tensor.ts";
import { numbersFor } from "./assign.ts";

let changes = 0;

/** Counts changes of masks and of `requiresGrad` in all parameters: programs that update parameters depend on both. */
export function trainableEpoch(): number {
  return changes;
}

/** An operand that lasts and is learned; it belongs to a module. Its numbers are zero until something sets them. */
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

  /** Fills it by `fill`: before its numbers are first used, so that a model whose weights are loaded draws none. @internal */
  initialize(fill: () => void): void {
    if (this.#isUsed) fill();
    else this.#initialize = fill;
  }

  /** Has `change` done to its initial values, once they are there. @internal */
  amend(change: () => void): void {
    const fill = this.#initialize;
    this.initialize(() => {
      fill?.();
      change();
    });
  }

  /**
   * Takes other numbers, in place of those that it has or was to have; those that were pruned stay 0.
   * @throws ShapeError when there are not as many as it has
   * @throws TypeError when one is no number
   */
  assign(values: ArrayLike<number>): void {
    const numbers = numbersFor("parameter", this, values);
    this.#initialize = undefined;
    this.write().set(numbers);
    this.#cover();
  }

  /** 1 where a number is learned, 0 where it was pruned and stays 0; undefined where all are learned. */
  get mask(): Variable | undefined {
    return this.#mask;
  }

  set mask(mask: Variable | undefined) {
    changes++;
    this.#mask = mask;
    this.#cover();
  }

  /**
   * Whether trainers learn it. Where false it is frozen: no gradient is computed for it, and neither the optimizer nor
   * weight decay, penalties, momentum or max-norm change it; thawed, it goes on with its optimizer state. Default: true.
   * @throws TypeError when it is set to what is neither true nor false
   */
  get requiresGrad(): boolean {
    return this.#requiresGrad;
  }

  set requiresGrad(requiresGrad: boolean) {
    requireSwitch("parameter", "requiresGrad", requiresGrad);
    if (requiresGrad !== this.#requiresGrad) changes++;
    this.#requiresGrad = requiresGrad;
  }

  #cover(): void {
    if (!this.#mask) return;
    const values = this.write();
    this.#mask.read().forEach((isLearned, i) => {
      if (isLearned === 0) values[i] = 0;
    });
  }
}
