import type { Evaluation } from "../evaluation/evaluation.ts";

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
export interface Epoch<Validation extends Evaluation | undefined = Evaluation | undefined> extends Evaluation {
  /** Counted from 1. */
  readonly epoch: number;
  /** How the model does on the validation set; undefined without one. */
  readonly validation: Validation;
  /** The validation set with the averaged weights; undefined until the trainer has taken in some. */
  readonly averaged: Evaluation | undefined;
  readonly steps: number;
  /** Time spent on training steps. */
  readonly seconds: number;
}

/** What a training gave. */
export interface History<Validation extends Evaluation | undefined = Evaluation | undefined> {
  readonly epochs: readonly Epoch<Validation>[];
  /** Whether the signal ended it early; an epoch cut short is not among the epochs. */
  readonly aborted: boolean;
}
