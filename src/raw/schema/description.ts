import { shown } from "../../base/errors.ts";
import { isRecord } from "../../base/record.ts";
import { Column } from "./column.ts";
import { VERSION } from "./fitted.ts";
import { columnFrom, givenOptions, parsed, refuse, withFormatError } from "./from-json.ts";
import { type Schema, type TargetColumn, schema } from "./schema.ts";

/** A column as plain data: the name of the function of `column` that makes it, and its options. */
export interface ColumnDescription {
  readonly column: string;
  /** Those that differ from the defaults. Default: none. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A schema that is not fitted as plain data, for a file of JSON that a person edits. */
export interface SchemaDescription {
  readonly version: 1;
  readonly inputs: Readonly<Record<string, ColumnDescription>>;
  /** One column by its name. Default: none. */
  readonly target?: Readonly<Record<string, ColumnDescription>>;
  /** Default: "refuse". */
  readonly onMisfit?: "refuse" | "flag";
  /** Columns that are not used, and why: a note for people. */
  readonly skipped?: Readonly<Record<string, string>>;
}

const NAMES = ["version", "inputs", "target", "onMisfit", "skipped"];
const NAMES_OF_COLUMN = ["column", "options"];

/**
 * A schema that is not fitted as plain data for JSON: `{ version: 1, inputs: { age: { column: "number" } } }`. Options that have
 * their default are left out. `schemaFromDescription` makes the schema again.
 *
 * @throws TypeError unless it is a schema, as `schema()` makes it
 */
export function describeSchema(given: Pick<Schema, "inputs" | "target" | "onMisfit">): SchemaDescription {
  const { inputs, target, onMisfit }: Partial<typeof given> = Object(given);
  if (!areColumns(inputs) || (target !== undefined && !areColumns(target))) {
    throw new TypeError(`describeSchema: it must be a schema that is not fitted; got ${shown(given)}`);
  }
  return {
    version: VERSION,
    inputs: described(inputs),
    ...(target && { target: described(target) }),
    ...(onMisfit !== "refuse" && { onMisfit }),
  };
}

/**
 * The schema, not fitted, that a description says: that of `describeSchema` or `inferSchema`, or a file that a person wrote. What
 * `skipped` says is not used.
 *
 * @param json the text, or its value
 * @throws FormatError that names the column when there is an unknown name, column or option, or an option is wrong
 */
export function schemaFromDescription(json: unknown): Schema {
  const where = "schemaFromDescription";
  const value = record(where, "a schema", parsed(where, json), NAMES);
  if (value["version"] !== VERSION) refuse(where, `the version of a schema must be ${VERSION}`, value["version"]);
  const inputs = columnsFrom(where, "inputs", value["inputs"]);
  const { target, onMisfit = "refuse" } = value;
  if (onMisfit !== "refuse" && onMisfit !== "flag") {
    return refuse(where, 'onMisfit must be "refuse" or "flag"', onMisfit);
  }
  return withFormatError(`${where}: `, () =>
    schema({
      inputs,
      onMisfit,
      ...(target !== undefined && { target: columnsFrom(where, "target", target) as TargetColumn }),
    }),
  );
}

function areColumns(columns: unknown): columns is Readonly<Record<string, Column>> {
  return isRecord(columns) && Object.values(columns).every((each) => each instanceof Column);
}

function described(columns: Readonly<Record<string, Column>>): Readonly<Record<string, ColumnDescription>> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const options = givenOptions(column);
      return [name, { column: column.name, ...(Object.keys(options).length > 0 && { options }) }];
    }),
  );
}

function columnsFrom(where: string, what: string, json: unknown): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    Object.entries(record(where, what, json)).map(([name, each]) => {
      const { column, options } = record(where, `column ${shown(name)}`, each, NAMES_OF_COLUMN);
      return [name, columnFrom(where, name, column, options)];
    }),
  );
}

/** @param names those that it may have. Default: any. */
function record(
  where: string,
  what: string,
  value: unknown,
  names?: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return refuse(where, `${what} must be an object`, value);
  const unknown = names && Object.keys(value).find((name) => !names.includes(name));
  if (unknown === undefined) return value;
  return refuse(where, `${what} must have the names ${names?.join(", ")}`, unknown, names);
}
