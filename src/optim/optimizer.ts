import { requireWithin } from "../errors.ts";
import { Operand } from "../graph/operand.ts";
import { view } from "../ops/shape.ts";
import type { Call } from "../runtime/call.ts";
import { Lasting } from "../runtime/lasting.ts";
import { floats } from "../runtime/memory.ts";

/** Options that every optimizer has. */
export interface OptimizerOptions {
  /** Learning rate, at least 0. */
  readonly lr?: number;
  /** L2: this times the parameter is added to its gradient; adamW shrinks the parameter by 1 - lr weightDecay instead. */
  readonly weightDecay?: number;
  /** L1: this times the parameter's sign is added to its gradient. */
  readonly l1?: number;
}

/** How parameters change by their gradients. One optimizer serves one trainer. */
export abstract class Optimizer {
  /** Numbers that the kernel reads at each step, so that a schedule needs no new trace. */
  readonly #hyper: Lasting;
  /** What is remembered of each parameter from step to step, as long as all parameters together. */
  #slots: Lasting[] | undefined;
  #steps = 0;
  #lr: number;

  protected constructor(
    readonly name: string,
    lr: number,
    hyperCount: number,
    readonly slotNames: readonly string[],
  ) {
    requireWithin(name, "lr", lr, 0, Infinity);
    this.#lr = lr;
    this.#hyper = new Lasting("hyper", [hyperCount]);
  }

  /** The learning rate from the next step on. */
  get lr(): number {
    return this.#lr;
  }

  set lr(lr: number) {
    requireWithin(this.name, "lr", lr, 0, Infinity);
    this.#lr = lr;
  }

  /** How many steps were taken. */
  get steps(): number {
    return this.#steps;
  }

  /** Makes room for what is remembered of `size` parameters. */
  attach(size: number): void {
    if (this.#slots) throw new TypeError(`${this.name}: an optimizer must serve one trainer; got a second`);
    this.#slots = this.slotNames.map((name) => new Lasting(name, [size]));
  }

  /** Changes the parameters in `block`, which are those from `offset` on of all that were attached. */
  update(block: Operand, gradient: Operand, offset: number): Operand {
    const slots = (this.#slots ?? []).map((slot) => view(slot.operation, slot, [block.size], offset, () => null));
    const hyper = this.#hyper;
    return new Operand(this.name, [0], [block, gradient, ...slots, hyper], {
      calls: () => [this.call(block, gradient, slots, hyper)],
      flops: this.flopsPerParameter * block.size,
    });
  }

  /** Sets the numbers of the next step; it counts once `taken` says that it ran. */
  prepare(): void {
    const values = this.hyper(this.#steps + 1);
    const memory = floats();
    const start = this.#hyper.address / 4;
    for (let i = 0; i < values.length; i++) memory[start + i] = values[i] ?? 0;
  }

  taken(): void {
    this.#steps++;
  }

  protected abstract readonly flopsPerParameter: number;

  /** The numbers that the kernel reads at a step, counted from 1. */
  protected abstract hyper(step: number): readonly number[];

  protected abstract call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call;
}
