import { CommandError } from "../errors.ts";
import { misspelt } from "../data/columns.ts";
import type { InputRow } from "./row.ts";

/** A value that is added to a row; null for none. */
export type Added = string | number | null;

/** Rows as text. */
export interface RowWriter {
  /** @throws CommandError when the row has no place for what is added, or for its cells */
  write(row: InputRow, added: readonly Added[]): string;
}

export interface WriterOptions {
  readonly where: string;
  /** Columns of the input that are kept; undefined for all. */
  readonly columns: readonly string[] | undefined;
  /** Names of what is added. */
  readonly added: readonly string[];
  readonly delimiter: string;
}

/** Writes JSON lines: an object keeps its text, and what is added comes last. */
export function jsonWriter({ where, columns, added }: WriterOptions): RowWriter {
  const keys = added.map((name) => JSON.stringify(name));
  let known: readonly string[] | undefined;
  return {
    write: (row, values) => {
      if (row.names !== known) requireFree(where, columns ?? row.names, added);
      if (known === undefined) requireThere(where, row, columns ?? []);
      known = row.names;
      const members = values.map((value, i) => `${keys[i]}:${JSON.stringify(value)}`);
      if (columns === undefined && row.object !== undefined) return `${joined(row.object, members)}\n`;
      const kept = columns ?? row.names;
      const cells = row
        .jsons(kept)
        .flatMap((json, i) => (json === undefined ? [] : `${JSON.stringify(kept[i])}:${json}`));
      return `{${[...cells, ...members].join(",")}}\n`;
    },
  };
}

/** An object with more members. */
function joined(object: string, members: readonly string[]): string {
  const inner = object.slice(0, -1).trimEnd();
  return `${inner}${inner === "{" ? "" : ","}${members.join(",")}}`;
}

/**
 * Writes CSV as RFC 4180 has it, with line feeds: cells with delimiters, quotes or line breaks are quoted. The first row makes the
 * header, and later ones may have no further columns.
 */
export function csvWriter({ where, columns, added, delimiter }: WriterOptions): RowWriter {
  const special = new RegExp(
    `["\\r\\n${delimiter === "\t" ? "\\t" : `\\u${delimiter.charCodeAt(0).toString(16).padStart(4, "0")}`}]`,
  );
  const quoted = (text: string): string => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly string[]): string => {
    // A line without any character would be no row.
    if (cells.length === 1 && cells[0] === "") return '""\n';
    return `${cells.map(quoted).join(delimiter)}\n`;
  };
  let kept: readonly string[] | undefined;
  let known: readonly string[] | undefined;
  return {
    write: (row, values) => {
      const { names } = row;
      const isFirst = kept === undefined;
      kept ??= columns ?? names;
      const header = isFirst ? line([...kept, ...added]) : "";
      if (isFirst) {
        requireThere(where, row, columns ?? []);
        requireFree(where, kept, added);
      } else if (columns === undefined && names !== known) requireKnown(where, row, kept);
      known = names;
      return header + line([...row.texts(kept), ...values.map((value) => (value === null ? "" : String(value)))]);
    },
  };
}

function requireFree(where: string, kept: readonly string[], added: readonly string[]): void {
  const twice = added.find((name) => kept.includes(name));
  if (twice === undefined) return;
  throw new CommandError(
    `${where}: names of new columns must not be those of the data; got ${JSON.stringify(twice)} in both`,
    `--prefix new_ names it "new_${twice}", and --only leaves the columns of the data out`,
  );
}

/** Objects of JSON may lack columns; rows of tables have all. */
function requireThere(where: string, row: InputRow, columns: readonly string[]): void {
  const absent = row.object === undefined ? columns.find((name) => !row.names.includes(name)) : undefined;
  if (absent === undefined) return;
  throw new CommandError(
    `${where}: --columns must be columns of the data; got ${JSON.stringify(absent)}`,
    misspelt(absent, row.names),
  );
}

function requireKnown(where: string, row: InputRow, kept: readonly string[]): void {
  const other = row.names.find((name) => !kept.includes(name));
  if (other === undefined) return;
  throw new CommandError(
    `${where}: rows must have the columns of the first one, which is the header of CSV; got ${JSON.stringify(other)} in ${row.place}`,
    `--columns ${kept.slice(0, 3).join(",")} names those to write, and --to jsonl writes all`,
  );
}
