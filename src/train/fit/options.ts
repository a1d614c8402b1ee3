import { platform } from "#platform";
import { requireArray, requireOneOf, requirePositive, requireSwitch, requireWhole, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Samples } from "../../data/dataset.ts";
import { type Advancing, Optimizer } from "../../optim/index.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { type MetricFunctions, requireMetrics } from "../evaluation/metric-functions.ts";
import {
  type CheckpointOptions,
  type FilledCheckpointOptions,
  checkedCheckpointOptions,
} from "./checkpoint-options.ts";
import { type Callback, requireCallbackObject } from "./callback.ts";
import type { TrainingStep } from "../step/training-step.ts";
import type { Epoch, Step } from "./history.ts";

export interface FitOptions<Validation extends Evaluation | undefined = Evaluation | undefined> {
  /** Passes over the data set. Default: 1. */
  readonly epochs?: number;
  /** Samples per step, at least 1; a smaller data set is one batch. Default: 32. */
  readonly batchSize?: number;
  /** Whether each epoch draws a new order. Default: true. */
  readonly shuffle?: boolean;
  /** Whether epochs skip a last batch of fewer samples. Default: false. */
  readonly dropLast?: boolean;
  /** Evaluated after every epoch. */
  readonly validation?: Samples;
  /**
   * Metrics by name that the evaluation on the validation set computes, as `{ f1: metrics.f1 }`: `validation.metrics` of each
   * epoch. Checkpoints and early stopping follow them as "validation f1". Default: none.
   */
  readonly metrics?: MetricFunctions;
  /**
   * Whether progress is printed: a line for each epoch and, in a terminal, a live bar. Default: whether standard output
   * is a terminal. `callbacks` can replace it.
   */
  readonly progress?: boolean;
  /** Called after every step. A promise that it returns is awaited; a rejection ends the training. */
  readonly onStep?: (step: Step) => unknown;
  /** Called after every epoch. A promise that it returns is awaited; a rejection ends the training. */
  readonly onEpoch?: (epoch: Epoch<Validation>) => unknown;
  /** Called at events of the training, in order and after onStep and onEpoch: early stopping, logs, your own. Default: none. */
  readonly callbacks?: readonly Callback[];
  /** An AbortSignal: ends the training after the current step. */
  readonly signal?: { readonly aborted: boolean };
  /** Ends the training after so many seconds, above 0, of this call; `resume` can continue it. Default: no limit. */
  readonly timeLimit?: number;
  /**
   * Ends the training after so many steps in all epochs, at least 1, those before a resume included; `resume` with a higher
   * limit can continue it. Default: no limit.
   */
  readonly stepLimit?: number;
  /** A schedule of learning rates, made for the trainer's optimizer. */
  readonly schedule?: Advancing;
  /**
   * When the schedule advances: "epoch", after each epoch, by the loss on the validation set or, without one, in training;
   * "step", after each update, by the loss of the step. Default: "epoch".
   */
  readonly scheduleBy?: "epoch" | "step";
  /**
   * How a loss that is NaN or infinite is treated. Default: "throw".
   *
   * "throw" ends the training with a NonFiniteError that names epoch, step, and the layer and operation that gave the first
   * number that is not finite, or the parameter or sample that had it. That step changes nothing: weights, buffers, optimizer,
   * averages and generators of dropout are as before it. Gradients that are not finite while the loss is finite are not
   * seen: their update makes weights not finite, and the error of the next step names one of them. A validation set in memory
   * that has NaN or infinite numbers ends the training too, if they make its loss so.
   *
   * "continue" ignores it: the step updates, and weights may not be finite afterwards either.
   */
  readonly nonFinite?: "throw" | "continue";
  /**
   * Writes checkpoints, from which another process continues with the same bits: see `resume`. After Ctrl-C or SIGTERM the
   * running step ends, a checkpoint is written, and the process ends by that signal; if the program listens to the signal
   * itself, `fit` returns instead, with `aborted` true. A second signal ends the process at once. Default: none.
   */
  readonly checkpoint?: CheckpointOptions;
  /**
   * Whether to continue: from the newest checkpoint that is whole or, if there are none, from where the state was that
   * `loadStateDict` restored; without `checkpoint` also from where the last `fit` of this trainer stopped. Otherwise the
   * training begins anew. Model, optimizer, data set and options must be those of the saved training, and an error names
   * what differs; `epochs` and what is no part of the results may differ. Default: false.
   */
  readonly resume?: boolean;
}

