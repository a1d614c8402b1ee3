import type { Cell, Row } from "./row.ts";

/** A row of cells by the names of their columns; a column may have any name, `__proto__` too. */
export function rowOf(names: readonly string[], cells: readonly Cell[]): Row {
  const row: Record<string, Cell> = {};
  for (let i = 0; i < names.length; i++) setCell(row, names[i] ?? "", cells[i]);
  return row;
}

/** Sets a property of the row's own, where an assignment to `__proto__` would set its prototype. */
export function setCell(row: Record<string, Cell>, name: string, value: Cell): void {
  if (name !== "__proto__") row[name] = value;
  else Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Rows that start from the first each time they are asked for. */
export function repeatable<R = Row>(start: () => AsyncGenerator<R, void, undefined>): AsyncIterable<R> {
  return { [Symbol.asyncIterator]: start };
}

/** All rows, in memory. */
export async function collected<R = Row>(rows: AsyncIterable<R>): Promise<readonly R[]> {
  const all: R[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
