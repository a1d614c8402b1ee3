import { FormatError, requireArray, requireOneOf, requireRecord, requireSwitch, shown } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import { shownNames } from "../../base/shown.ts";
import { type ByteSource, type FileLike, openSource, withSource } from "../../files/source.ts";
import type { Cell, Row } from "../row.ts";
import { repeatable, rowOf } from "../rows.ts";
import { type ColumnType, DESCRIPTIONS, converted, isPlainNumber } from "./convert.ts";
import { type CsvFormat, type CsvRecord, csvRecords } from "./csv-records.ts";
import { decoderOf } from "./text-pieces.ts";

export interface CsvOptions {
  /** What separates cells: `;`, a tab. Default: a comma. */
  readonly delimiter?: string;
  /** True where the first line has the names of the columns; the names, where the first line is a row. Default: true. */
  readonly header?: true | readonly string[];
  /** What encloses cells with delimiters or line breaks, doubled inside; false for none. Default: `"`. */
  readonly quote?: string | false;
  /** What begins a line that is skipped: `#`. Default: none. */
  readonly comment?: string | undefined;
  /** Texts of missing cells, which become null. Default: empty, NA, N/A, NaN, nan, null, NULL and ?. */
  readonly missing?: readonly string[];
  /** Whether white space around cells is removed. Numbers, dates, booleans and missing texts never need it. Default: false. */
  readonly trim?: boolean;
  /** The encoding, by a name that TextDecoder knows: `windows-1252`. Default: utf-8. */
  readonly encoding?: string;
  /**
   * Types of columns: `{ age: "number", name: "text", when: "date", ok: "boolean" }`. A date is of ISO 8601, in UTC where it
   * has no zone. Default of `readCsv`: number where every cell that is not missing is a number without leading zeros and, if
   * whole, below 2^53; else text. Default of `streamCsv`: text.
   */
  readonly columns?: Readonly<Record<string, ColumnType>>;
}

const MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"] as const;
const TYPES = Object.keys(DESCRIPTIONS);

interface Settings {
  readonly where: string;
  readonly format: CsvFormat;
  readonly header: true | readonly string[];
  readonly missing: ReadonlySet<string>;
  readonly types: ReadonlyMap<string, ColumnType>;
}

/** A file whose names are known. */
interface Table {
  readonly names: readonly string[];
  readonly types: readonly (ColumnType | undefined)[];
  /** The records below the names, some at a time; all have one cell for each name. */
  readonly records: AsyncIterable<readonly CsvRecord[]>;
}

/**
 * The rows of a CSV file, with a type for each column. Empty lines are skipped. Needs the package csv-parse.
 *
 * @throws FormatError that names file, line and column when a row has another count of cells than the names, or a cell is
 * not of its column's type
 * @throws FileError when the host cannot read the file
 */
export async function readCsv(file: FileLike, options: CsvOptions = {}): Promise<readonly Row[]> {
  const settings = settingsOf("readCsv", options);
  return withSource("readCsv", file, async (source) => {
    const { names, types, records } = await tableOf(settings, source);
    const all: CsvRecord[] = [];
    for await (const some of records) for (const record of some) all.push(record);
    const inferred = types.map((type, column) => type ?? inferredType(settings, all, column));
    return all.map((record) => rowFrom(settings, source, names, inferred, record));
  });
}

/**
 * The rows of a CSV file one after the other, for files larger than memory; columns are text unless `columns` says otherwise.
 * Each iteration reads the file from its start. Needs the package csv-parse.
 *
 * @throws the errors of `readCsv`, during the iteration
 */
export function streamCsv(file: FileLike, options: CsvOptions = {}): AsyncIterable<Row> {
  const settings = settingsOf("streamCsv", options);
  return repeatable(() => rowsIn(settings, file));
}

async function* rowsIn(settings: Settings, file: FileLike): AsyncGenerator<Row, void, undefined> {
  const source = await openSource(settings.where, file);
  try {
    const { names, types, records } = await tableOf(settings, source);
    const known = types.map((type) => type ?? "text");
    for await (const some of records) for (const each of some) yield rowFrom(settings, source, names, known, each);
  } finally {
    await source.close();
  }
}

