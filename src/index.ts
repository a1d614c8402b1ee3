/** lanegrad: neural networks at native speed in plain Node. */
export * as data from "./data/index.ts";
export { NonFiniteError, ShapeError, StateDictError } from "./errors.ts";
export { type Input, Operand } from "./graph/operand.ts";
export * as metrics from "./metrics/index.ts";
export * as nn from "./nn/index.ts";
export { type MonteCarloOptions, type Spread, type Uncertainty, monteCarlo } from "./nn/monte-carlo.ts";
export { type VectorJacobian, vjp } from "./nn/vjp.ts";
export * as ops from "./ops/index.ts";
export * as optim from "./optim/index.ts";
export { manualSeed } from "./random.ts";
export { type Backend, backend, configure } from "./runtime/backend.ts";
export type { Configuration } from "./runtime/settings.ts";
export type { Profile, ProfiledCall } from "./runtime/profile.ts";
export { type Dtype, type Nested, type Shape, Tensor, tensor } from "./tensor.ts";
export type { Epoch, FitOptions, History, Step } from "./train/fit.ts";
export { type Evaluation, Trainer, type TrainerOptions } from "./train/trainer.ts";
