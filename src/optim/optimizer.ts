import { requireBelowOne } from "../base/errors.ts";
import { Operand } from "../graph/operand.ts";
import { INSPECT } from "../base/inspect.ts";
import { KIND, Kind } from "../base/kind.ts";
import type { Named } from "../nn/module/selection.ts";
import { view } from "../ops/shape/view.ts";
import type { Call } from "../graph/call.ts";
import { Variable } from "../memory/variable.ts";
import { floats } from "../memory/memory.ts";
import {
  GROUP_OPTIONS,
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

/** The names of the options that every optimizer has. */
export const OPTIMIZER_OPTIONS = [...GROUP_OPTIONS, "groups"];

/** What an optimizer is made of, beside its options. */
interface Description {
  readonly lr: number;
  readonly weightDecay?: number;
  /** How many numbers the kernel reads. */
  readonly numbers: number;
  /** What is remembered of each parameter from step to step, by PyTorch's names. */
  readonly slots: readonly string[];
  /** What the slots hold before the first step. Default: 0. */
  readonly initial?: number;
  /** What a one-cycle schedule may change: the momentum, or the first of the betas. */
  readonly momentum?: number;
}

const KIND_OF_OPTIMIZERS = new Kind("an optimizer");

/** How parameters change by their gradients. One optimizer serves one trainer. */
export abstract class Optimizer {
  /** First that of the parameters that no other has, then those asked for; their learning rates may be set. */
  readonly groups: readonly [ParameterGroup, ...ParameterGroup[]];
  readonly #description: Description;
  /** Each as long as all parameters together. */
  #slots: Variable[] | undefined;
  #steps = 0;
  #momentum: number | undefined;

  /** @internal */
  protected constructor(
    readonly name: string,
    options: OptimizerOptions,
    description: Description,
  ) {
    const { lr, weightDecay = 0, numbers, momentum } = description;
    this.groups = groupsOf(name, options, { lr, weightDecay }, options.groups ?? [], numbers);
    this.#description = description;
    this.#momentum = momentum;
  }

  /** The learning rate from the next step on, of the parameters that are in no group. */
  get lr(): number {
    return this.groups[0].lr;
  }

  set lr(lr: number) {
    this.groups[0].lr = lr;
  }

  /** The momentum or the first of the betas from the next step on; undefined for an optimizer that has neither. */
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

  /** How many steps were taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes charge of a model's parameters, and gives them in the order in which it counts them: group by group.
   * @throws TypeError when it serves another trainer, or the groups do not fit the model
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

  /** Undoes `attach`, for a trainer that could not be made. @internal */
  detach(): void {
    this.#slots = undefined;
  }

  /**
   * Changes the parameters in `block`, which are those from `offset` on of all that were attached, all of one group.
   * @internal
   */
  update(block: Operand, gradient: Operand, offset: number, { hyper }: ParameterGroup): Operand {
    const slots = (this.#slots ?? []).map((slot) => view(slot.operation, slot, [block.size], offset, () => null));
    return new Operand(this.name, [0], [block, gradient, ...slots, hyper], {
      calls: () => [this.call(block, gradient, slots, hyper)],
      flops: this.flopsPerParameter * block.size,
    });
  }

  /** Sets the numbers of the next step; it counts once `afterStep` says that it ran. @internal */
  prepare(): void {
    for (const group of this.groups) {
      const values = this.hyper(this.#steps + 1, group);
      const memory = floats();
      const start = group.hyper.address / 4;
      for (let i = 0; i < values.length; i++) memory[start + i] = values[i] ?? 0;
    }
  }

  /** @internal */
  afterStep(): void {
    this.#steps++;
  }

  /** `adam lr 0.2`, and the learning rates of groups after it: `adam lr 0.2, 0.01`. */
  toString(): string {
    return `${this.name} lr ${this.groups.map(({ lr }) => lr).join(", ")}`;
  }

  /** What `console.log` prints: the line of `toString`. */
  [INSPECT](): string {
    return String(this);
  }

  get [KIND](): Kind {
    return KIND_OF_OPTIMIZERS;
  }

  /** @internal */
  protected abstract readonly flopsPerParameter: number;

  /** The numbers that the kernel reads at a step, counted from 1. @internal */
  protected abstract hyper(step: number, group: ParameterGroup): readonly number[];

  /** @param slots as many as the description names @internal */
  protected abstract call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call;
}