/** Options with a validation set, so that every epoch has an evaluation of it. */
export interface ValidatedFitOptions extends FitOptions<Evaluation> {
  readonly validation: Samples;
}

/** Options of `fit` with defaults filled in. */
export interface FilledFitOptions extends Omit<ReturnType<typeof filledFitOptions>, "checkpoint"> {
  readonly checkpoint: FilledCheckpointOptions | undefined;
}

/**
 * Options of `fit` with defaults filled in; those of batches and the validation set are not checked yet.
 * @throws TypeError or RangeError when an option is unknown or of a wrong kind
 */
export function checkedFitOptions(options: FitOptions, { optimizer, loss }: TrainingStep): FilledFitOptions {
  const filled = filledFitOptions(options);
  const { epochs, progress, onStep, onEpoch, signal, schedule, scheduleBy, nonFinite, timeLimit, stepLimit } = filled;
  requireWhole("fit", "epochs", epochs, 1);
  requireSwitch("fit", "progress", progress);
  requireCallback("onStep", onStep);
  requireCallback("onEpoch", onEpoch);
  const { validation, metrics } = filled;
  if (metrics !== undefined) requireMetrics("fit", metrics);
  if (metrics !== undefined && validation === undefined) {
    throw new TypeError("fit: metrics must be with the option validation, on which they are computed; got none");
  }
  requireCallbacks(filled.callbacks);
  requireSignal(signal);
  if (timeLimit !== undefined) requirePositive("fit", "timeLimit", timeLimit);
  if (stepLimit !== undefined) requireWhole("fit", "stepLimit", stepLimit, 1, Number.MAX_SAFE_INTEGER);
  requireOneOf("fit", "scheduleBy", scheduleBy, ["epoch", "step"]);
  requireOneOf("fit", "nonFinite", nonFinite, ["throw", "continue"]);
  requireSchedule(schedule, optimizer);
  requireSwitch("fit", "resume", filled.resume);
  if (filled.resume) requireSavable("resume", schedule);
  if (filled.checkpoint === undefined) return { ...filled, checkpoint: undefined };
  requireSavable("checkpoint", schedule);
  const hasValidation = validation !== undefined;
  const checkpoint = checkedCheckpointOptions(filled.checkpoint, hasValidation, loss, Object.keys(metrics ?? {}));
  return { ...filled, checkpoint };
}

function filledFitOptions(options: FitOptions) {
  return withDefaults("fit", options, {
    epochs: 1,
    batchSize: 32,
    shuffle: true,
    dropLast: false,
    validation: undefined,
    metrics: undefined,
    progress: platform.terminal() !== undefined,
    onStep: undefined,
    onEpoch: undefined,
    callbacks: [],
    signal: undefined,
    timeLimit: undefined,
    stepLimit: undefined,
    schedule: undefined,
    scheduleBy: "epoch",
    nonFinite: "throw",
    checkpoint: undefined,
    resume: false,
  });
}

/** Requires that a schedule has a state, as all of `optim` do. */
function requireSavable(option: string, schedule: Advancing | undefined): void {
  if (schedule === undefined || (schedule.stateDict && schedule.loadStateDict)) return;
  throw new TypeError(`fit: ${option} needs a schedule with stateDict and loadStateDict; got one without`);
}

function requireCallback(name: string, callback: unknown): void {
  if (callback === undefined || typeof callback === "function") return;
  throw new TypeError(`fit: ${name} must be a function; got ${shown(callback)}`);
}

function requireCallbacks(callbacks: readonly Callback[]): void {
  requireArray("fit", "callbacks", callbacks);
  for (const each of callbacks) requireCallbackObject(each);
}

function requireSignal(signal: unknown): void {
  if (signal === undefined) return;
  if (typeof signal === "object" && signal !== null && "aborted" in signal && typeof signal.aborted === "boolean")
    return;
  throw new TypeError(`fit: signal must be an AbortSignal; got ${shown(signal)}`);
}

function requireSchedule(schedule: unknown, trained: Optimizer): void {
  if (schedule === undefined) return;
  const { optimizer, step }: { readonly optimizer?: unknown; readonly step?: unknown } = Object(schedule);
  if (optimizer === trained && typeof step === "function") return;
  throw new TypeError(
    `fit: schedule must be for the trainer's optimizer; got one for ${optimizer instanceof Optimizer ? "another" : "none"}`,
  );
}
