import { ShapeError, requireArray, shown } from "../../base/errors.ts";
import { isRecord } from "../../base/record.ts";
import { type Dtype, type Shape, Tensor, sizeOf } from "../../base/tensor.ts";
import type { Cell, Row } from "../row.ts";
import { type Column, type Encoder, type Kind, Problem } from "./column.ts";

/** A row that does not fit. */
export interface Misfit {
  /** Index of the row, from 0. */
  readonly row: number;
  readonly column: string;
  /** `must be a number; got "a"` */
  readonly problem: string;
}

/** A column by its name. */
export interface NamedColumn {
  readonly name: string;
  readonly column: Column;
  readonly kind: Kind<unknown>;
}

/** A fitted column by its name. */
export interface FittedColumn extends NamedColumn {
  readonly encoder: Encoder<unknown>;
}

/** An input that a model needs. */
export interface SchemaInput {
  /** Shape of one row. */
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** Count of ids of an int32 input: `nn.embedding(size, ...)`. */
  readonly size?: number;
}

/** A tensor that columns fill. */
export interface InputLayout extends Omit<SchemaInput, "size"> {
  readonly name: string;
  readonly columns: readonly FittedColumn[];
}

/** What is encoded of some rows. */
export interface Encoded {
  /** One for each layout. */
  readonly tensors: readonly Tensor[];
  /** Index of each row that fits. */
  readonly kept: Int32Array;
  readonly misfits: readonly Misfit[];
}

/** What to do with rows that do not fit. */
export interface OnRows {
  readonly where: string;
  /** Throws at the first problem, or collects all. */
  readonly onMisfit: "refuse" | "flag";
  /** Index of the first row in messages and misfits. Default: 0. */
  readonly first?: number;
}

/** @throws TypeError or RangeError unless rows are an array of objects, at least one */
export function requireRows(where: string, rows: readonly Row[]): void {
  requireArray(where, "rows", rows);
  if (rows.length === 0) throw new RangeError(`${where}: rows must be at least one; got none`);
  const wrong = rows.findIndex((row: unknown) => !isRecord(row));
  if (wrong >= 0) {
    throw new TypeError(
      `${where}: rows must be objects of cells by column; got ${shown(rows[wrong])} at index ${wrong}`,
    );
  }
}

/** @throws RangeError when no row has the column: its name is wrong */
export function requirePresent(where: string, rows: readonly Row[], name: string): void {
  const cell = cellOf(name);
  if (rows.some((row) => cell(row) !== undefined)) return;
  const names = Object.keys(rows[0] ?? {});
  throw new RangeError(`${where}: column ${JSON.stringify(name)} must be in the rows; got ${shown(names)}`);
}

/** A function that takes the cell of a column out of a row; undefined for what objects inherit, as `constructor`. */
export function cellOf(name: string): (row: Row) => Cell {
  if (!(name in Object.prototype)) return (row) => row[name];
  return (row) => (Object.hasOwn(row, name) ? row[name] : undefined);
}

/** The inputs of columns: those with features share one of the name "features", the others have their own. */
export function layoutsOf(columns: readonly FittedColumn[]): readonly InputLayout[] {
  const shared = columns.filter(({ column }) => column.place === "features");
  const width = shared.reduce((sum, { encoder }) => sum + sizeOf(encoder.shape), 0);
  const own = columns
    .filter(({ column }) => column.place === "own")
    .map((each) => ({ name: each.name, shape: each.encoder.shape, dtype: each.encoder.dtype, columns: [each] }));
  if (shared.length === 0) return own;
  return [{ name: "features", shape: [width], dtype: "float32", columns: shared }, ...own];
}

/**
 * Tensors of the rows that fit, in one pass over the rows.
 * @throws RangeError for the first problem, if misfits are refused, or when the tensors are too large
 */
