export { type Batch, batches, type Batches, type BatchOptions } from "./batches.ts";
export { type Dataset, fromArrays, subset, type Values } from "./dataset.ts";
export { split, type Split, type SplitOptions } from "./split.ts";
export { standardize, standardizer, type Standardizer, type StandardizerState } from "./standardize.ts";
