import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Followed } from "../evaluation/followed.ts";

/** A step of `fit`. */
export interface Step {
  /** Counted from 1. */
  readonly epoch: number;
  /** Counted from 1 in each epoch. */
  readonly step: number;
  /** Counted from 1 over all epochs. */
  readonly steps: number;
  /** The loss before the update. */
  readonly loss: number;
  readonly samples: number;
  /** Time of the step, copying the batch included. */
  readonly milliseconds: number;
}

/** An epoch of `fit`: loss and accuracy in training, before each update. */
export interface Epoch<Validation extends Evaluation | undefined = Evaluation | undefined> extends Evaluation {
  /** Counted from 1. */
  readonly epoch: number;
  /** Evaluation on the validation set; undefined without one. */
  readonly validation: Validation;
  /** Evaluation of the averaged weights on the validation set; undefined before the first average. */
  readonly averaged: Evaluation | undefined;
  readonly steps: number;
  /** Time spent on training steps. */
  readonly seconds: number;
}

/** A metric that chooses the best epoch: see `checkpoint.best`. */
export type BestBy = Followed;

/** The best epoch of a training. */
export interface Best {
  /** Counted from 1. */
  readonly epoch: number;
  /** The metric that chose it. */
  readonly by: BestBy;
  readonly value: number;
  /** Steps in all epochs up to its end. */
  readonly steps: number;
}

/** A training by `fit`, with the epochs before a resume. */
export interface History<Validation extends Evaluation | undefined = Evaluation | undefined> {
  readonly epochs: readonly Epoch<Validation>[];
  /** The best epoch, if `checkpoint.best` chooses one. */
  readonly best: Best | undefined;
  /** Whether a signal ended the training early; `epochs` excludes the epoch that it interrupted. */
  readonly aborted: boolean;
  /**
   * Why the training ended early: "aborted", the name of the signal, "time limit", "step limit", or the reason given to `stop`.
   * Undefined after the last epoch.
   */
  readonly stopped: string | undefined;
}
