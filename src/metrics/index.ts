/** Metrics of predictions: accuracy, and precision, recall and F1 from a confusion matrix. */
export { accuracy } from "./accuracy.ts";
export { confusionMatrix, type ConfusionMatrix, type ConfusionOptions, type Scores } from "./confusion.ts";
export type { ThresholdOptions } from "./labels.ts";
