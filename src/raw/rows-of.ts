import { FormatError, shown } from "../base/errors.ts";
import { isAsyncIterable, isIterable } from "../base/iterable.ts";
import { arrayKind } from "../base/numbers.ts";
import { isTensor } from "../data/dataset.ts";
import type { Cell, Row } from "./row.ts";
import { repeatable, rowOf } from "./rows.ts";

/** Values of a column: an array, a typed array, or what has a length and can be iterated, as a vector of Arrow. */
export type ColumnValues = ArrayLike<Cell> | (Iterable<Cell> & { readonly length: number });

/** Columns of one length by their names: a batch of rows. */
export type ColumnBatch = Readonly<Record<string, ColumnValues>>;

/**
 * The rows of anything that can be iterated and gives rows, or batches of columns, as Arrow, DuckDB and polars have them.
 *
 * @throws TypeError when `items` cannot be iterated
 * @throws FormatError that names the row and the column when a cell is no `Cell`, or columns of a batch differ in length;
 * during the iteration
 */
export function rowsOf(items: AsyncIterable<Row | ColumnBatch> | Iterable<Row | ColumnBatch>): AsyncIterable<Row> {
  if (isAsyncIterable(items) || isIterable(items)) return repeatable(() => rowsIn(items));
  throw new TypeError(`rowsOf: rows must be what for await can iterate; got ${shown(items)}`);
}

async function* rowsIn(
  items: AsyncIterable<Row | ColumnBatch> | Iterable<Row | ColumnBatch>,
): AsyncGenerator<Row, void, undefined> {
  let index = 0;
  for await (const item of items) {
    if (typeof item !== "object" || item === null || isList(item)) {
      throw new FormatError(`rowsOf: row ${index} must be an object, cells or columns by name; got ${shown(item)}`);
    }
    for (const row of isBatch(item) ? rowsOfBatch(item, index) : [item]) {
      requireCells(row, index);
      yield row;
      index++;
    }
  }
}

function isBatch(item: Row | ColumnBatch): item is ColumnBatch {
  const values = Object.values(item);
  return values.length > 0 && values.every(isList);
}

function isList(value: unknown): boolean {
  if (typeof value !== "object" || value === null || isTensor(value)) return false;
  return Array.isArray(value) || arrayKind(value) !== undefined || (Symbol.iterator in value && "length" in value);
}

function* rowsOfBatch(batch: ColumnBatch, index: number): Generator<Row> {
  const names = Object.keys(batch);
  const columns = Object.values(batch).map(
    (values) => (arrayKind(values) ? values : Array.from(values)) as ArrayLike<Cell>,
  );
  const [first] = columns;
  const other = columns.findIndex(({ length }) => length !== first?.length);
  if (other >= 0) {
    const got = `${first?.length} in ${shown(names[0])} and ${columns[other]?.length} in ${shown(names[other])}`;
    throw new FormatError(`rowsOf: columns of the batch at row ${index} must have one length; got ${got}`);
  }
  for (let i = 0; i < (first?.length ?? 0); i++)
    yield rowOf(
      names,
      columns.map((column) => column[i]),
    );
}

function requireCells(row: Row, index: number): void {
  for (const [name, cell] of Object.entries(row) as [string, unknown][]) {
    if (typeof cell !== "object" || cell === null || cell instanceof Date || isTensor(cell)) {
      if (typeof cell !== "symbol" && typeof cell !== "function") continue;
    }
    throw new FormatError(
      `rowsOf: row ${index}, column ${shown(name)} must be text, a number, a boolean, a date, a tensor or missing; got ${shown(cell)}`,
    );
  }
}
