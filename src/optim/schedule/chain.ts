import { shown } from "../../base/errors.ts";
import type { Optimizer } from "../optimizer.ts";
import { type Course, Scheduler } from "./scheduler.ts";
import { requireAscending } from "./schedules.ts";

/**
 * One scheduler after another: the first up to milestones[0], from there the second, counted from 0 again, and so on.
 * A warm-up before cosine annealing is `sequentialLr(optimizer, [linearLr(optimizer), cosineAnnealingLr(optimizer, 95)], [5])`.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
 * @param schedulers of this optimizer; do not call their `step`
 * @throws RangeError when milestones are not one fewer than schedulers, or do not ascend
 * @throws TypeError when a scheduler is for another optimizer
 */
export function sequentialLr(
  optimizer: Optimizer,
  schedulers: readonly Scheduler[],
  milestones: readonly number[],
): Scheduler {
  const where = "sequentialLr";
  const courses = coursesOf(where, schedulers, optimizer);
  requireAscending(where, milestones);
  if (milestones.length !== courses.length - 1) {
    throw new RangeError(
      `${where}: there must be one milestone fewer than the ${courses.length} schedulers; got ${milestones.length}`,
    );
  }
  const at = (step: number): { course: Course | undefined; since: number } => {
    const index = milestones.filter((milestone) => milestone <= step).length;
    return { course: courses[index], since: step - (milestones[index - 1] ?? 0) };
  };
  return new Scheduler(where, optimizer, {
    lr: (step, initial, group) => {
      const { course, since } = at(step);
      return course?.lr(since, initial, group) ?? NaN;
    },
    ...(courses.some(({ momentum }) => momentum) && {
      momentum: (step) => {
        const { course, since } = at(step);
        return course?.momentum?.(since) ?? optimizer.momentum ?? NaN;
      },
    }),
    // A schedule that has ended stays at its last step.
    parts: (step) =>
      courses.map((_, i) => Math.max(0, Math.min(step, (milestones[i] ?? Infinity) - 1) - (milestones[i - 1] ?? 0))),
  });
}

/**
 * Several schedulers at once: each starts from the learning rate of the one before it, so factors are multiplied.
 *
 * Source: https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
 * @param schedulers of one optimizer; do not call their `step`
 * @throws TypeError when there is none, or they have several optimizers
 */
export function chainedScheduler(schedulers: readonly Scheduler[]): Scheduler {
  const where = "chainedScheduler";
  const [first] = Array.isArray(schedulers) ? (schedulers as readonly Scheduler[]) : [];
  const courses = coursesOf(where, schedulers, first?.optimizer);
  const momentum = courses.findLast((course) => course.momentum)?.momentum;
  return new Scheduler(where, (first as Scheduler).optimizer, {
    lr: (step, initial, group) => courses.reduce((lr, course) => course.lr(step, lr, group), initial),
    ...(momentum && { momentum }),
    parts: (step) => courses.map(() => step),
  });
}

function coursesOf(
  where: string,
  schedulers: readonly Scheduler[],
  optimizer: Optimizer | undefined,
): readonly Course[] {
  if (!Array.isArray(schedulers) || schedulers.length === 0) {
    throw new TypeError(`${where}: there must be schedulers; got ${shown(schedulers)}`);
  }
  return schedulers.map((scheduler: unknown, i) => {
    if (!(scheduler instanceof Scheduler)) {
      throw new TypeError(`${where}: schedulers[${i}] must be one whose rate follows from the step; got another`);
    }
    if (scheduler.optimizer !== optimizer) {
      throw new TypeError(`${where}: all schedulers must be for one optimizer; got schedulers[${i}] for another`);
    }
    return scheduler.course;
  });
}
