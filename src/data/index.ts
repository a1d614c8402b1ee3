/** Data sets: from arrays, split, standardized, in batches. */
export { type Batch, batches, type Batches, type BatchOptions } from "./batches.ts";
export { type AnyDataset, type Dataset, subset } from "./dataset.ts";
export { type Columns, fromArrays, type FromArraysOptions, type TensorsOf, type Values } from "./from-arrays.ts";
export { split, type Split, type SplitOptions } from "./split.ts";
export { standardize, standardizer, type Standardizer, type StandardizerState } from "./standardize.ts";
