import { FormatError, requireArray, requireRecord, shown } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { shownNames, visible } from "../base/shown.ts";
import { type ByteSource, type FileLike, openSource } from "../files/source.ts";
import { hyparquet } from "./peers.ts";
import type { Cell, Row } from "./row.ts";
import { collected, repeatable, rowOf } from "./rows.ts";

/** Decompresses `input` to `outputLength` bytes. */
export type Decompress = (input: Uint8Array, outputLength: number) => Uint8Array;

export interface ParquetOptions {
  /** Names of the columns that are read, in this order. Default: all. */
  readonly columns?: readonly string[] | undefined;
  /**
   * Decompressors by the name of the codec: `compressors` of the package hyparquet-compressors, for files of gzip, zstd, lz4
   * and brotli. Default: none; Snappy and plain pages need none.
   */
  readonly compressors?: Readonly<Record<string, Decompress>>;
}

const MOST_ROWS = 2 ** 26; // of one row group, which is in memory at once
const SNAPPY_EXPANSION = 64; // a copy of at most 64 bytes takes 2 or more
const MOST_EXPANSION = 2 ** 16; // of the other codecs: a block of zstd that repeats one byte

interface Settings {
  readonly where: string;
  readonly columns: readonly string[] | undefined;
  readonly compressors: Readonly<Record<string, Decompress>>;
}

/**
 * The rows of a Parquet file. Integers of 64 bits are numbers where they are below 2^53, else bigints; dates and timestamps are
 * Dates, decimals numbers, bytes text. Lists and structures are refused: leave them out by `columns`. Needs the package hyparquet.
 *
 * @throws FormatError that names the file when it is damaged, or a column is refused
 * @throws FileError when the host cannot read the file
 */
export async function readParquet(file: FileLike, options: ParquetOptions = {}): Promise<readonly Row[]> {
  return collected(rowsOfFile("readParquet", file, options));
}

/**
 * The rows of `readParquet` one after the other; one row group is in memory at once. Each iteration reads the file from its
 * start. Needs the package hyparquet.
 *
 * @throws the errors of `readParquet`, during the iteration
 */
export function streamParquet(file: FileLike, options: ParquetOptions = {}): AsyncIterable<Row> {
  return rowsOfFile("streamParquet", file, options);
}

function rowsOfFile(where: string, file: FileLike, options: ParquetOptions): AsyncIterable<Row> {
  const { columns, compressors } = withDefaults(where, options, { columns: undefined, compressors: {} });
  if (columns !== undefined) requireArray(where, "columns", columns);
  requireRecord(where, "compressors", compressors, "functions by codec");
  return repeatable(() => rowsIn({ where, columns, compressors }, file));
}

async function* rowsIn(settings: Settings, file: FileLike): AsyncGenerator<Row, void, undefined> {
  const source = await openSource(settings.where, file);
  try {
    yield* rowsFrom(settings, source);
  } finally {
    await source.close();
  }
}

async function* rowsFrom(
  { where, columns, compressors }: Settings,
  source: ByteSource,
): AsyncGenerator<Row, void, undefined> {
  const library = await hyparquet(where);
  const called = `${where}: ${JSON.stringify(source.name)}`;
  const file = {
    byteLength: source.size,
    slice: async (start: number, end = source.size) => (await source.read(Math.max(0, start), end)).buffer,
  };
  const metadata = await wrapped(called, () => library.parquetMetadataAsync(file, { geoparquet: false }));
  const fields = await wrapped(called, async () => library.parquetSchema(metadata).children);
  const names = columns ?? fields.map(({ element }) => element.name);
  for (const name of names) {
    const field = fields.find(({ element }) => element.name === name);
    if (!field) {
      const all = shownNames(fields.map(({ element }) => element.name));
      throw new FormatError(`${called} must have the column ${shown(name)}; got ${all}`);
    }
    if (field.children.length === 0 && field.element.repetition_type !== "REPEATED") continue;
    throw refused(called, name, "a list or structure");
  }
  const bounded = { SNAPPY: snappyOf(called, library), ...boundedBy(called, compressors, MOST_EXPANSION) };
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows);
    if (!(count >= 0 && count <= MOST_ROWS)) {
      throw new FormatError(`${called} must have row groups of at most ${MOST_ROWS} rows; got ${count}`);
    }
    const rowEnd = rowStart + count;
    let rows: readonly (readonly unknown[])[] = [];
    await wrapped(called, () =>
      library.parquetRead({
        file,
        metadata,
        columns: [...names],
        rowStart,
        rowEnd,
        compressors: bounded,
        geoparquet: false,
        onComplete: (found) => (rows = found),
      }),
    );
    if (rows.length !== count)
      throw new FormatError(`${called} must have ${count} rows in a group; got ${rows.length}`);
    for (const cells of rows)
      yield rowOf(
        names,
        names.map((name, i) => cellOf(called, name, cells[i])),
      );
    rowStart = rowEnd;
  }
}

/** What a function of the library gives; its errors as ours. */
async function wrapped<T>(called: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof Error && ["FormatError", "FileError"].includes(cause.name)) throw cause;
    const got = visible(cause instanceof Error ? cause.message : String(cause)).slice(0, 200);
    const advice = got.includes("compression codec") ? " (the option compressors takes functions for others)" : "";
    throw new FormatError(`${called} must be a whole Parquet file; got ${got}${advice}`, { cause });
  }
}

function cellOf(called: string, name: string, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Date) return value;
  throw refused(called, name, ArrayBuffer.isView(value) ? "bytes" : shown(value));
}

function refused(called: string, name: string, got: string): FormatError {
  return new FormatError(
    `${called}, column ${shown(name)} must be of plain values; got ${got} (the option columns can leave it out)`,
  );
}

type Library = Awaited<ReturnType<typeof hyparquet>>;

function snappyOf(called: string, { snappyUncompress }: Library): Decompress {
  const run: Decompress = (input, outputLength) => {
    const out = new Uint8Array(outputLength);
    snappyUncompress(input, out);
    return out;
  };
  return boundedBy(called, { SNAPPY: run }, SNAPPY_EXPANSION)["SNAPPY"] ?? run;
}

/** Decompressors that refuse lengths that no data of the codec expands to, before memory is allocated. */
function boundedBy(
  called: string,
  all: Readonly<Record<string, Decompress>>,
  most: number,
): Readonly<Record<string, Decompress>> {
  const bounded = ([codec, run]: readonly [string, Decompress]): [string, Decompress] => [
    codec,
    (input, outputLength) => {
      if (outputLength <= input.length * most) return run(input, outputLength);
      throw new FormatError(
        `${called} must have pages of a possible size; got ${outputLength} bytes from ${input.length} of ${codec}`,
      );
    },
  ];
  return Object.fromEntries(Object.entries(all).map(bounded));
}
