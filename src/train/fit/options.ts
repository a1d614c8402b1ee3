import { requireKnown, requireOneOf, requireSwitch, requireWhole, shown } from "../../base/errors.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import { type Advancing, Optimizer } from "../../optim/index.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Epoch, Step } from "./history.ts";

export interface FitOptions<Validation extends Evaluation | undefined = Evaluation | undefined> {
  /** Times the whole data set is gone through. Default: 1. */
  readonly epochs?: number;
  /** Samples a step, at least 1; all where there are fewer. Default: 32. */
  readonly batchSize?: number;
  /** Whether each epoch draws a new order. Default: true. */
  readonly shuffle?: boolean;
  /** Whether a last batch of fewer samples is left out of an epoch. Default: false. */
  readonly dropLast?: boolean;
  /** Evaluated after every epoch. */
  readonly validation?: AnyDataset;
  /**
   * Whether progress is printed: a line for each epoch and, in a terminal, a live bar. Default: whether standard output
   * is a terminal.
   */
  readonly progress?: boolean;
  /** Called after every step; where it gives a promise, that is awaited, and its rejection ends the training. */
  readonly onStep?: (step: Step) => unknown;
  /** Called after every epoch; where it gives a promise, that is awaited, and its rejection ends the training. */
  readonly onEpoch?: (epoch: Epoch<Validation>) => unknown;
  /** An AbortSignal: ends the training after the current step. */
  readonly signal?: { readonly aborted: boolean };
  /** Sets learning rates on the way; one for the trainer's optimizer. */
  readonly schedule?: Advancing;
  /**
   * Whether the schedule goes on after each epoch, told the loss on the validation set or, without one, in training; or
   * after each update, told the loss of the step. Default: "epoch".
   */
  readonly scheduleBy?: "epoch" | "step";
  /**
   * What a loss that is NaN or infinite does: "throw" ends the training by a NonFiniteError that names epoch and step;
   * "continue" goes on. The update of that step was made already, so the weights may not be finite either.
   * Default: "throw".
   */
  readonly nonFinite?: "throw" | "continue";
}

/** Options with a validation set, so that every epoch has an evaluation of it. */
export interface ValidatedFitOptions extends FitOptions<Evaluation> {
  readonly validation: AnyDataset;
}

const FIT_OPTIONS =
  "epochs batchSize shuffle dropLast validation progress onStep onEpoch signal schedule scheduleBy nonFinite".split(
    " ",
  );

/**
 * Refuses options of fit that are unknown or of a wrong kind; those of batches and of the validation set are left to
 * who reads them.
 */
export function requireFitOptions(options: FitOptions, optimizer: Optimizer): void {
  requireKnown("fit", options, FIT_OPTIONS);
  const { epochs = 1, progress = true, onStep, onEpoch, signal, schedule } = options;
  const { scheduleBy = "epoch", nonFinite = "throw" } = options;
  requireWhole("fit", "epochs", epochs, 1);
  requireSwitch("fit", "progress", progress);
  requireCallback("onStep", onStep);
  requireCallback("onEpoch", onEpoch);
  requireSignal(signal);
  requireOneOf("fit", "scheduleBy", scheduleBy, ["epoch", "step"]);
  requireOneOf("fit", "nonFinite", nonFinite, ["throw", "continue"]);
  requireSchedule(schedule, optimizer);
}

function requireCallback(name: string, callback: unknown): void {
  if (callback === undefined || typeof callback === "function") return;
  throw new TypeError(`fit: ${name} must be a function; got ${shown(callback)}`);
}

function requireSignal(signal: unknown): void {
  if (signal === undefined) return;
  if (typeof signal === "object" && signal !== null && "aborted" in signal && typeof signal.aborted === "boolean")
    return;
  throw new TypeError(`fit: signal must be an AbortSignal; got ${shown(signal)}`);
}

function requireSchedule(schedule: unknown, own: Optimizer): void {
  if (schedule === undefined) return;
  const { optimizer, step }: { readonly optimizer?: unknown; readonly step?: unknown } = Object(schedule);
  if (optimizer === own && typeof step === "function") return;
  throw new TypeError(
    `fit: schedule must be for the trainer's optimizer; got one for ${optimizer instanceof Optimizer ? "another" : "none"}`,
  );
}
