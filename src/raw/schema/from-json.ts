import { FormatError, ShapeError, shown } from "../../base/errors.ts";
import { isRecord } from "../../base/record.ts";
import { suggestion } from "../../base/nearest.ts";
import type { Column } from "./column.ts";
import * as column from "./columns/index.ts";

/** The functions that make columns, by the names in the JSON. */
const KINDS: ReadonlyMap<string, (options: never) => Column> = new Map(Object.entries(column));

/** A column of JSON: the name of its kind, and its options. */
export function columnFrom(where: string, name: string, kindName: unknown, options: unknown = {}): Column {
  const called = `column ${shown(name)}`;
  const make = typeof kindName === "string" ? KINDS.get(kindName) : undefined;
  if (!make) return refuse(where, `${called} must be one of ${[...KINDS.keys()].join(", ")}`, kindName, KINDS.keys());
  if (isRecord(options)) {
    const known = Object.keys(defaultsOf(make, options));
    const unknown = Object.keys(options).find((option) => !known.includes(option));
    if (unknown !== undefined) {
      refuse(where, `${called}: column.${String(kindName)}: options must be ${known.join(", ")}`, unknown, known);
    }
  }
  return withFormatError(`${where}: ${called}: `, () => make(options as never));
}

/** The options of a column that differ from the defaults. */
export function givenOptions({ name, options }: Column): Readonly<Record<string, unknown>> {
  const make = KINDS.get(name);
  const defaults = make ? defaultsOf(make, options) : {};
  return Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(defaults, option)),
    ),
  );
}

/** The value of a JSON text, or the value that was read already. */
export function parsed(where: string, json: unknown): unknown {
  if (typeof json !== "string") return json;
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new FormatError(`${where}: a schema must be JSON; got ${shown(json)}`, { cause });
  }
}

/** What `work` gives; what it refuses in options is the fault of the JSON. */
export function withFormatError<T>(before: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof TypeError || cause instanceof ShapeError)) throw cause;
    throw new FormatError(before + cause.message, { cause });
  }
}

/** @param known names, one of which may have been meant */
export function refuse(where: string, must: string, got: unknown, known: Iterable<string> = []): never {
  throw new FormatError(`${where}: ${must}; got ${shown(got)}${suggestion(got, known)}`);
}

/** The options of a kind with their defaults, which depend on `encode`; `encode` itself has the kind's default. */
function defaultsOf(make: (options: never) => Column, options: object): object {
  const plain = make({} as never).options;
  const encode: unknown = Reflect.get(options, "encode");
  if (encode === undefined || !("encode" in plain)) return plain;
  try {
    return { ...make({ encode } as never).options, encode: plain.encode };
  } catch {
    return plain; // no such encoding: the error comes when the column is made
  }
}
