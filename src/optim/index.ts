/** Optimizers, with PyTorch's names and defaults. */
export { Adam, type AdamOptions, adam, adamW } from "./adam.ts";
export { Optimizer, type OptimizerOptions } from "./optimizer.ts";
export { Sgd, type SgdOptions, sgd } from "./sgd.ts";
