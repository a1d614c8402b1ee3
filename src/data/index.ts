/** Data sets: from arrays, split, standardized, balanced, augmented, in windows, in batches, from streams. */
export { augment, type Augmented, type AugmentOptions } from "./augment/augment.ts";
export * as transforms from "./augment/transforms.ts";
export { asyncBatches, type AsyncBatches } from "./async-batches.ts";
export { batches, type Batches, type BatchOptions } from "./batches.ts";
export { classWeights, sampleWeights } from "./class-weights.ts";
export {
  type AnyDataset,
  type Batch,
  type Dataset,
  type IndexedDataset,
  type Samples,
  type StreamedDataset,
  subset,
} from "./dataset.ts";
export { type Columns, fromArrays, type FromArraysOptions, type TensorsOf, type Values } from "./from-arrays.ts";
export type { Key, Keys, NumberArray } from "./keys.ts";
export { oversampler, type Oversampler, type OversamplerOptions } from "./oversampler.ts";
export { seasonalNaive, type SeasonalNaiveOptions } from "./seasonal-naive.ts";
export type { Criteria } from "./split/criteria.ts";
export { type Fold, kFold } from "./split/k-fold.ts";
export { duplicateGroups, findLeaks, type LeakOptions, type Leaks } from "./split/leaks.ts";
export type { RowCriteria, RowFold, RowSplit, RowSplitOptions } from "./split/rows.ts";
export { type IndexedSplit, type IndexedSplitOptions, split, type Split, type SplitOptions } from "./split/split.ts";
export type { FoldIndices, Indices } from "./split/splitter.ts";
export { standardize, type StandardizeOptions, standardizer } from "./standardize.ts";
export type { PairStandardizer, PairStandardizerState, Standardizer, StandardizerState } from "./standardize.ts";
export type { Sample } from "./stream/layout.ts";
export { type SampleSource, stream, type Streamed, type StreamOptions, type TargetsOf } from "./stream/stream.ts";
export type { Moments, Spans, Times } from "./times.ts";
export { type WindowOptions, windows, type Windows } from "./windows.ts";