async function tableOf(settings: Settings, source: ByteSource): Promise<Table> {
  const { where, header, types } = settings;
  const batches = csvRecords(where, source, settings.format);
  let first: readonly CsvRecord[] = [];
  while (first.length === 0) {
    const next = await batches.next();
    if (next.done) break;
    first = next.value;
  }
  const names = header === true ? first[0]?.cells : header;
  const called = `${where}: ${JSON.stringify(source.name)}`;
  if (!names) throw new FormatError(`${called} must have a line with the names of its columns; got no line`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new FormatError(`${called} must have distinct names of columns; got ${shown(twice)} twice`);
  const unknown = [...types.keys()].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new FormatError(
      `${called} must have the columns of the option columns; got ${shownNames(names)} without ${shownNames(unknown)}`,
    );
  }
  return {
    names,
    types: names.map((name) => types.get(name)),
    records: rectangular(called, names, header === true ? first.slice(1) : first, batches),
  };
}

async function* rectangular(
  called: string,
  names: readonly string[],
  first: readonly CsvRecord[],
  rest: AsyncIterable<readonly CsvRecord[]>,
): AsyncGenerator<readonly CsvRecord[]> {
  const checked = (records: readonly CsvRecord[]): readonly CsvRecord[] => {
    for (const { cells, line } of records) {
      if (cells.length === names.length) continue;
      throw new FormatError(
        `${called} line ${line} must have ${names.length} cells, one for each column; got ${cells.length}`,
      );
    }
    return records;
  };
  yield checked(first);
  for await (const records of rest) yield checked(records);
}

function rowFrom(
  { where, missing }: Settings,
  source: ByteSource,
  names: readonly string[],
  types: readonly ColumnType[],
  { cells, line }: CsvRecord,
): Row {
  const values = cells.map((text, column): Cell => {
    if (isMissing(missing, text)) return null;
    const type = types[column] ?? "text";
    const value = converted(text, type);
    if (value !== undefined) return value;
    const cell = `${JSON.stringify(source.name)} line ${line}, column ${shown(names[column])}`;
    throw new FormatError(`${where}: ${cell} must be ${DESCRIPTIONS[type]}; got ${shown(text)}`);
  });
  return rowOf(names, values);
}

function inferredType({ missing }: Settings, records: readonly CsvRecord[], column: number): ColumnType {
  const isNumber = ({ cells }: CsvRecord): boolean => {
    const text = cells[column] ?? "";
    return isMissing(missing, text) || isPlainNumber(text);
  };
  return records.every(isNumber) ? "number" : "text";
}

function isMissing(missing: ReadonlySet<string>, text: string): boolean {
  return missing.has(text) || missing.has(text.trim());
}

function settingsOf(where: string, options: CsvOptions): Settings {
  const { header, missing, columns, ...format } = withDefaults(where, options, {
    delimiter: ",",
    header: true,
    quote: '"',
    comment: undefined,
    missing: MISSING,
    trim: false,
    encoding: "utf-8",
    columns: {},
  });
  const { delimiter, quote, comment, trim, encoding } = format;
  requireMark(where, "delimiter", delimiter);
  if (quote !== false) requireMark(where, "quote", quote);
  if (comment !== undefined) requireMark(where, "comment", comment);
  if (new Set([delimiter, quote, comment]).size < 3) {
    throw new RangeError(
      `${where}: delimiter, quote and comment must differ; got ${shown([delimiter, quote, comment])}`,
    );
  }
  requireSwitch(where, "trim", trim);
  decoderOf(where, encoding);
  if (header !== true) requireTexts(where, "header", header);
  requireTexts(where, "missing", missing);
  requireRecord(where, "columns", columns, "types by name");
  for (const [name, type] of Object.entries(columns)) requireOneOf(where, `column ${shown(name)}`, type, TYPES);
  return { where, format, header, missing: new Set(missing), types: new Map(Object.entries(columns)) };
}

/** @throws RangeError unless it is one character that ends no line */
function requireMark(where: string, name: string, value: unknown): void {
  if (typeof value === "string" && value.length === 1 && !/[\r\n]/.test(value)) return;
  throw new RangeError(`${where}: ${name} must be one character; got ${shown(value)}`);
}

function requireTexts(where: string, name: string, value: unknown): void {
  requireArray(where, name, value);
  const wrong = (value as readonly unknown[]).find((each) => typeof each !== "string");
  if (wrong !== undefined) throw new TypeError(`${where}: ${name} must be texts; got ${shown(wrong)}`);
}
