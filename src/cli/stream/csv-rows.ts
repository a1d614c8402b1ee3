import { parse } from "csv-parse";
import type { Row } from "lanegrad/data";
import { requireDelimited } from "../data/format.ts";
import { CommandError } from "../errors.ts";
import type { CellReaders } from "./schema-cells.ts";
import type { InputRow, InputRows } from "./row.ts";
import { type TextInput, textPieces } from "./text.ts";

const LONGEST = 2 ** 24; // bytes of one record: a quote that nobody closes must not collect a whole input

/** csv-parse holds the last bytes of a text back until there are more, up to four: empty lines, which it skips, are that. */
const AHEAD = "\n\n\n\n";

/** What csv-parse requires, by the code of its error. */
const RULES: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: "must have quotes around whole cells; got text before a quote",
  CSV_INVALID_CLOSING_QUOTE: "must have a delimiter after a closing quote; got other text",
  CSV_QUOTE_NOT_CLOSED: "must close its quotes; got the end of the input",
  CSV_MAX_RECORD_SIZE: `must have at most ${LONGEST} bytes; got more (is a quote never closed?)`,
};

/** How rows of CSV are read. */
export interface CsvReading {
  readonly where: string;
  readonly delimiter: string;
  /** How the columns of the schema are read. */
  readonly readers: CellReaders;
}

/** The columns of a file. */
class Header {
  readonly names: readonly string[];
  readonly #indices: ReadonlyMap<string, number>;
  /** The columns that the schema reads. */
  readonly #read: readonly {
    readonly name: string;
    readonly at: number;
    readonly read: (text: string) => string | number | null;
  }[];

  constructor(names: readonly string[], readers: CellReaders) {
    this.names = names;
    this.#indices = new Map(names.map((name, i) => [name, i]));
    this.#read = [...readers].flatMap(([name, read]) => {
      const at = this.#indices.get(name);
      return at === undefined ? [] : [{ name, at, read }];
    });
  }

  row(cells: readonly string[]): Row {
    const row: Record<string, string | number | null> = {};
    for (const { name, at, read } of this.#read) {
      const cell = read(cells[at] ?? "");
      // An assignment to this name would set the prototype.
      if (name === "__proto__") Object.defineProperty(row, name, { value: cell, enumerable: true });
      else row[name] = cell;
    }
    return row;
  }

  indexOf(name: string): number {
    return this.#indices.get(name) ?? -1;
  }
}

class CsvRow implements InputRow {
  constructor(
    readonly header: Header,
    readonly cells: readonly string[],
    readonly line: number,
    readonly readers: CellReaders,
  ) {}

  get place(): string {
    return `line ${this.line}`;
  }

  get names(): readonly string[] {
    return this.header.names;
  }

  get row(): Row {
    return this.header.row(this.cells);
  }

  texts(names: readonly string[]): readonly string[] {
    if (names === this.header.names) return this.cells;
    return names.map((name) => this.cells[this.header.indexOf(name)] ?? "");
  }

  jsons(names: readonly string[]): readonly (string | undefined)[] {
    return names.map((name) => {
      const text = this.cells[this.header.indexOf(name)];
      return text === undefined ? undefined : jsonOf(text, this.readers.isNumber(name));
    });
  }
}

/** A number of JSON, which `007` and `1.` are not. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number stays the text that it is; in columns that the schema reads as numbers, an empty cell is null. */
function jsonOf(text: string, isNumber: boolean): string {
  if (!isNumber) return JSON.stringify(text);
  if (text === "") return "null";
  return NUMBER.test(text) ? text : JSON.stringify(text);
}

/**
 * The rows of CSV as they come; empty lines are none.
 * @throws CommandError that names the line when the text is no CSV; rows before it come first
 */
export async function* csvRows({ where, delimiter, readers }: CsvReading, input: TextInput): InputRows {
  const records: { readonly cells: readonly string[]; readonly line: number }[] = [];
  let lines = 1; // of records, and of the one that comes
  let skipped = 0; // empty lines
  let quotes = 0;
  let added = 0; // empty lines that are not of the input
  const parser = parse({
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST,
    on_record: (cells: readonly string[], { empty_lines }) => {
      skipped = empty_lines - added;
      records.push({ cells, line: lines + skipped });
      lines += linesOf(cells);
      return null; // nothing goes through the stream
    },
  });
  let fail: (error: unknown) => void = () => {};
  parser.on("error", (error) => fail(error));
  const fed = (give: (then: (error?: Error | null) => void) => void): Promise<Error | undefined> =>
    new Promise((resolve) => {
      fail = (error) => resolve(error instanceof Error ? error : new Error(String(error)));
      give((error) => resolve(error ?? undefined));
    });
  let header: Header | undefined;
  const taken = (): { readonly rows: readonly InputRow[]; readonly wrong: CommandError | undefined } => {
    const rows: InputRow[] = [];
    let wrong: CommandError | undefined;
    for (const { cells, line } of records) {
      if (!header) {
        header = new Header(requireNames(where, input.name, cells, delimiter), readers);
      } else if (cells.length === header.names.length) {
        rows.push(new CsvRow(header, cells, line, readers));
      } else {
        const count = header.names.length;
        wrong = new CommandError(
          `${where}: ${input.name} line ${line} must have ${count} cells, one for each column; got ${cells.length}`,
          cells.length === 1 || count === 1 ? "--delimiter names what separates cells, as --delimiter ';'" : undefined,
        );
        break;
      }
    }
    records.length = 0;
    return { rows, wrong };
  };
  for await (const text of ended(textPieces(where, input))) {
    quotes += text === undefined ? 0 : quotesIn(text);
    const isWhole = text?.endsWith("\n") === true && quotes % 2 === 0;
    const error = await fed((then) =>
      text === undefined ? parser.end(then) : parser.write(isWhole ? text + AHEAD : text, then),
    );
    if (isWhole) added += AHEAD.length;
    const { rows, wrong } = taken();
    if (rows.length > 0) yield rows;
    if (wrong) throw wrong;
    if (error) throw refusal(where, input.name, lines + skipped, error);
  }
  if (!header)
    throw new CommandError(`${where}: ${input.name} must have a line with the names of its columns; got no line`);
}

function quotesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}

/** The pieces that are not empty, then undefined. */
async function* ended(pieces: AsyncIterable<string>): AsyncGenerator<string | undefined> {
  for await (const piece of pieces) if (piece !== "") yield piece;
  yield undefined;
}

function requireNames(where: string, name: string, names: readonly string[], delimiter: string): readonly string[] {
  const twice = names.find((each, i) => names.indexOf(each) !== i);
  if (twice !== undefined) {
    throw new CommandError(`${where}: ${name} must have distinct names of columns; got ${JSON.stringify(twice)} twice`);
  }
  requireDelimited(where, name, names, delimiter);
  return names;
}

/** Lines that a record takes: quoted cells may have line breaks. */
function linesOf(cells: readonly string[]): number {
  let lines = 1;
  for (const cell of cells) {
    if (cell.includes("\n") || cell.includes("\r")) lines += cell.split(/\r\n|\n|\r/).length - 1;
  }
  return lines;
}

function refusal(where: string, name: string, line: number, error: Error): Error {
  const code: unknown = Reflect.get(error, "code");
  if (typeof code !== "string") return error;
  return new CommandError(`${where}: ${name} line ${line} ${RULES[code] ?? `must be CSV; got ${error.message}`}`);
}
