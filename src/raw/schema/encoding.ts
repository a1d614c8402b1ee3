import { ShapeError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { requireFloat } from "../../ops/check.ts";
import { concatenate, slice } from "../../ops/shape/slice.ts";
import type { Row } from "../row.ts";
import { type Arithmetic, Problem } from "./column.ts";
import { type FittedColumn, cellOf, requireRows } from "./table.ts";

/** A number of a raw row. */
export interface RawColumn {
  readonly name: string;
  /** The categories, whose index the number is. Default: it is a number, or 1 for true and 0 for false. */
  readonly categories?: readonly string[];
}

/** What a fitted schema does to the columns of its features, as operations. */
export interface SchemaEncoding {
  /** The features of raw rows: [rows, columns] gives [rows, features]. */
  (raw: Operand): Operand;
  /** What the numbers of a raw row are, in order. */
  readonly columns: readonly RawColumn[];
  /** The raw rows of rows: NaN for a missing cell, -1 for an unknown category. */
  numbers(rows: readonly Row[]): Tensor<"float32">;
}

/** A column whose encoding is arithmetic. */
interface Part extends FittedColumn {
  readonly arithmetic: Arithmetic;
}

/**
 * The encoding of the columns that share the input `features`.
 * @throws TypeError when there are none, or one has an encoding that is not arithmetic
 */
export function encodingOf(where: string, fitted: readonly FittedColumn[]): SchemaEncoding {
  const parts = fitted.filter(({ column }) => column.place === "features").map((each) => partOf(where, each));
  if (parts.length === 0) throw new TypeError(`${where}: there must be columns of features; got none`);
  const encode = (raw: Operand): Operand => {
    requireFloat(where, "raw rows", raw);
    if (raw.shape.length !== 2 || raw.shape[1] !== parts.length) {
      throw new ShapeError(`${where}: raw rows must be [rows, ${parts.length}]; got ${raw}`);
    }
    return concatenate(
      parts.map(({ arithmetic }, i) => arithmetic.encode(slice(raw, 1, i, i + 1))),
      1,
    );
  };
  const columns = parts.map(({ name, arithmetic: { categories } }) => ({ name, ...(categories && { categories }) }));
  return Object.assign(encode, { columns, numbers: (rows: readonly Row[]) => numbersOf(rows, parts) });
}

function partOf(where: string, each: FittedColumn): Part {
  const { arithmetic } = each.encoder;
  if (arithmetic) return { ...each, arithmetic };
  throw new TypeError(
    `${where}: columns must be numbers without logarithms, booleans, or one-hot categories; got ${each.column.name} ${JSON.stringify(each.name)}`,
  );
}

function numbersOf(rows: readonly Row[], parts: readonly Part[]): Tensor<"float32"> {
  requireRows("numbers", rows);
  const numbers = new Float32Array(rows.length * parts.length);
  parts.forEach(({ name, kind, arithmetic }, column) => {
    const cell = cellOf(name);
    rows.forEach((row, i) => {
      const value = kind.read(cell(row));
      if (value instanceof Problem) {
        throw new RangeError(`numbers: column ${JSON.stringify(name)} of row ${i} ${value.text}`);
      }
      numbers[i * parts.length + column] = value === null ? NaN : arithmetic.numberOf(value);
    });
  });
  return new Tensor([rows.length, parts.length], "float32", numbers);
}
