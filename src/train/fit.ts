import { platform } from "#platform";
import { requireKnown, requireOneOf, requireWhole } from "../errors.ts";
import { type Dataset, asDataset } from "../data/dataset.ts";
import { type Advancing, Optimizer } from "../optim/index.ts";
import { feedFor } from "./feed.ts";
import { Progress } from "./progress.ts";
import { Tally } from "./tally.ts";
import type { Evaluation } from "./evaluator.ts";
import type { Trainer } from "./trainer.ts";

export interface FitOptions {
  /** Times the whole data set is gone through; 1 where left out. */
  readonly epochs?: number;
  /** Samples a step; where left out, 32, or all where there are fewer. */
  readonly batchSize?: number;
  /** Whether each epoch draws a new order; true where left out. */
  readonly shuffle?: boolean;
  /** Evaluated after every epoch. */
  readonly validation?: Dataset;
  /**
   * Whether progress is printed: a line for each epoch and, in a terminal, a live bar; where left out, if standard
   * output is a terminal.
   */
  readonly progress?: boolean;
  /** Called after every step. */
  readonly onStep?: (step: Step) => void;
  /** Called after every epoch. */
  readonly onEpoch?: (epoch: Epoch) => void;
  /** An AbortSignal: ends the training after the current step. */
  readonly signal?: { readonly aborted: boolean };
  /** Sets learning rates on the way; one for the trainer's optimizer. */
  readonly schedule?: Advancing;
  /**
   * Whether the schedule goes on after each epoch (where left out), told the loss on the validation set or, without one,
   * in training; or after each update, told the loss of the step.
   */
  readonly scheduleBy?: "epoch" | "step";
}

/** What one step gave. */
export interface Step {
  /** Counted from 1. */
  readonly epoch: number;
  /** Counted from 1 in each epoch. */
  readonly step: number;
  /** The loss before the update. */
  readonly loss: number;
  readonly samples: number;
  /** Time to gather the batch and to learn from it. */
  readonly milliseconds: number;
}

/** What one epoch gave. */
export interface Epoch extends Evaluation {
  /** Counted from 1. */
  readonly epoch: number;
  readonly validation: Evaluation | undefined;
  /** The validation set with the averaged weights, where the trainer has taken in some. */
  readonly averaged: Evaluation | undefined;
  readonly steps: number;
  /** Time spent on training steps. */
  readonly seconds: number;
}

/** What a training gave. */
export interface History {
  readonly epochs: readonly Epoch[];
  /** Whether the signal ended it early; an epoch cut short is not among the epochs. */
  readonly aborted: boolean;
}

const FIT_OPTIONS = "epochs batchSize shuffle validation progress onStep onEpoch signal schedule scheduleBy".split(" ");
const TURN = 50; // ms after which the event loop gets a turn, so that signals and timers are heard

/** Trains for some epochs; see {@link Trainer.fit}. */
export async function fit(trainer: Trainer, given: Dataset, options: FitOptions): Promise<History> {
  const dataset = asDataset("fit", given);
  const { epochs = 1, batchSize = Math.min(32, dataset.length), shuffle = true } = options;
  const { validation, onStep, onEpoch, signal, schedule, scheduleBy = "epoch" } = options;
  requireKnown("fit", options, FIT_OPTIONS);
  requireWhole("fit", "epochs", epochs, 1);
  requireSchedule(trainer, schedule, scheduleBy);
  if (validation) trainer.evaluator.check(asDataset("fit: validation", validation));
  const progress = new Progress(options.progress ?? platform.terminal() !== undefined, epochs, dataset.length);
  const done: Epoch[] = [];
  const former = trainer.model.modules().map((module) => [module, module.training] as const);
  const feed = feedFor(trainer, dataset, { batchSize, shuffle });
  try {
    let turn = performance.now();
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (const [module] of former) module.training = true;
      progress.begin(epoch);
      const tally = new Tally();
      const began = performance.now();
      const steps = feed.begin();
      let stepBegan = performance.now();
      let untimed = 0; // steps before the clock is asked again, about once a millisecond
      for (let step = 0; step < steps; step++) {
        if (signal?.aborted) return { epochs: done, aborted: true };
        const before = tally.samples;
        const updates = trainer.options.optimizer.steps;
        const loss = feed.step(step, tally);
        if (scheduleBy === "step" && trainer.options.optimizer.steps > updates) schedule?.step(loss);
        if (onStep) {
          const milliseconds = performance.now() - stepBegan;
          onStep({ epoch, step: step + 1, loss, samples: tally.samples - before, milliseconds });
          stepBegan = performance.now();
        }
        if (untimed-- > 0) continue;
        const now = performance.now();
        untimed = Math.floor(step / (now - began));
        if (now - turn < TURN) continue;
        progress.show(tally.samples, tally.result(), now - began);
        await platform.nextTurn();
        turn = performance.now();
        stepBegan = turn;
      }
      const seconds = (performance.now() - began) / 1000;
      trainer.epochEnded();
      const { averaged } = trainer;
      const report = {
        epoch,
        ...tally.result(),
        validation: validation && trainer.evaluate(validation),
        averaged: validation && averaged?.taken ? averaged.use(() => trainer.evaluate(validation)) : undefined,
        steps,
        seconds,
      };
      if (scheduleBy === "epoch") schedule?.step(report.validation?.loss ?? report.loss);
      done.push(report);
      progress.end(report);
      onEpoch?.(report);
    }
    return { epochs: done, aborted: false };
  } finally {
    trainer.dropGradients();
    progress.stop();
    feed.free();
    for (const [module, was] of former) module.training = was;
  }
}

function requireSchedule(trainer: Trainer, schedule: Advancing | undefined, by: "epoch" | "step"): void {
  requireOneOf("fit", "scheduleBy", by, ["epoch", "step"]);
  if (schedule === undefined || schedule.optimizer === trainer.options.optimizer) return;
  throw new TypeError(
    `fit: schedule must be for the trainer's optimizer; got one for ${schedule.optimizer instanceof Optimizer ? "another" : "none"}`,
  );
}