export function encodeRows(rows: readonly Row[], layouts: readonly InputLayout[], on: OnRows): Encoded {
  const outs = layouts.map((layout) => roomFor(on.where, layout, rows.length));
  const places = layouts.flatMap((layout, input) => placesOf(layout, input));
  const widths = layouts.map(({ shape }) => sizeOf(shape));
  const kept = new Int32Array(rows.length);
  const misfits: Misfit[] = [];
  let count = 0;
  rows.forEach((row, i) => {
    const before = misfits.length;
    for (const { name, kind, encoder, cell, input, offset } of places) {
      const value = kind.read(cell(row));
      const out = outs[input];
      const wrong =
        value instanceof Problem || !out ? value : encoder.write(value, out, count * (widths[input] ?? 0) + offset);
      if (wrong instanceof Problem) misfits.push(misfitOf(on, i, name, wrong));
    }
    if (misfits.length === before) kept[count++] = i;
    else outs.forEach((out, input) => clear(out, count, widths[input] ?? 0));
  });
  return {
    tensors: layouts.map(({ shape, dtype }, input) => tensorOver([count, ...shape], dtype, outs[input])),
    kept: kept.subarray(0, count),
    misfits,
  };
}

/** The values of each column in rows that can be read, whatever was learned. */
export function readRows(
  rows: readonly Row[],
  columns: readonly NamedColumn[],
  on: OnRows,
): { readonly values: readonly (readonly unknown[])[]; readonly misfits: readonly Misfit[] } {
  const cells = columns.map(({ name }) => cellOf(name));
  const values: unknown[][] = columns.map(() => []);
  const misfits: Misfit[] = [];
  rows.forEach((row, i) => {
    const read = columns.map(({ kind }, c) => kind.read(cells[c]?.(row)));
    const before = misfits.length;
    read.forEach((value, c) => {
      if (value instanceof Problem) misfits.push(misfitOf(on, i, columns[c]?.name ?? "", value));
    });
    if (misfits.length === before) read.forEach((value, c) => values[c]?.push(value));
  });
  return { values, misfits };
}

/** The problem of a row. @throws RangeError if misfits are refused */
function misfitOf({ where, onMisfit, first = 0 }: OnRows, row: number, column: string, { text }: Problem): Misfit {
  if (onMisfit === "flag") return { row: first + row, column, problem: text };
  throw new RangeError(`${where}: column ${JSON.stringify(column)} of row ${first + row} ${text}`);
}

function placesOf({ columns }: InputLayout, input: number): readonly (FittedColumn & Located)[] {
  let end = 0;
  return columns.map((each) => {
    const offset = end;
    end += sizeOf(each.encoder.shape);
    return { ...each, cell: cellOf(each.name), input, offset };
  });
}

/** Where a column's cells come from and its numbers go. */
interface Located {
  readonly cell: (row: Row) => Cell;
  /** Index of the layout. */
  readonly input: number;
  /** Index within a row of it. */
  readonly offset: number;
}

function roomFor(where: string, { name, shape, dtype }: InputLayout, rows: number): Float32Array | Int32Array {
  const size = rows * sizeOf(shape);
  try {
    return dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  } catch (cause) {
    throw new RangeError(
      `${where}: input ${JSON.stringify(name)} must fit in memory; got ${rows} rows of ${sizeOf(shape)} numbers`,
      { cause },
    );
  }
}

function tensorOver(shape: Shape, dtype: Dtype, out: Float32Array | Int32Array | undefined): Tensor {
  const numbers = out?.subarray(0, sizeOf(shape));
  if (numbers instanceof Float32Array) return new Tensor(shape, "float32", numbers);
  if (numbers instanceof Int32Array) return new Tensor(shape, "int32", numbers);
  throw new ShapeError(`encode: there must be numbers of ${dtype}; got none`);
}

/** Sets a row back to zeros. */
function clear(out: Float32Array | Int32Array, row: number, width: number): void {
  out.fill(0, row * width, (row + 1) * width);
}
