import { FormatError } from "../../base/errors.ts";
import { visible } from "../../base/shown.ts";
import type { ByteSource } from "../../files/source.ts";
import { csvParse } from "../peers.ts";
import { textPieces } from "./text-pieces.ts";

/** How the cells of a file are separated. */
export interface CsvFormat {
  readonly delimiter: string;
  readonly quote: string | false;
  readonly comment: string | undefined;
  readonly trim: boolean;
  readonly encoding: string;
}

export interface CsvRecord {
  readonly cells: readonly string[];
  /** The line of the file on which it begins, from 1. */
  readonly line: number;
}

const LONGEST = 2 ** 24; // bytes of one record: a quote that nobody closes must not collect a whole file

/** What csv-parse requires, by the code of its error. */
const RULES: Readonly<Record<string, readonly [must: string, got: string]>> = {
  INVALID_OPENING_QUOTE: ["must have quotes around whole cells", "text before a quote"],
  CSV_INVALID_CLOSING_QUOTE: ["must have a delimiter after a closing quote", "other text"],
  CSV_QUOTE_NOT_CLOSED: ["must close its quotes", "the end of the file"],
  CSV_MAX_RECORD_SIZE: [`must have at most ${LONGEST} bytes`, "more (is a quote never closed?)"],
};

/**
 * The records of a CSV file, some at a time; empty lines and comments are none.
 * @throws FormatError that names the line when the text is no CSV
 */
export async function* csvRecords(
  where: string,
  source: ByteSource,
  { delimiter, quote, comment, trim, encoding }: CsvFormat,
): AsyncGenerator<readonly CsvRecord[]> {
  const { parse } = await csvParse(where);
  let records: CsvRecord[] = [];
  let lines = 1; // of records, and of the one that comes
  const parser = parse({
    delimiter,
    quote,
    trim,
    ...(comment !== undefined && { comment, comment_no_infix: true }),
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST,
    on_record: (cells: readonly string[], { empty_lines, comment_lines }) => {
      records.push({ cells, line: lines + empty_lines + comment_lines });
      lines += linesOf(cells);
      return null; // nothing goes through the stream
    },
  });
  let fail: (error: unknown) => void = () => {};
  parser.on("error", (error) => fail(error));
  const done = (give: (then: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      fail = (error) => reject(refusal(where, source, lines, error));
      give((error) => (error ? fail(error) : resolve()));
    });
  for await (const text of textPieces(where, source, encoding)) {
    if (text === "") continue;
    await done((then) => parser.write(text, then));
    yield records;
    records = [];
  }
  await done((then) => parser.end(then));
  yield records;
}

/** Lines that a record takes: quoted cells may have line breaks. */
function linesOf(cells: readonly string[]): number {
  let lines = 1;
  for (const cell of cells) {
    if (cell.includes("\n") || cell.includes("\r")) lines += cell.split(/\r\n|\n|\r/).length - 1;
  }
  return lines;
}

function refusal(where: string, { name }: ByteSource, lines: number, cause: unknown): unknown {
  const { code, empty_lines = 0, comment_lines = 0 } = Object(cause) as Readonly<Record<string, unknown>>;
  if (typeof code !== "string" || !(cause instanceof Error)) return cause;
  const line = lines + Number(empty_lines) + Number(comment_lines);
  const [must, got] = RULES[code] ?? ["must be CSV", visible(cause.message)];
  return new FormatError(`${where}: ${JSON.stringify(name)} line ${line} ${must}; got ${got}`, { cause });
}
