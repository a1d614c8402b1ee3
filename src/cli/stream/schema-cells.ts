import type { SchemaColumn } from "../model/schema-columns.ts";

/** Texts of missing cells, as `readCsv` of lanegrad/data has them. */
const MISSING: ReadonlySet<string> = new Set(["", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"]);

type Read = (text: string) => string | number | null;

/** How texts of CSV become the cells that a fitted schema reads, by the names of its inputs. */
export class CellReaders implements Iterable<readonly [string, Read]> {
  readonly #readers: ReadonlyMap<string, Read>;
  readonly #numbers: ReadonlySet<string>;

  constructor(columns: readonly SchemaColumn[]) {
    this.#readers = new Map(columns.map((column) => [column.name, readerOf(column)]));
    this.#numbers = new Set(columns.flatMap(({ name, kind }) => (kind === "number" ? [name] : [])));
  }

  /** Whether the schema reads a column as numbers. */
  isNumber(name: string): boolean {
    return this.#numbers.has(name);
  }

  [Symbol.iterator](): Iterator<readonly [string, Read]> {
    return this.#readers.entries();
  }
}

/**
 * The text itself; null for a missing one. A category that training rows wrote as another text of the same number, as `1` for
 * `1.0`, becomes that one.
 */
function readerOf({ kind, categories }: SchemaColumn): Read {
  const same = (text: string): string | number => {
    if (kind === "boolean") return isNumber(text) ? Number(text) : text;
    if (!categories || categories.has(text) || !isNumber(text)) return text;
    const number = String(Number(text));
    return categories.has(number) ? number : text;
  };
  return (text) => (MISSING.has(text) || MISSING.has(text.trim()) ? null : same(text));
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
