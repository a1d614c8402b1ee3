/** A schema that is inferred from rows. */
export { type InferOptions, inferSchema } from "./infer.ts";
export { type InferredColumn, InferredSchema } from "./inferred.ts";
export type { Task } from "./target.ts";
