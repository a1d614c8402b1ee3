/** A fitted schema: columns of raw rows as tensors, and outputs of a model as predictions. */
export { Column, type Place, type Role } from "./column.ts";
export * as column from "./columns/index.ts";
export {
  type ColumnDescription,
  type SchemaDescription,
  describeSchema,
  schemaFromDescription,
} from "./description.ts";
export type { RawColumn, SchemaEncoding } from "./encoding.ts";
export { FittedSchema, type SchemaDataset } from "./fitted.ts";
export * from "./infer/index.ts";
export { schemaFrom } from "./json.ts";
export { loadSchema } from "./load-schema.ts";
export type { LabelPrediction, Outputs, PredictOptions, Predictor, ValuePrediction } from "./predictions.ts";
export {
  type InputColumns,
  type InputsOf,
  type PredictionOf,
  type Schema,
  type SchemaOptions,
  type TargetColumn,
  schema,
} from "./schema.ts";
export type { ScoreFunction } from "./score.ts";
export type { RowSource } from "./stream.ts";
export type { Misfit, SchemaInput } from "./table.ts";
