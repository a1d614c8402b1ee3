/** Optimizers and schedules of their learning rates, with PyTorch's names and defaults. */
export { Adadelta, type AdadeltaOptions, adadelta } from "./adadelta.ts";
export { Adagrad, type AdagradOptions, adagrad } from "./adagrad.ts";
export { Adam, type AdamOptions, adam, adamW } from "./adam.ts";
export { Adamax, type AdamaxOptions, adamax } from "./adamax.ts";
export { AveragedModel, type AveragedModelOptions, averagedModel } from "./averaged-model.ts";
export type { GroupOptions, ParameterGroup, ParameterGroupOptions } from "./group.ts";
export { Lion, type LionOptions, lion } from "./lion.ts";
export { NAdam, type NAdamOptions, nAdam } from "./n-adam.ts";
export type { OptimizerState } from "./state/parts.ts";
export { type OneCycleLrOptions, oneCycleLr } from "./schedule/one-cycle.ts";
export { Optimizer, type OptimizerOptions } from "./optimizer.ts";
export { type PlateauOptions, ReduceLrOnPlateau, reduceLrOnPlateau } from "./schedule/plateau.ts";
export { RAdam, type RAdamOptions, rAdam } from "./r-adam.ts";
export { Rmsprop, type RmspropOptions, rmsprop } from "./rmsprop.ts";
export { chainedScheduler, sequentialLr } from "./schedule/chain.ts";
export { type Advancing, type Course, Scheduler } from "./schedule/scheduler.ts";
export {
  type ConstantLrOptions,
  type CosineOptions,
  type DecayOptions,
  type LinearLrOptions,
  type PolynomialLrOptions,
  type WarmRestartOptions,
  constantLr,
  cosineAnnealingLr,
  cosineAnnealingWarmRestarts,
  exponentialLr,
  lambdaLr,
  linearLr,
  multiStepLr,
  polynomialLr,
  stepLr,
} from "./schedule/schedules.ts";
export { Sgd, type SgdOptions, sgd } from "./sgd.ts";
