import type { Cell, Row } from "lanegrad/data";
import { CommandError } from "../errors.ts";
import { membersOf } from "./json-members.ts";
import type { InputRow, InputRows } from "./row.ts";
import type { CellReaders } from "./schema-cells.ts";
import { type TextInput, textPieces } from "./text.ts";

const LONGEST = 2 ** 24; // characters of one line: an input without line breaks must not be collected whole

/** How rows of JSON lines are read. */
export interface JsonReading {
  readonly where: string;
  /** How the columns of the schema are read. */
  readonly readers: CellReaders;
}

class JsonRow implements InputRow {
  #members: ReadonlyMap<string, string> | undefined;

  constructor(
    readonly row: Row,
    readonly object: string,
    readonly line: number,
  ) {}

  get place(): string {
    return `line ${this.line}`;
  }

  get names(): readonly string[] {
    return [...this.#cells().keys()];
  }

  texts(names: readonly string[]): readonly string[] {
    return this.jsons(names).map((json) => {
      if (json === undefined || json === "null") return "";
      return json.startsWith('"') ? String(JSON.parse(json)) : json;
    });
  }

  jsons(names: readonly string[]): readonly (string | undefined)[] {
    return names.map((name) => this.#cells().get(name));
  }

  #cells(): ReadonlyMap<string, string> {
    this.#members ??= membersOf(this.object);
    return this.#members;
  }
}

/**
 * The rows of JSON lines as they come; empty lines are none.
 * @throws CommandError that names the line when one is no JSON object; rows before it come first
 */
export async function* jsonRows({ where, readers }: JsonReading, input: TextInput): InputRows {
  const names = [...readers].map(([name]) => name);
  let line = 0;
  let rest = "";
  const rowsOf = function* (lines: readonly string[]): Generator<readonly InputRow[]> {
    const rows: InputRow[] = [];
    for (const text of lines) {
      line++;
      if (text.trim() === "") continue;
      try {
        rows.push(rowFrom(`${where}: ${input.name} line ${line}`, text, line, names));
      } catch (error) {
        if (rows.length > 0) yield rows;
        throw error;
      }
    }
    if (rows.length > 0) yield rows;
  };
  for await (const text of textPieces(where, input)) {
    const lines = text.split("\n");
    lines[0] = rest + (lines[0] ?? "");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) {
      throw new CommandError(
        `${where}: ${input.name} must have lines of at most ${LONGEST} characters; got a longer one`,
      );
    }
    yield* rowsOf(lines);
  }
  yield* rowsOf([rest]);
}

function rowFrom(called: string, text: string, line: number, names: readonly string[]): InputRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandError(`${called} must be JSON; got ${shown(text)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CommandError(`${called} must be an object; got ${shown(text)}`);
  }
  const object = value;
  const cells = names.flatMap((name): [string, Cell][] => {
    const cell = memberOf(object, name);
    return cell === undefined ? [] : [[name, cellOf(`${called}, column ${JSON.stringify(name)}`, cell)]];
  });
  return new JsonRow(Object.fromEntries(cells), text.trim(), line);
}

/** The member of an object, or of one in it: `size.width`. */
function memberOf(object: object, name: string): unknown {
  if (Object.hasOwn(object, name)) return Reflect.get(object, name);
  for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    const inner: unknown = Object.hasOwn(object, name.slice(0, dot))
      ? Reflect.get(object, name.slice(0, dot))
      : undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) continue;
    const found = memberOf(inner, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function cellOf(called: string, value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw new CommandError(`${called} must be one value; got ${Array.isArray(value) ? "an array" : "an object"}`);
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
