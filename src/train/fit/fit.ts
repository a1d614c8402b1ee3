import { platform } from "#platform";
import { planBatches } from "../../data/batches.ts";
import { type AnyDataset, requireSamples } from "../../data/dataset.ts";
import { nextStream } from "../../runtime/random.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { BatchSource } from "./batch-source.ts";
import { type FitOptions, checkedFitOptions } from "./options.ts";
import type { Epoch, History } from "./history.ts";
import { Modes } from "./modes.ts";
import { Progress } from "./progress.ts";
import { RunningMetrics } from "../evaluation/running-metrics.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { nextStream } from "../../runtime/random.ts";

const TURN = 50; // ms between turns of the event loop, in which signals and timers are handled

/** The steps of trainings that have not ended. */
const busy = new WeakSet<TrainingStep>();

/** Trains for some epochs; see `Trainer.fit`. */
export async function fit(
  step: TrainingStep,
  evaluator: Evaluator,
  dataset: AnyDataset,
  options: FitOptions,
): Promise<History> {
  if (busy.has(step)) {
    throw new TypeError("fit: one training of a trainer must end before the next begins; got a second");
  }
  busy.add(step);
  try {
    return await train(step, evaluator, dataset, options);
  } finally {
    busy.delete(step);
  }
}

async function train(
  step: TrainingStep,
  evaluator: Evaluator,
  samples: AnyDataset,
  options: FitOptions,
): Promise<History> {
  const dataset = requireSamples("fit", samples);
  const filled = checkedFitOptions(options, step.optimizer);
  const { epochs, batchSize, shuffle, dropLast, nonFinite } = filled;
  const { validation, onStep, onEpoch, signal, schedule, scheduleBy } = filled;
  const plan = planBatches("fit", dataset.length, { batchSize, shuffle, dropLast });
  if (validation !== undefined) evaluator.check("fit: validation", validation);
  const samplesPerEpoch = dropLast ? plan.length * plan.batchSize : dataset.length;
  const progress = new Progress(filled.progress, epochs, samplesPerEpoch);
  const done: Epoch[] = [];
  const source = new BatchSource(step, dataset, plan);
  const orders = nextStream();
  const modes = new Modes([step.model, step.loss]);
  try {
    let turn = performance.now();
    for (let epoch = 1; epoch <= epochs; epoch++) {
      modes.set(true);
      progress.begin(epoch);
      const metrics = new RunningMetrics();
      const began = performance.now();
      source.begin(epoch, orders);
      let stepBegan = performance.now();
      let untimed = 0; // steps until the clock is read again, about once a millisecond
      for (let i = 0; i < plan.length; i++) {
        if (signal?.aborted) return { epochs: done, aborted: true };
        const before = metrics.samples;
        const updates = step.optimizer.steps;
        const loss = source.step(i, metrics, nonFinite === "throw");
        if (scheduleBy === "step" && step.optimizer.steps > updates) schedule?.step(loss);
        if (onStep) {
          const milliseconds = performance.now() - stepBegan;
          const result = onStep({ epoch, step: i + 1, loss, samples: metrics.samples - before, milliseconds });
          if (isPromise(result)) await result;
          modes.set(true);
          source.refresh();
          stepBegan = performance.now();
        }
        if (untimed-- > 0) continue;
        const now = performance.now();
        untimed = Math.floor(i / (now - began));
        if (now - turn < TURN) continue;
        progress.show(metrics.samples, metrics.result(), now - began);
        await platform.nextTurn();
        modes.set(true);
        source.refresh();
        turn = performance.now();
        stepBegan = turn;
      }
      const seconds = (performance.now() - began) / 1000;
      step.afterEpoch();
      const { averaged } = step;
      const report: Epoch = {
        epoch,
        ...metrics.result(),
        validation: validation && evaluator.evaluate(validation),
        averaged: validation && averaged?.taken ? averaged.use(() => evaluator.evaluate(validation)) : undefined,
        steps: plan.length,
        seconds,
      };
      if (scheduleBy === "epoch") schedule?.step(report.validation?.loss ?? report.loss);
      done.push(report);
      progress.end(report);
      const result = onEpoch?.(report);
      if (isPromise(result)) await result;
    }
    return { epochs: done, aborted: false };
  } finally {
    step.dropGradients();
    progress.stop();
    source.free();
    modes.restore();
  }
}

/** Whether to await a value: awaiting other values would cost a turn of the event loop. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
