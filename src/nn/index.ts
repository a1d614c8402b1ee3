/** Modules, losses and initial values, with PyTorch's names and defaults. */
export { addLoss } from "../graph/scope.ts";
export type { WeightFormat } from "../graph/weights.ts";
export * as init from "./init-index.ts";
export * from "./layers.ts";
export * from "./loss/class-loss.ts";
export type { ClassWeights } from "./loss/class-weights.ts";
export * from "./loss/distance-loss.ts";
export * from "./loss/likelihood.ts";
export { type Decision, Loss, type LossFunction, type LossOptions, type LossTraits } from "./loss/loss.ts";
export * from "./loss/margin-loss.ts";
export { Buffer } from "./module/buffer.ts";
export type { InputSpecs } from "./module/input-kinds.ts";
export { type CompileOptions, Module } from "./module/module.ts";
export type { Outputs, OutputsOf, Prediction } from "./module/outputs.ts";
export { Parameter } from "./module/parameter.ts";
export type { Selection } from "./module/selection.ts";
export type { WeightOptions } from "./module/weights.ts";
export { type LayerSparsity, type PruneOptions, Sparsity, prune, removePruning, sparsity } from "./prune.ts";
