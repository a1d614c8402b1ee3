import type { UncertaintyEvaluation } from "./uncertainty.ts";

/** Metrics of a model on a data set. */
export interface Evaluation {
  /**
   * Mean of the loss over all samples, weighted as the loss and the data set weigh them, without penalties; for losses by
   * name the weighted sum of their means.
   */
  readonly loss: number;
  /**
   * Share of samples whose decision is right, weighted as the data set weighs them; samples that the loss ignores do not
   * count. Undefined for losses that do not classify. For losses by name that of the only one that classifies; undefined if
   * several do.
   */
  readonly accuracy: number | undefined;
  /** The mean of each loss, for losses by name. */
  readonly losses?: Readonly<Record<string, number>>;
  /** The accuracy of each loss that classifies, for losses by name. */
  readonly accuracies?: Readonly<Record<string, number>>;
  /** Values of the option `metrics`, by name; undefined without it, and for the training epochs of `fit`. */
  readonly metrics: Readonly<Record<string, number>> | undefined;
  /** What the option `monteCarlo` measures; undefined without it. */
  readonly uncertainty: UncertaintyEvaluation | undefined;
}
