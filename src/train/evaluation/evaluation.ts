import type { UncertaintyEvaluation } from "./uncertainty.ts";

/** Metrics of a model on a data set. */
export interface Evaluation {
  /** Mean of the loss over all samples, weighted as the loss and the data set weigh them, without penalties. */
  readonly loss: number;
  /**
   * Share of samples whose decision is right, weighted as the data set weighs them; samples that the loss ignores do not
   * count. Undefined for losses that do not classify.
   */
  readonly accuracy: number | undefined;
  /** Values of the option `metrics`, by name; undefined without it, and for the training epochs of `fit`. */
  readonly metrics: Readonly<Record<string, number>> | undefined;
  /** What the option `monteCarlo` measures; undefined without it. */
  readonly uncertainty: UncertaintyEvaluation | undefined;
}
