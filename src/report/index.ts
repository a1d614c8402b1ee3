/** A training as one HTML file. The entry `lanegrad/report`. */
export type { EvaluateRunOptions } from "./run/evaluate-options.ts";
export { stateHash } from "./run/hash.ts";
export type { DataSource, RecordRunOptions, RunSchema } from "./run/options.ts";
export type { ImageShape } from "./run/png.ts";
export type * from "./run/record.ts";
export { type RecordOptions, Recording, recordRun } from "./run/recording.ts";
