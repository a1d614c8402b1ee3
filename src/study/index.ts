/** Experiments on a model: cross-validation, choice of dropout, importance, diagnosis. The entry `lanegrad/study`. */
export { chooseDropout, type ChooseDropoutOptions } from "./choose-dropout.ts";
export { crossValidate, type CrossValidateOptions, type FoldTask } from "./cross-validate.ts";
export type { CrossValidation, FoldResult, OutOfFold } from "./cross-validation.ts";
export { diagnose } from "./diagnose/diagnose.ts";
export type { Diagnosis, Unchecked } from "./diagnose/diagnosis.ts";
export type {
  Change,
  DeadUnits,
  Diverging,
  Finding,
  FindingOf,
  LabelNoise,
  Leak,
  Overfitting,
  Proof,
  RateEvidence,
  RateTooHigh,
  RateTooLow,
  TargetLeak,
  Underfitting,
  VanishingGradients,
} from "./diagnose/finding.ts";
export type { DiagnoseOptions } from "./diagnose/options.ts";
export type { DropoutChoice, RateComparison, RateResult } from "./dropout-choice.ts";
export type { Estimate } from "./estimate.ts";
export type { FoldRows, Folds } from "./folds.ts";
export type { Scores } from "./measure.ts";
export {
  type FeatureImportance,
  type Importances,
  permutationImportance,
  type PermutationImportanceOptions,
} from "./permutation-importance.ts";
export { type RateRange, type RateRangeOptions, rateRange } from "./rate-range.ts";
export { topLosses, type TopLoss, type TopLossesOptions } from "./top-losses.ts";
export type { Trial } from "./trial.ts";
