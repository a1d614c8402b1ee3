import { platform } from "#platform";
import { planBatches } from "../../data/batches.ts";
import { type AnyDataset, requireSamples } from "../../data/dataset.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { Checkpoints } from "./checkpoints.ts";
import { type Training, runEpochs } from "./epochs.ts";
import type { History } from "./history.ts";
import { type FitOptions, checkedFitOptions } from "./options.ts";
import { beginRun, resumedRun } from "./resume.ts";

/** Trains for some epochs; see `Trainer.fit`. */
export async function fit(
  step: TrainingStep,
  evaluator: Evaluator,
  dataset: AnyDataset,
  options: FitOptions,
): Promise<History> {
  if (step.isInFit) {
    throw new TypeError("fit: one training of a trainer must end before the next begins; got a second");
  }
  step.isInFit = true;
  try {
    const { history, signal } = await trained(step, evaluator, dataset, options);
    if (signal !== undefined) platform.signals?.raise(signal);
    return history;
  } finally {
    step.isInFit = false;
  }
}

/** The history of a training, and the signal that ended it: all is saved, freed and restored by then. */
async function trained(
  step: TrainingStep,
  evaluator: Evaluator,
  samples: AnyDataset,
  given: FitOptions,
): Promise<{ readonly history: History; readonly signal: string | undefined }> {
  const dataset = requireSamples("fit", samples);
  const options = checkedFitOptions(given, step);
  const { batchSize, shuffle, dropLast, validation } = options;
  const plan = planBatches("fit", dataset.length, { batchSize, shuffle, dropLast });
  if (validation !== undefined) evaluator.check("fit: validation", validation);
  // Without checkpoints nothing is awaited before the first step.
  const checkpoints = options.checkpoint && (await Checkpoints.open(options.checkpoint, step));
  const interruption = new Interruption(checkpoints !== undefined);
  const isStopped = (): boolean => options.signal?.aborted === true || interruption.signal !== undefined;
  const training: Training = { step, evaluator, dataset, plan, options, checkpoints, isStopped };
  try {
    const run = checkpoints ? await resumedRun(training, checkpoints) : beginRun(training);
    try {
      const aborted = await runEpochs(training, run);
      if (interruption.signal !== undefined && options.progress) {
        const directory = JSON.stringify(options.checkpoint?.directory);
        platform.print(`${interruption.signal}: checkpoint written to ${directory}, resume: true continues from it`);
      }
      return { history: { epochs: run.done, best: run.best, aborted }, signal: interruption.signal };
    } finally {
      checkpoints?.restoreBest();
    }
  } finally {
    interruption.end();
    await checkpoints?.close();
  }
}

/** Ctrl-C, or a request to end the process: the first ends the training after its step, the second the process at once. */
class Interruption {
  #signal: string | undefined;
  readonly #stop: (() => void) | undefined;

  constructor(isAwaited: boolean) {
    if (!isAwaited) return;
    this.#stop = platform.signals?.listen((signal) => {
      const isSecond = this.#signal !== undefined;
      this.#signal ??= signal;
      if (!isSecond) return;
      this.end();
      platform.signals?.raise(signal);
    });
  }

  /** The signal that came. */
  get signal(): string | undefined {
    return this.#signal;
  }

  end(): void {
    this.#stop?.();
  }
}
