/** A training as one HTML file. The entry `lanegrad/report`. */
export type { EvaluateRunOptions } from "./run/evaluate-options.ts";
export { stateHash } from "./run/hash.ts";
export type { DataSource, RecordRunOptions, RunSchema } from "./run/options.ts";
export type { ImageShape } from "./run/png.ts";
export type * from "./run/record.ts";
export { type RecordOptions, Recording, recordRun } from "./run/recording.ts";
export { createReport, type ReportOptions, type Run } from "./create-report.ts";
export { type EmbeddedFile, readReport, type Report } from "./read-report.ts";
export { writeReport } from "./write-report.ts";
