import type { FittedSchema } from "lanegrad/data";
import { misspelt } from "../data/columns.ts";
import { CommandError } from "../errors.ts";

/** A column of a fitted schema. */
export interface SchemaColumn {
  readonly name: string;
  /** The name of the function that makes it: `number`. */
  readonly kind: string;
  /** The categories that were learned; undefined for others. */
  readonly categories: ReadonlySet<string> | undefined;
  /** The option of that name, of columns that have it. */
  readonly scale?: string | undefined;
}

/** The columns of a fitted schema: its inputs, and the target. */
export function schemaColumns(schema: FittedSchema): {
  readonly inputs: readonly SchemaColumn[];
  readonly target: SchemaColumn | undefined;
} {
  const json = schema.toJSON();
  const inputs: unknown = Reflect.get(json, "inputs");
  const target: unknown = Reflect.get(json, "target");
  return {
    inputs: Array.isArray(inputs) ? inputs.map(columnOf) : [],
    target: Array.isArray(target) ? columnOf(target) : undefined,
  };
}

/**
 * Requires all columns of the model: if the name of one is misspelt, all of its values would count as missing.
 * @throws CommandError that names the first that is lacking
 */
export function requireInputs(where: string, schema: FittedSchema, names: readonly string[]): void {
  const lacking = schemaColumns(schema).inputs.find(({ name }) => !names.includes(name))?.name;
  if (lacking === undefined) return;
  throw new CommandError(
    `${where}: the data must have the column ${JSON.stringify(lacking)}, which the model reads; got none`,
    misspelt(lacking, names),
  );
}

function columnOf(json: unknown): SchemaColumn {
  const [name, column]: readonly unknown[] = Array.isArray(json) ? json : [];
  const categories: unknown = Reflect.get(Object(Reflect.get(Object(column), "state")), "categories");
  const scale: unknown = Reflect.get(Object(Reflect.get(Object(column), "options")), "scale");
  return {
    name: String(name),
    kind: String(Reflect.get(Object(column), "column")),
    categories: Array.isArray(categories) ? new Set(categories.map(String)) : undefined,
    scale: typeof scale === "string" ? scale : undefined,
  };
}
