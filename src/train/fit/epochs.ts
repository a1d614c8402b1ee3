import { platform } from "#platform";
import type { BatchPlan } from "../../data/batches.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { BatchSource } from "./batch-source.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { FitRun } from "./fit-run.ts";
import type { Epoch } from "./history.ts";
import { Modes } from "./modes.ts";
import type { FilledFitOptions } from "./options.ts";
import { Progress } from "./progress.ts";

const TURN = 50; // ms between turns of the event loop, in which signals and timers are handled

/** What `fit` trains, and how. */
export interface Training {
  readonly step: TrainingStep;
  readonly evaluator: Evaluator;
  readonly dataset: AnyDataset;
  readonly plan: BatchPlan;
  readonly options: FilledFitOptions;
  readonly checkpoints: Checkpoints | undefined;
  /** Whether the training is to end after the current step. */
  readonly isStopped: () => boolean;
}

/** Trains from where a run is to the end of its last epoch, or until it is stopped. Returns whether it was. */
export async function runEpochs(training: Training, run: FitRun): Promise<boolean> {
  const { step, evaluator, dataset, plan, options, checkpoints, isStopped } = training;
  const { epochs, nonFinite, validation, onStep, onEpoch, schedule, scheduleBy } = options;
  const samplesPerEpoch = options.dropLast ? plan.length * plan.batchSize : dataset.length;
  const progress = new Progress(options.progress, epochs, samplesPerEpoch);
  const source = new BatchSource(step, dataset, plan);
  const modes = new Modes([step.model, step.loss]);
  try {
    let turn = performance.now();
    while (run.epoch <= epochs) {
      const { epoch, metrics, seconds: secondsBefore, step: firstStep } = run;
      modes.set(true);
      progress.begin(epoch);
      const began = performance.now();
      source.begin(epoch, run.orders);
      let stepBegan = performance.now();
      let untimed = 0; // steps until the clock is read again, about once a millisecond
      const seconds = (): number => secondsBefore + (performance.now() - began) / 1000;
      // Other code ran meanwhile, which may have changed modes and what the programs depend on.
      const goOn = (): void => {
        modes.set(true);
        source.refresh();
        stepBegan = performance.now();
      };
      for (let i = firstStep; i < plan.length; i++) {
        if (isStopped()) {
          run.seconds = seconds();
          await checkpoints?.write(run);
          return true;
        }
        const before = metrics.samples;
        const updates = step.optimizer.steps;
        const loss = source.step(i, metrics, nonFinite === "throw");
        run.step = i + 1;
        run.steps++;
        if (scheduleBy === "step" && step.optimizer.steps > updates) schedule?.step(loss);
        if (onStep) {
          const milliseconds = performance.now() - stepBegan;
          run.seconds = seconds();
          const result = onStep({ epoch, step: i + 1, loss, samples: metrics.samples - before, milliseconds });
          if (isPromise(result)) await result;
          goOn();
        }
        // One that is due at the last step is written after the epoch.
        if (run.step < plan.length && checkpoints?.isDue(run)) {
          run.seconds = seconds();
          await checkpoints.write(run);
          goOn();
        }
        if (untimed-- > 0) continue;
        const now = performance.now();
        untimed = Math.floor((i - firstStep) / (now - began));
        if (now - turn < TURN) continue;
        progress.show(metrics.samples, metrics.result(), seconds() * 1000);
        if (checkpoints) await checkpoints.tick(now);
        await platform.nextTurn();
        goOn();
        turn = stepBegan;
      }
      run.seconds = seconds();
      // What may throw comes first: a `fit` that goes on from here does it again.
      const result = { ...metrics.result(), validation: validation && evaluator.evaluate(validation) };
      if (scheduleBy === "epoch") schedule?.step(result.validation?.loss ?? result.loss);
      step.afterEpoch();
      const { averaged } = step;
      const report: Epoch = {
        epoch,
        ...result,
        averaged: validation && averaged?.taken ? averaged.use(() => evaluator.evaluate(validation)) : undefined,
        steps: plan.length,
        seconds: run.seconds,
      };
      run.endEpoch(report);
      progress.end(report);
      const answer = onEpoch?.(report);
      if (isPromise(answer)) await answer;
      if (checkpoints) await checkpoints.afterEpoch(run, report, epoch === epochs);
    }
    return false;
  } finally {
    step.suspend();
    progress.stop();
    source.free();
    modes.restore();
  }
}

/** Whether to await a value: awaiting other values would cost a turn of the event loop. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
