/** Optimizers, with PyTorch's names and defaults. */
export { Adadelta, type AdadeltaOptions, adadelta } from "./adadelta.ts";
export { Adagrad, type AdagradOptions, adagrad } from "./adagrad.ts";
export { Adam, type AdamOptions, adam, adamW } from "./adam.ts";
export { Adamax, type AdamaxOptions, adamax } from "./adamax.ts";
export type { GroupOptions, ParameterGroup, ParameterGroupOptions, Selection } from "./group.ts";
export { Lion, type LionOptions, lion } from "./lion.ts";
export { NAdam, type NAdamOptions, nAdam } from "./n-adam.ts";
export { Optimizer, type OptimizerOptions } from "./optimizer.ts";
export { RAdam, type RAdamOptions, rAdam } from "./r-adam.ts";
export { Rmsprop, type RmspropOptions, rmsprop } from "./rmsprop.ts";
export { Sgd, type SgdOptions, sgd } from "./sgd.ts";
