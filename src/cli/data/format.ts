import { basename } from "node:path";
import { CommandError, UsageError } from "../errors.ts";
import type { DataFormat } from "../recipe/recipe.ts";

interface Format {
  readonly name: DataFormat;
  /** What it is called where formats are listed. */
  readonly title: string;
  /** Ends of file names. */
  readonly endings: readonly string[];
}

const FORMATS: readonly Format[] = [
  { name: "csv", title: "CSV", endings: [".csv", ".tsv", ".tab", ".txt"] },
  { name: "jsonl", title: "JSON lines", endings: [".jsonl", ".ndjson"] },
  { name: "parquet", title: "Parquet", endings: [".parquet"] },
  { name: "idx", title: "IDX", endings: ["-ubyte", ".idx", "-ubyte.gz", ".idx.gz"] },
  { name: "images", title: "a folder of images", endings: [] },
];

/** Names of formats, as the option --format takes them. */
export const FORMAT_NAMES: readonly DataFormat[] = FORMATS.map(({ name }) => name);

/** Standard input, as a path. */
export const STANDARD_INPUT = "-";

/**
 * The format of data: that of the option --format, else by the ending of the file; a folder has images, and standard input CSV.
 * @throws CommandError when a name has no known ending, or the option names no format
 */
export function formatOf(where: string, path: string, isFolder: boolean, given?: string | null): DataFormat {
  if (given !== undefined && given !== null) {
    const asked = FORMATS.find(({ name }) => name === given);
    if (asked) return asked.name;
    throw new UsageError(`${where}: --format must be ${FORMAT_NAMES.join(", ")}; got ${given}`);
  }
  if (isFolder) return "images";
  if (path === STANDARD_INPUT) return "csv";
  const name = basename(path).toLowerCase();
  const found = FORMATS.find(({ endings }) => endings.some((ending) => name.endsWith(ending)));
  if (found) return found.name;
  const known = FORMATS.map(({ title, endings }) => (endings.length > 0 ? `${title} (${endings.join(" ")})` : title));
  const packed = /\.(gz|zip|zst|bz2|xz)$/.test(name);
  throw new CommandError(
    `${where}: the data must be ${known.slice(0, -1).join(", ")} or ${known.at(-1)}; got ${JSON.stringify(basename(path))}`,
    packed ? "unpack the file first" : `--format says what a file is whose name does not: --format csv`,
  );
}

/** What separates the cells of a CSV file: that of the option --delimiter, else a tab for .tsv and .tab, a comma for others. */
export function delimiterOf(path: string, given?: string | null): string {
  if (given === "tab" || given === String.raw`\t`) return "\t";
  if (given !== undefined && given !== null) return given;
  return /\.(tsv|tab)$/i.test(path) ? "\t" : ",";
}

/** Refuses a table of one column whose name has another delimiter. @param called the file in words */
export function requireDelimited(where: string, called: string, names: readonly string[], delimiter: string): void {
  const [only = "", ...more] = names;
  const isOther = (mark: string): boolean => mark !== delimiter && only.includes(mark);
  const other = more.length === 0 ? [";", "\t", "|", ","].find(isOther) : undefined;
  if (other === undefined) return;
  const shown = (mark: string): string => (mark === "\t" ? "tab" : `"${mark}"`);
  throw new CommandError(
    `${where}: ${called} must have cells separated by ${shown(delimiter)}; got one column, ${JSON.stringify(only)}`,
    `--delimiter ${shown(other)}`,
  );
}
