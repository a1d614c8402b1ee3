/** lanegrad: neural networks at native speed in plain Node. */
export * as data from "./data/index.ts";
export { FileError, FormatError, NonFiniteError, ShapeError, StateDictError } from "./base/errors.ts";
export { Operand } from "./graph/operand.ts";
export * as metrics from "./metrics/index.ts";
export * as nn from "./nn/index.ts";
export { type MonteCarloOptions, type Spread, type Uncertainty, monteCarlo } from "./nn/dropout/monte-carlo.ts";
export { type VectorJacobian, vjp } from "./nn/vjp.ts";
export * as ops from "./ops/index.ts";
export * as optim from "./optim/index.ts";
export { manualSeed } from "./runtime/random.ts";
export { type Backend, backend, configure } from "./runtime/backend.ts";
export type { Configuration } from "./runtime/settings.ts";
export type { Profile, ProfiledCall } from "./runtime/profile.ts";
export type { StateRecord, StateTree } from "./base/state-tree.ts";
export type { UrlLike } from "./base/url.ts";
export type { Tensors, TensorsLike } from "./base/tensors.ts";
export {
  type DimsTensor,
  type Dtype,
  type Nested,
  type Shape,
  Tensor,
  type TensorLike,
  tensor,
} from "./base/tensor.ts";
export { earlyStopping, type EarlyStoppingOptions } from "./train/callbacks/early-stopping.ts";
export { csvLog, jsonLog, type JsonLogOptions } from "./train/callbacks/logs.ts";
export type { AveragingOptions } from "./train/step/averaging.ts";
export type { Clip } from "./train/step/clip.ts";
export type { Evaluation } from "./train/evaluation/evaluation.ts";
export type { Callback, Trained } from "./train/fit/callback.ts";
export type {
  BeginEvent,
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  ProgressEvent,
  StepEvent,
  TrainingEvent,
  ValidationEvent,
} from "./train/fit/event.ts";
export type { EvaluateOptions } from "./train/evaluation/evaluator.ts";
export type { Followed, FollowedMode } from "./train/evaluation/followed.ts";
export type { MetricFunction, MetricFunctions } from "./train/evaluation/metric-functions.ts";
export type { Certainty, Referral, UncertaintyEvaluation } from "./train/evaluation/uncertainty.ts";
export type { CheckpointOptions } from "./train/fit/checkpoint-options.ts";
export { dropoutSchedule, type DropoutScheduleOptions, type DropoutShape } from "./train/fit/dropout-schedule.ts";
export type { FitOptions, ValidatedFitOptions } from "./train/fit/options.ts";
export type { Best, BestBy, Epoch, History, Step } from "./train/fit/history.ts";
export type { TrainerState } from "./train/state/trainer-state.ts";
export { type StepOptions, Trainer, type TrainerOptions } from "./train/trainer.ts";
