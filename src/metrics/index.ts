export { accuracy } from "./accuracy.ts";
export { confusionMatrix, type ConfusionMatrix, type ConfusionOptions, type Scores } from "./confusion.ts";
export type { ThresholdOptions } from "./labels.ts";
