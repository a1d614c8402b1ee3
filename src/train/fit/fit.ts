import { platform } from "#platform";
import { NonFiniteError } from "../../base/errors.ts";
import { planBatches } from "../../data/batches.ts";
import { type AnyDataset, requireSamples } from "../../data/dataset.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { batchSourceFor } from "./batch-source.ts";
import { type FitOptions, requireFitOptions } from "./options.ts";
import type { Epoch, History } from "./history.ts";
import { Modes } from "./modes.ts";
import { Progress } from "./progress.ts";
import { RunningMetrics } from "../evaluation/running-metrics.ts";
import type { TrainingStep } from "../step/training-step.ts";

const TURN = 50; // ms after which the event loop gets a turn, so that signals and timers are heard

/** What is in training. */
const busy = new WeakSet<TrainingStep>();

/** Trains for some epochs, alone; see Trainer.fit. */
export async function fit(
  trainer: TrainingStep,
  evaluator: Evaluator,
  dataset: AnyDataset,
  options: FitOptions,
): Promise<History> {
  if (busy.has(trainer)) {
    throw new TypeError("fit: one training of a trainer must end before the next begins; got a second");
  }
  busy.add(trainer);
  try {
    return await train(trainer, evaluator, dataset, options);
  } finally {
    busy.delete(trainer);
  }
}

async function train(
  trainer: TrainingStep,
  evaluator: Evaluator,
  given: AnyDataset,
  options: FitOptions,
): Promise<History> {
  const dataset = requireSamples("fit", given);
  requireFitOptions(options, trainer.optimizer);
  const { epochs = 1, batchSize = 32, shuffle = true, dropLast = false, nonFinite = "throw" } = options;
  const { validation, onStep, onEpoch, signal, schedule, scheduleBy = "epoch" } = options;
  const plan = planBatches("fit", dataset.length, { batchSize, shuffle, dropLast });
  if (validation !== undefined) evaluator.check("fit: validation", validation);
  const samples = dropLast ? plan.length * plan.batchSize : dataset.length;
  const progress = new Progress(options.progress ?? platform.terminal() !== undefined, epochs, samples);
  const done: Epoch[] = [];
  const source = batchSourceFor(trainer, dataset, plan);
  const modes = new Modes([trainer.model, trainer.loss]);
  try {
    let turn = performance.now();
    for (let epoch = 1; epoch <= epochs; epoch++) {
      modes.set(true);
      progress.begin(epoch);
      const metrics = new RunningMetrics();
      const began = performance.now();
      source.begin();
      let stepBegan = performance.now();
      let untimed = 0; // steps before the clock is asked again, about once a millisecond
      for (let step = 0; step < plan.length; step++) {
        if (signal?.aborted) return { epochs: done, aborted: true };
        const before = metrics.samples;
        const updates = trainer.optimizer.steps;
        const loss = source.step(step, metrics);
        if (nonFinite === "throw" && !Number.isFinite(loss) && metrics.isSpoilt) throw notFinite(loss, epoch, step + 1);
        if (scheduleBy === "step" && trainer.optimizer.steps > updates) schedule?.step(loss);
        if (onStep) {
          const milliseconds = performance.now() - stepBegan;
          const told = onStep({ epoch, step: step + 1, loss, samples: metrics.samples - before, milliseconds });
          if (isPromise(told)) await told;
          modes.set(true);
          source.refresh();
          stepBegan = performance.now();
        }
        if (untimed-- > 0) continue;
        const now = performance.now();
        untimed = Math.floor(step / (now - began));
        if (now - turn < TURN) continue;
        progress.show(metrics.samples, metrics.result(), now - began);
        await platform.nextTurn();
        modes.set(true);
        source.refresh();
        turn = performance.now();
        stepBegan = turn;
      }
      const seconds = (performance.now() - began) / 1000;
      trainer.epochEnded();
      const { averaged } = trainer;
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
      const told = onEpoch?.(report);
      if (isPromise(told)) await told;
    }
    return { epochs: done, aborted: false };
  } finally {
    trainer.dropGradients();
    progress.stop();
    source.free();
    modes.restore();
  }
}

function notFinite(loss: number, epoch: number, step: number): NonFiniteError {
  return new NonFiniteError(
    `fit: the loss must be finite; got ${loss} in epoch ${epoch}, step ${step} (nonFinite: "continue" goes on; configure({ debug: true }) finds the operation)`,
  );
}

/** Whether something must be awaited; what is no promise costs no turn. */
function isPromise(given: unknown): given is PromiseLike<unknown> {
  return typeof given === "object" && given !== null && "then" in given && typeof given.then === "function";
}
