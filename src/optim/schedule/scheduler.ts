import { requireInstance, requireWhole, requireWithin } from "../../base/errors.ts";
import { Optimizer } from "../optimizer.ts";

/** How learning rates go: functions of the step, counted from 0, so that any step can be asked for. */
export interface Course {
  /** The learning rate of a group at a step, by the one that it starts from. */
  readonly lr: (step: number, initial: number, group: number) => number;
  /** What the optimizer's momentum is at a step, where the course says that too. */
  readonly momentum?: (step: number) => number;
}

/** What `fit` can advance: a scheduler, or one that looks at how well it goes. */
export interface Advancing {
  readonly optimizer: Optimizer;
  /** @param metric how well it goes, where that matters */
  step(metric: number): void;
}

/**
 * Sets the learning rate of every group of an optimizer, each by a course from its own initial one: that which it had
 * when the first scheduler was made for it. Made, it sets them for step 0; `step` goes on to the next.
 */
export class Scheduler implements Advancing {
  #steps = 0;

  /** @throws TypeError when there is no optimizer, or the course needs a momentum that it has not */
  constructor(
    readonly name: string,
    readonly optimizer: Optimizer,
    readonly course: Course,
  ) {
    requireOptimizer(name, optimizer);
    for (const group of optimizer.groups) group.initialLr ??= group.lr;
    this.#set(0);
  }

  /** Goes on to the next step, an epoch or an update as the caller has it. */
  step(): void {
    this.#set(this.#steps + 1);
  }

  /** How often it went on; set, it goes to that step at once, as when a training is resumed. */
  get steps(): number {
    return this.#steps;
  }

  set steps(steps: number) {
    requireWhole(this.name, "steps", steps, 0);
    this.#set(steps);
  }

  /** Where a learning rate cannot be had, none is changed. */
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

/** Refuses what is not an optimizer. */
export function requireOptimizer(where: string, optimizer: unknown): void {
  requireInstance(where, "optimizer", optimizer, Optimizer, "an optimizer");
}
