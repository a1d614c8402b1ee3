import { basename } from "node:path";
import { type FittedSchema, type Row, streamParquet } from "lanegrad/data";
import { STANDARD_INPUT, delimiterOf, formatOf } from "../data/format.ts";
import { idxRows } from "../data/idx.ts";
import { isImage } from "../data/images.ts";
import { requireFile } from "../data/paths.ts";
import { UsageError } from "../errors.ts";
import type { DataFormat } from "../recipe/recipe.ts";
import { csvRows } from "./csv-rows.ts";
import { imageFormOf, imageRows } from "./image-rows.ts";
import { jsonRows } from "./json-rows.ts";
import { type InputRow, type InputRows, ValueRow } from "./row.ts";
import { CellReaders } from "./schema-cells.ts";
import { schemaColumns } from "../model/schema-columns.ts";
import { beginsWithBrace, textInput } from "./text.ts";

export interface OpenOptions {
  readonly format?: string | undefined;
  readonly delimiter?: string | undefined;
}

/** Rows of a file, a folder or standard input, one after the other. */
export interface OpenRows {
  readonly format: DataFormat;
  /** What separates cells of CSV; a comma for other formats. */
  readonly delimiter: string;
  readonly rows: InputRows;
  /** Ends the reading. */
  close(): void;
}

const AT_ONCE = 64; // rows of formats that are not text

/**
 * Opens rows for a model. Memory holds a piece of a file; of IDX files all.
 * @throws CommandError when there is no file, or its format is unknown
 */
export async function openRows(
  where: string,
  path: string,
  schema: FittedSchema,
  options: OpenOptions,
): Promise<OpenRows> {
  if (isImage(basename(path))) return ofValues("images", imageRows(path, imageFormOf(schema)));
  const status = path === STANDARD_INPUT ? undefined : requireFile(where, "the data", path);
  const isFolder = status?.isDirectory() ?? false;
  if (path !== STANDARD_INPUT || options.format !== undefined) {
    const format = formatOf(where, path, isFolder, options.format);
    if (isFolder !== (format === "images") || (path === STANDARD_INPUT && format !== "csv" && format !== "jsonl")) {
      const got = isFolder ? "a folder" : path === STANDARD_INPUT ? "standard input" : "a file";
      const must = format === "images" ? "a folder" : "a file";
      throw new UsageError(`${where}: data of the format ${format} must be ${must}; got ${got}`);
    }
    if (format === "images") return ofValues(format, imageRows(path, imageFormOf(schema)));
    if (format === "parquet") return ofValues(format, streamParquet(path));
    if (format === "idx") return ofValues(format, numbered(await idxRows(where, path, null)));
    return ofText(where, path, schema, format, options);
  }
  return ofText(where, path, schema, undefined, options);
}

/** @param format undefined for that which the first character tells */
async function ofText(
  where: string,
  path: string,
  schema: FittedSchema,
  format: DataFormat | undefined,
  options: OpenOptions,
): Promise<OpenRows> {
  const input = textInput(path);
  const readers = new CellReaders(schemaColumns(schema).inputs);
  const delimiter = delimiterOf(path, options.delimiter);
  const found = format ?? ((await beginsWithBrace(input)) ? "jsonl" : "csv");
  const rows = found === "csv" ? csvRows({ where, delimiter, readers }, input) : jsonRows({ where, readers }, input);
  return { format: found, delimiter, rows, close: () => input.close() };
}

function ofValues(format: DataFormat, rows: AsyncIterable<Row> | Iterable<Row>): OpenRows {
  return { format, delimiter: ",", rows: grouped(rows), close: () => undefined };
}

async function* grouped(rows: AsyncIterable<Row> | Iterable<Row>): InputRows {
  let group: InputRow[] = [];
  let count = 0;
  for await (const row of rows) {
    group.push(new ValueRow(row, count++));
    if (group.length < AT_ONCE) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Rows whose images have no other name than their place. */
function* numbered(rows: readonly Row[]): Generator<Row> {
  for (const [row, cells] of rows.entries()) yield { row, ...cells };
}
