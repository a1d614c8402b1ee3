import { platform } from "#platform";
import { awaited, finish, isPromise } from "../../base/pausable.ts";
import { planBatches } from "../../data/batches.ts";
import type { Samples } from "../../data/dataset.ts";
import { checkedSamples, isStreamed, requireNoBatchOptions } from "../../data/samples.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { followedIn } from "../evaluation/followed.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { Audience } from "./audience.ts";
import type { Callback, Trained } from "./callback.ts";
import { Checkpoints } from "./checkpoints.ts";
import { trainEpochs } from "./epochs.ts";
import type { TrainingEvent } from "./event.ts";
import type { Happenings } from "./happenings.ts";
import type { History } from "./history.ts";
import { type FilledFitOptions, type FitOptions, checkedFitOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { beginRun, resumedRun } from "./resume.ts";
import { Stop } from "./stop.ts";
import type { Training } from "./training.ts";

/** Trains for some epochs; see `Trainer.fit`. */
export function fit(step: TrainingStep, evaluator: Evaluator, samples: Samples, options: FitOptions): Promise<History> {
  return finish(training(step, evaluator, samples, options, false));
}

/** Trains for some epochs and yields what happens; see `Trainer.events`. */
export async function* events(
  step: TrainingStep,
  evaluator: Evaluator,
  samples: Samples,
  options: FitOptions,
): AsyncGenerator<TrainingEvent, History, void> {
  const work = training(step, evaluator, samples, options, true);
  let next = work.next();
  try {
    while (!next.done) {
      const { value } = next;
      try {
        if (isPromise(value)) await value;
      } catch (error) {
        next = work.throw(error);
        continue;
      }
      if (!isPromise(value)) yield value;
      next = work.next();
    }
    return next.value;
  } finally {
    // The reader left: what is open is closed, and nobody reads the last events.
    await finish(work, work.return(undefined as never));
  }
}

/** One training. When it ends, or is ended early, all that it holds is released. */
function* training(
  step: TrainingStep,
  evaluator: Evaluator,
  samples: Samples,
  given: FitOptions,
  hasReader: boolean,
): Happenings<History> {
  if (step.isInFit) {
    throw new TypeError("fit: one training of a trainer must end before the next begins; got a second");
  }
  step.isInFit = true;
  try {
    const checked = checkedSamples("fit", samples);
    const options = checkedFitOptions(given, step);
    const { validation } = options;
    requireNoBatchOptions("fit", samples, given);
    const plan = isStreamed(checked) ? undefined : planBatches("fit", checked.length, options);
    if (validation !== undefined) evaluator.check("fit: validation", validation);
    // Without checkpoints nothing is awaited before the first step.
    const checkpoints = options.checkpoint && (yield* awaited(Checkpoints.open(options.checkpoint, step)));
    const stop = new Stop(options);
    const interruption = checkpoints && new Interruption(stop);
    const { model, optimizer, loss } = step;
    const followable = { loss, hasValidation: validation !== undefined, metrics: Object.keys(options.metrics ?? {}) };
    const hasAverages = step.averaged !== undefined;
    const metrics = followedIn(followable);
    const sets = { samples: checked, validation, batchSize: options.batchSize };
    const trained: Trained = { model, optimizer, metrics, hasAverages, ...sets };
    const audience = new Audience(callbacksOf(options), trained, hasReader);
    let history: History;
    try {
      history = yield* run({ step, evaluator, samples: checked, plan, options, checkpoints, stop, audience });
    } finally {
      interruption?.end();
      if (checkpoints) yield checkpoints.close();
    }
    // All is saved, freed and restored by now.
    if (interruption?.signal !== undefined) platform.signals?.raise(interruption.signal);
    return history;
  } finally {
    step.isInFit = false;
  }
}

function* run(training: Training): Happenings<History> {
  const { checkpoints, stop, audience } = training;
  const run = checkpoints ? yield* awaited(resumedRun(training, checkpoints)) : beginRun(training);
  let stopped: string | undefined = "its reader left";
  let failure: { readonly error: unknown } | undefined;
  const history = (): History => ({
    epochs: run.done,
    best: run.best,
    aborted: stop.isAborted && stopped !== undefined,
    stopped,
  });
  try {
    stopped = yield* trainEpochs(training, run);
  } catch (error) {
    stopped = "an error";
    failure = { error };
    throw error;
  } finally {
    checkpoints?.restoreBest();
    yield* audience.tellEnd({ type: "end", history: history(), ...failure });
  }
  return history();
}

function callbacksOf({ progress, onStep, onEpoch, callbacks }: FilledFitOptions): readonly Callback[] {
  const own: Callback = { ...(onStep && { onStep }), ...(onEpoch && { onEpoch }) };
  return [...(progress ? [new Progress()] : []), own, ...callbacks];
}

/** Ctrl-C, or a request to end the process: the first ends the training after its step, the second the process at once. */
class Interruption {
  #signal: string | undefined;
  readonly #end: (() => void) | undefined;

  constructor(stop: Stop) {
    this.#end = platform.signals?.listen((signal) => {
      const isSecond = this.#signal !== undefined;
      this.#signal ??= signal;
      if (!isSecond) return stop.abort(signal);
      this.end();
      platform.signals?.raise(signal);
    });
  }

  /** The signal that came. */
  get signal(): string | undefined {
    return this.#signal;
  }

  end(): void {
    this.#end?.();
  }
}
