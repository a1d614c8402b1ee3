/** How a model does on a data set. */
export interface Evaluation {
  /** Mean of the loss over all samples, each as the loss and the data set weigh it, without penalties. */
  readonly loss: number;
  /**
   * Share of samples that are decided right, as the data set weighs them, ignored ones left out; undefined for losses that
   * do not classify.
   */
  readonly accuracy: number | undefined;
}
