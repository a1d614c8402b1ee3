import type { Estimate } from "../estimate.ts";

/** What a suggestion changes in a training. `factory` makes a trainer of it; `epochs` are those of its `fit`. */
export interface Change {
  /** Rate of dropout. */
  readonly p?: number;
  /** Learning rate. */
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly epochs?: number;
}

/** Trainings with and without a change, in pairs of the same seed. */
export interface Proof {
  readonly seeds: readonly number[];
  /** Validation loss of each seed without the change. */
  readonly base: readonly number[];
  /** Validation loss of each seed with the change. */
  readonly changed: readonly number[];
  /** By how much the change lowers the validation loss, with its interval by Student's t. */
  readonly gain: Estimate;
  /** By how much it raises the accuracy; undefined for losses that do not classify. */
  readonly accuracyGain: Estimate | undefined;
  /** Whether the interval of the gain in loss is above 0. */
  readonly isProven: boolean;
}

/** What every finding has. */
export interface FindingOf<Kind extends string, Evidence> {
  readonly kind: Kind;
  /** "low" for what may have another cause. */
  readonly confidence: "high" | "low";
  readonly evidence: Evidence;
  /** The evidence as a sentence. */
  readonly sentence: string;
  /** What to do next. */
  readonly suggestion: string;
  /** The suggestion as a change, if it is one of rates or epochs. */
  readonly change?: Change | undefined;
  /** Path of the layer or the name of the parameter. */
  readonly where?: string | undefined;
  /** Indices of samples, the most suspect first. */
  readonly samples?: Int32Array | undefined;
  /** Trainings of the suggestion, with the option `prove`. */
  readonly proof?: Proof | undefined;
}

export type Overfitting = FindingOf<
  "overfitting",
  {
    /** The epoch of the lowest validation loss, counted from 1. */
    readonly epoch: number;
    readonly lowest: number;
    /** Mean of the validation loss over the last epochs. */
    readonly last: number;
    /** Standard deviation of the validation loss from epoch to epoch, trend excluded. */
    readonly noise: number;
    /** Training loss at the epoch of the lowest validation loss. */
    readonly trainingThen: number;
    readonly trainingLast: number;
  }
>;

export type Diverging = FindingOf<
  "diverging",
  {
    readonly first: number;
    readonly lowest: number;
    /** Mean of the training loss over the last epochs; NaN or infinite if one of them is. */
    readonly last: number;
  }
>;

export type Underfitting = FindingOf<
  "underfitting",
  {
    readonly training: number;
    /** Validation loss at the end; undefined without validation. */
    readonly validation: number | undefined;
    /** Loss of the best constant prediction. */
    readonly baseline: number | undefined;
    /** Error on training samples: share of wrong decisions, or mean squared error. */
    readonly error: number | undefined;
    /** The same of predictions from the nearest other samples. */
    readonly neighboursError: number | undefined;
    /** Standard errors by which the errors differ. */
    readonly z: number | undefined;
    /** Whether the training loss still fell at the end. */
    readonly isFalling: boolean;
  }
>;

/** Losses after trials at two rates. */
export interface RateEvidence {
  readonly rate: number;
  /** The rate of the steepest fall in a range test. */
  readonly suggested: number;
  /** Mean training loss after some steps at the present rate. */
  readonly loss: number;
  /** The same at the suggested rate. */
  readonly suggestedLoss: number;
  /** `loss - suggestedLoss` over trials with the same batches. */
  readonly difference: Estimate;
}

export type RateTooHigh = FindingOf<"rate too high", RateEvidence>;
export type RateTooLow = FindingOf<"rate too low", RateEvidence>;

export type DeadUnits = FindingOf<
  "dead units",
  {
    readonly units: number;
    readonly dead: number;
    /** Count of samples, for all of which these units are 0. */
    readonly samples: number;
  }
>;

export type VanishingGradients = FindingOf<
  "vanishing gradients",
  {
    /** Norm of the gradient over norm of the weight, median over batches, from the first layer to the last. */
    readonly layers: readonly { readonly name: string; readonly relative: number }[];
    /** Highest over batches: relative norm of the first layer over that of the last. */
    readonly ratio: number;
  }
>;

export type LabelNoise = FindingOf<
  "label noise",
  {
    readonly candidates: number;
    readonly samples: number;
    /** Share of wrong predictions that are confident. */
    readonly confidentShare: number;
    /** Whether predictions are of models that were trained without the sample. */
    readonly isOutOfSample: boolean;
  }
>;

export type Leak = FindingOf<
  "leak",
  { readonly leaked: number; readonly validation: number; readonly training: Int32Array }
>;

export type TargetLeak = FindingOf<
  "target leak",
  {
    /** Index of the feature in a sample. */
    readonly feature: number;
    /** Share of the variance that the feature does not explain, or that is not explained by the feature. */
    readonly error: number;
    /** The same for the next best feature. */
    readonly nextError: number;
  }
>;

/** A fault of a training or its data, with the evidence and what to do next. */
export type Finding =
  | Overfitting
  | Diverging
  | Underfitting
  | RateTooHigh
  | RateTooLow
  | DeadUnits
  | VanishingGradients
  | LabelNoise
  | Leak
  | TargetLeak;

/** `0.0312`, `1.2e-7`: three digits. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}
