import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Epoch, History, Step } from "./history.ts";

/** What every event of a training has. */
interface Stoppable {
  /**
   * Ends the training as an AbortSignal does: after the current step or, at the end of an epoch, before the next.
   * @param reason `stopped` of the history
   */
  readonly stop: (reason: string) => void;
}

/** Before the first step. */
export interface BeginEvent extends Stoppable {
  readonly type: "begin";
  /** The last epoch, counted from 1. */
  readonly epochs: number;
  /** The first epoch of this call: above 1 after a resume. */
  readonly epoch: number;
  /** Steps of that epoch that were done before: above 0 after a resume within an epoch. */
  readonly step: number;
  /** Samples in an epoch; undefined for a stream. */
  readonly samples: number | undefined;
  /** Steps in an epoch; undefined for a stream. */
  readonly steps: number | undefined;
}

/** After a step. */
export interface StepEvent extends Step, Stoppable {
  readonly type: "step";
}

/** How far the current epoch is, at most every 50 ms. */
export interface ProgressEvent extends Evaluation, Stoppable {
  readonly type: "progress";
  /** Counted from 1. */
  readonly epoch: number;
  /** Steps of the epoch so far. */
  readonly step: number;
  /** Samples of the epoch so far. */
  readonly samples: number;
  /** Seconds that the epoch took so far. */
  readonly seconds: number;
}

/** After the evaluation on the validation set, before the end of the epoch. */
export interface ValidationEvent extends Evaluation, Stoppable {
  readonly type: "validation";
  /** Counted from 1. */
  readonly epoch: number;
}

/** After an epoch, before its checkpoint. */
export interface EpochEvent<Validation extends Evaluation | undefined = Evaluation | undefined>
  extends Epoch<Validation>, Stoppable {
  readonly type: "epoch";
}

/** After a checkpoint was written. */
export interface CheckpointEvent extends Stoppable {
  readonly type: "checkpoint";
  /** The current epoch, or the one that ended, counted from 1. */
  readonly epoch: number;
  /** Steps in all epochs. */
  readonly steps: number;
  /** The file. */
  readonly path: string;
  /** The directory of the training's checkpoints. */
  readonly directory: string;
}

/** The last event, however the training ended. */
export interface EndEvent {
  readonly type: "end";
  readonly history: History;
  /** Why the training failed; undefined if it did not. */
  readonly error?: unknown;
}

/** What happens in a training; see `Trainer.events`. */
export type TrainingEvent =
  | BeginEvent
  | StepEvent
  | ProgressEvent
  | ValidationEvent
  | EpochEvent
  | CheckpointEvent
  | EndEvent;
