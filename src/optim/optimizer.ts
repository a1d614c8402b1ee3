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
import { StateReader } from "../base/state-reader.ts";
import type { StateRecord } from "../base/state-tree.ts";
import { loadedOptimizer, optimizerState, writeSlots } from "./state/optimizer-state.ts";
import type { Hyperparameters, OptimizerParts, OptimizerState, Scalars } from "./state/parts.ts";
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
  /** Value of all slots before the first step, if PyTorch makes them before it. Default: 0, made at the first step. */
  readonly initial?: number;
  /** Whether PyTorch's optimizer saves a count of steps. Default: true. */
  readonly countsSteps?: boolean;
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
  #members: readonly Member[] = [];
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

  /** `groups`, without the first if it has no parameters. @internal */
  get filledGroups(): readonly ParameterGroup[] {
    return this.groups.filter((group, i) => i > 0 || this.#members.some((member) => member.group === group));
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
    this.#members = members;
    return members;
  }

  /** Undoes `attach`, after the constructor of a trainer failed. @internal */
  detach(): void {
    this.#slots = undefined;
    this.#members = [];
  }

  /**
   * Copies of all state by PyTorch's names: `{ state: { 0: { step, exp_avg, ... }, ... }, param_groups: [{ lr, ... }] }`.
   *
   * Parameters are counted group by group, first those of the model that are in no group of the options, within a group in
   * the model's order. `param_groups` are `groups`: the first may have no `params`. Without `groups` in the options these
   * are the indices of PyTorch's optimizer of `model.parameters()`. Only groups with them have `l1` and `max_norm`.
   * @throws TypeError when the optimizer has no trainer yet
   */
  stateDict(): OptimizerState {
    return optimizerState(this.#parts("stateDict"));
  }

  /**
   * Restores state from `stateDict`, of this library or of PyTorch; it may have passed through JSON or `structuredClone`.
   *
   * Restored are slots, count of steps, learning rates and momentum. Parameters without an entry start as new ones; all
   * others must have made the same count of steps. Other hyperparameters must be those of this optimizer. PyTorch's SGD
   * saves no count of steps: it is 1 after loading if there is a velocity. A first group without parameters may be absent.
   * @throws StateDictError when the state is not one of this optimizer, with all that differs; then nothing changes
   * @throws TypeError when the optimizer has no trainer yet
   */
  loadStateDict(state: StateRecord): void {
    const reader = new StateReader(`${this.name}: loadStateDict: the state must be one of this optimizer`);
    const apply = this.prepareLoading(reader, state, "loadStateDict");
    reader.finish();
    apply();
  }

  /** Checks a state, with problems for the reader, and returns a function that restores it. @internal */
  prepareLoading(reader: StateReader, state: unknown, where: string): () => void {
    const parts = this.#parts(where);
    const loaded = loadedOptimizer(reader, state, parts);
    return () => {
      writeSlots(parts, loaded);
      for (const { group, lr, initialLr } of loaded.rates) {
        group.lr = lr;
        if (initialLr !== undefined) group.initialLr = initialLr;
      }
      this.#momentum = loaded.momentum;
      this.#steps = loaded.steps;
      this.restore(loaded.scalars);
    };
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

  #parts(where: string): OptimizerParts {
    if (!this.#slots) {
      throw new TypeError(`${this.name}: ${where} must be called for an optimizer of a trainer; got one without`);
    }
    const { initial, countsSteps = true } = this.#description;
    return {
      groups: this.groups,
      filledGroups: this.filledGroups,
      members: this.#members,
      slots: this.#slots,
      initial,
      countsSteps,
      steps: this.#steps,
      momentum: this.#momentum,
      scalars: this.scalars,
      hyperparameters: this.hyperparameters,
      fixed: this.fixed,
    };
  }

  /** Options besides those of groups, by PyTorch's names. @internal */
  protected abstract get hyperparameters(): Hyperparameters;

  /** PyTorch's switches that are another optimizer here, and their value for this one. @internal */
  protected get fixed(): Readonly<Record<string, boolean>> {
    return {};
  }

  /** Numbers that change from step to step and are the same for all parameters, by PyTorch's names. @internal */
  protected get scalars(): Scalars {
    return {};
  }

  /** Restores `scalars`; none if no step ran. @internal */
  protected restore(_scalars: Scalars): void {
    // Most have none.
  }

  /** Floating-point operations of a step per parameter. @internal */
  protected abstract readonly flopsPerParameter: number;

  /** The numbers that the kernel reads at a step, counted from 1. @internal */
  protected abstract hyper(step: number, group: ParameterGroup): readonly number[];

  /** The kernel call that changes a block. @param slots state of the block, in the order of the description @internal */
  protected abstract call(block: Operand, gradient: Operand, slots: readonly Operand[], hyper: Operand): Call;
}
