import { requireBelowOne, requireInstance, requireWhole, requireWithin } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { ParameterGroup } from "../group.ts";
import { Optimizer } from "../optimizer.ts";
import { loadedSchedule, readerOf, scheduleState } from "./schedule-state.ts";

/** Learning rates as functions of the step, counted from 0. */
export interface Course {
  /** The learning rate of a group at a step. @param initial the group's initial learning rate @param group its index */
  readonly lr: (step: number, initial: number, group: number) => number;
  /** The optimizer's momentum at a step. Default: unchanged. */
  readonly momentum?: (step: number) => number;
  /** The steps of the schedules that it consists of, at a step. Default: it is one. @internal */
  readonly parts?: (step: number) => readonly number[];
}

/** A schedule that `fit` can advance: by step, as `Scheduler`, or by a metric, as `ReduceLrOnPlateau`. */
export interface Advancing {
  readonly optimizer: Optimizer;
  /** @param metric the loss, for schedules that depend on it */
  step(metric: number): void;
  /** What `loadStateDict` needs to go on from here. */
  stateDict?(): StateRecord;
  loadStateDict?(state: StateRecord): void;
}

/**
 * Sets the learning rate of every group of an optimizer by `course`, a function of the step and of the group's initial
 * rate: its rate when the first scheduler is constructed. The constructor sets rates for step 0, `step` for the next step.
 */
export class Scheduler implements Advancing {
  #steps = 0;

  /** @throws TypeError when `optimizer` is not an optimizer, or has no momentum and the course sets it */
  constructor(
    readonly name: string,
    readonly optimizer: Optimizer,
    readonly course: Course,
  ) {
    requireOptimizer(name, optimizer);
    for (const group of optimizer.groups) group.initialLr ??= group.lr;
    this.#set(0);
  }

  /** Advances by a step: an epoch or an update, as the caller counts. */
  step(): void {
    this.#set(this.#steps + 1);
  }

  /** Steps so far. Set it to resume a training at a step. */
  get steps(): number {
    return this.#steps;
  }

  set steps(steps: number) {
    requireWhole(this.name, "steps", steps, 0);
    this.#set(steps);
  }

  /** Step, initial and current rates, by PyTorch's names: `{ last_epoch, base_lrs, _last_lr, ... }`. */
  stateDict(): StateRecord {
    return scheduleState(this.optimizer, this.#steps, this.course.parts?.(this.#steps));
  }

  /**
   * Restores step and initial rates from `stateDict`, of this library or of PyTorch, and sets the rates of that step by this
   * schedule's course, whose options are not compared. An optimizer's state has the rates too: load it after its schedules
   * if they were set by other code.
   * @throws StateDictError when the state is not one of this schedule, with all that differs; then nothing changes
   */
  loadStateDict(state: StateRecord): void {
    const reader = readerOf(this.name);
    const { step, initial } = loadedSchedule(reader, state, this.optimizer);
    reader.attempt(() => {
      this.#ratesAt(step, initial);
      this.#momentumAt(step);
    });
    reader.finish();
    for (const [group, rate] of initial) group.initialLr = rate;
    this.#set(step);
  }

  /** @throws RangeError when a learning rate is invalid */
  #ratesAt(step: number, initial?: ReadonlyMap<ParameterGroup, number>): readonly number[] {
    const rates = this.optimizer.groups.map((group, i) =>
      this.course.lr(step, initial?.get(group) ?? group.initialLr ?? group.lr, i),
    );
    for (const rate of rates) requireWithin(this.name, "the learning rate", rate, 0, Infinity);
    return rates;
  }

  /** @throws RangeError when the momentum is invalid */
  #momentumAt(step: number): number | undefined {
    const momentum = this.course.momentum?.(step);
    if (momentum !== undefined) requireBelowOne(this.optimizer.name, "momentum", momentum);
    return momentum;
  }

  /** @throws RangeError when a learning rate or the momentum is invalid; nothing changes then */
  #set(step: number): void {
    const { groups } = this.optimizer;
    const rates = this.#ratesAt(step);
    const momentum = this.#momentumAt(step);
    if (momentum !== undefined) this.optimizer.momentum = momentum;
    groups.forEach((group, i) => {
      group.lr = rates[i] ?? NaN;
    });
    this.#steps = step;
  }
}

/** @throws TypeError unless `optimizer` is one */
export function requireOptimizer(where: string, optimizer: unknown): void {
  requireInstance(where, "optimizer", optimizer, Optimizer, "an optimizer");
}
