import { requireInstance, requireWhole, requireWithin } from "../../base/errors.ts";
import { Optimizer } from "../optimizer.ts";

/** Learning rates as functions of the step, counted from 0. */
export interface Course {
  /** The learning rate of a group at a step. @param initial the group's initial learning rate @param group its index */
  readonly lr: (step: number, initial: number, group: number) => number;
  /** The optimizer's momentum at a step. Default: unchanged. */
  readonly momentum?: (step: number) => number;
}

/** A schedule that `fit` can advance: by step, as `Scheduler`, or by a metric, as `ReduceLrOnPlateau`. */
export interface Advancing {
  readonly optimizer: Optimizer;
  /** @param metric the loss, for schedules that depend on it */
  step(metric: number): void;
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

  /** @throws RangeError when a learning rate is invalid; none changes then */
  #set(step: number): void {
    const { groups } = this.optimizer;
    const rates = groups.map((group, i) => this.course.lr(step, group.initialLr ?? group.lr, i));
    for (const rate of rates) requireWithin(this.name, "the learning rate", rate, 0, Infinity);
    const momentum = this.course.momentum?.(step);
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
