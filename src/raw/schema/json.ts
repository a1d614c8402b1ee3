import { FormatError, shown } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import { type Column, Problem } from "./column.ts";
import { FittedSchema, VERSION } from "./fitted.ts";
import { columnFrom, parsed, refuse, withFormatError } from "./from-json.ts";
import { requireNames, targetOf } from "./schema.ts";
import type { FittedColumn, NamedColumn } from "./table.ts";

/** The most numbers of a row: a few bytes of JSON can ask for many. */
const WIDEST = 2 ** 26;

/**
 * The fitted schema that `JSON.stringify(fitted)` wrote: it gives the same bits.
 * @param json the text, or its value
 * @throws FormatError when it is not as `toJSON` wrote it, or of a newer version
 */
export function schemaFrom(json: unknown): FittedSchema {
  return schemaOf("schemaFrom", json);
}

/** The same, with the name of a function for messages. */
export function schemaOf(where: string, json: unknown): FittedSchema {
  const value = parsed(where, json);
  const of = (name: string): unknown => Reflect.get(Object(value), name);
  if (of("version") !== VERSION) refuse(where, `the version of a schema must be ${VERSION}`, of("version"));
  const [inputs, target, onMisfit] = [of("inputs"), of("target"), of("onMisfit")];
  if (!Array.isArray(inputs) || inputs.length === 0) return refuse(where, "inputs must be an array of columns", inputs);
  if (onMisfit !== "refuse" && onMisfit !== "flag")
    return refuse(where, 'onMisfit must be "refuse" or "flag"', onMisfit);
  const columns = inputs.map((each: unknown) => columnOf(where, each));
  const names = columns.map(({ name }) => name);
  if (new Set(names).size < names.length) refuse(where, "names of inputs must differ", names);
  const named = withFormatError("", () => {
    requireNames(where, columns);
    if (target === null) return undefined;
    const { name, column: made, state } = columnOf(where, target);
    const own: [string, Column][] = [[name, made]];
    return { ...targetOf(where, Object.fromEntries(own), columns), state };
  });
  const fitted = columns.map((each) => restored(where, each));
  const width = fitted.reduce((sum, { encoder }) => sum + sizeOf(encoder.shape), 0);
  if (width > WIDEST) refuse(where, `a row must become at most ${WIDEST} numbers`, width);
  return new FittedSchema(fitted, named && restored(where, named), onMisfit);
}

/** A column that was not restored yet. */
interface Saved extends NamedColumn {
  readonly state: unknown;
}

function columnOf(where: string, json: unknown): Saved {
  const [name, value]: readonly unknown[] = Array.isArray(json) ? json : [];
  if (typeof name !== "string") return refuse(where, "a column must be its name and what it is", json);
  const of = (key: string): unknown => Reflect.get(Object(value), key);
  const made = columnFrom(where, name, of("column"), of("options"));
  return { name, column: made, kind: made.kind, state: of("state") };
}

function restored(where: string, { name, column, kind, state }: Saved): FittedColumn {
  const encoder = kind.restore(state);
  if (encoder instanceof Problem) throw new FormatError(`${where}: column ${shown(name)} ${encoder.text}`);
  return { name, column, kind, encoder };
}
