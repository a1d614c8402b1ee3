import { requireBelowOne } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import type { Defaults } from "../base/options.ts";
import { INSPECT } from "../base/inspect.ts";
import { KIND, Kind } from "../base/kind.ts";
import type { Named } from "../nn/module/selection.ts";
import { view } from "../ops/shape/view.ts";
import type { Call } from "../graph/call.ts";
import { Variable } from "../memory/variable.ts";
import { floats } from "../memory/memory.ts";
import {
  GROUP_DEFAULTS,
  type GroupOptions,
  type Member,
  type ParameterGroup,
  type ParameterGroupOptions,
  groupsOf,
  membersOf,
} from "./group.ts";

/** Options that every optimizer has. */
export interface OptimizerOptions extends GroupOptions {
  /** Parameters with options of their own; each parameter in one group at most. */
  readonly groups?: readonly ParameterGroupOptions[];
}

/** Options that every optimizer has, without defaults: those of learning rate and decay depend on the optimizer. */
export const OPTIMIZER_DEFAULTS = {
  ...GROUP_DEFAULTS,
  groups: undefined,
} as const satisfies Defaults<OptimizerOptions>;

/** What distinguishes an optimizer, besides its options. */
interface Description {
  readonly lr: number;
  readonly weightDecay?: number;
  /** State of each parameter from step to step, by PyTorch's names. */
  readonly slots: readonly string[];
  /** Value of all slots before the first step. Default: 0. */
  readonly initial?: number;
  /** The momentum or the first of the betas, which a one-cycle schedule may change. */
  readonly momentum?: number;
}

const KIND_OF_OPTIMIZERS = new Kind("an optimizer");

/** Changes parameters by their gradients. An optimizer has one trainer. */
export abstract class Optimizer {
  /** The group of all parameters in no other group, then the groups of the options. Their `lr` may be set. */
  readonly groups: readonly [ParameterGroup, ...ParameterGroup[]];
  readonly #description: Description;
  /** State of all parameters, one variable for each slot; undefined before `attach`. */
  #slots: Variable[] | undefined;
  #steps = 0;
  #momentum: number | undefined;

  /** @internal */
  protected constructor(
    readonly name: string,
    options: OptimizerOptions,
    description: Description,
  ) {
    const { lr, weightDecay = 0, momentum } = description;
    this.groups = groupsOf(name, options, { lr, weightDecay }, options.groups ?? []);
    this.#description = description;
    this.#momentum = momentum;
  }

  /** The learning rate, from the next step on, of parameters that are in no group of the options. */
  get lr(): number {
    return this.groups[0].lr;
  }

  set lr(lr: number) {
    this.groups[0].lr = lr;
  }

  /** The momentum or the first of the betas, from the next step on; undefined for an optimizer without them. */
  get momentum(): number | undefined {
    return this.#momentum;
  }

  set momentum(momentum: number) {
    if (this.#momentum === undefined) {
      throw new TypeError(`${this.name}: momentum must be one that it was made with; got ${momentum} for none`);
    }
    requireBelowOne(this.name, "momentum", momentum);
    this.#momentum = momentum;
  }

  /** Count of steps so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Makes state for a model's parameters, and returns them in the optimizer's order: group by group.
   * @throws TypeError when it is attached already, or the groups do not fit the model
   * @internal
   */
  attach(parameters: readonly Named[]): readonly Member[] {
    if (this.#slots) throw new TypeError(`${this.name}: an optimizer must serve one trainer; got a second`);
    const members = membersOf(this.name, this.groups, parameters);
    const size = members.reduce((sum, { parameter }) => sum + parameter.size, 0);
    const { slots, initial = 0 } = this.#description;
    this.#slots = slots.map((name) => {
      const slot = new Variable(name, [size]);
      if (initial !== 0) slot.write().fill(initial);
      return slot;
    });
    return members;
  }

  /** Undoes `attach`, after the constructor of a trainer failed. @internal */
  detach(): void {
    this.#slots = undefined;
  }

  /**
   * The operand that changes the parameters in `block`, all of one group.
   * @param offset floats from the start of all attached parameters to the block
   * @internal
   */
  update(block: Operand, gradient: Operand, offset: number, { hyper }: ParameterGroup): Operand {
    const slots = (this.#slots ?? []).map((slot) => view(slot.operation, slot, [block.size], offset, () => null));
    return new Operand(this.name, [0], [block, gradient, ...slots, hyper], {
      calls: () => [this.call(block, gradient, slots, hyper)],
      flops: this.flopsPerParameter * block.size,
    });
  }

  /** Writes the numbers that the kernel reads at the next step. @internal */
  prepare(): void {
    for (const group of this.groups) {
      const values = this.hyper(this.#steps + 1, group);
      const memory = floats();
      const start = group.hyper.address / 4;
      for (let i = 0; i < values.length; i++) memory[start + i] = values[i] ?? 0;
    }
  }

  /** Counts a step that ran. @internal */
  afterStep(): void {
    this.#steps++;
  }

  /** `adam lr 0.2`, and the learning rates of groups after it: `adam lr 0.2, 0.01`. */
  toString(): string {
    return `${this.name} lr ${this.groups.map(({ lr }) => lr).join(", ")}`;
  }

  /** The text that `console.log` prints: the line of `toString`. */
  [INSPECT](): string {
    return String(this);
  }

  get [KIND](): Kind {
    return KIND_OF_OPTIMIZERS;
  }

  /** Floating-point operations of a step per parameter. @internal */
  protected abstract readonly flopsPerParameter: number;

  /** The numbers that the kernel reads at a step, counted from 1. @internal */
  protected abstract hyper(step: number, group: ParameterGroup): readonly number[];

  /** The kernel call that changes a block. @param slots state of the block, in the order of the description @internal */
  protected abstract call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call;
}
