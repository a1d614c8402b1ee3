import { shown } from "../../base/errors.ts";
import { type Dtype, type Shape, Tensor } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import type { Cell } from "../row.ts";

/** Where the numbers of a column go: into the features that columns share, or into an input of its own. */
export type Place = "features" | "own";

/** What a column predicts as the target: a label with probabilities, a value, or nothing. */
export type Role = "label" | "value" | "none";

/** What does not fit of a cell or of a whole column, after its name: `must be a number; got "a"`. */
export class Problem {
  constructor(readonly text: string) {}
}

/** The problem of a value that is not what it must be. */
export function problem(must: string, got: unknown): Problem {
  return new Problem(`must be ${must}; got ${shown(got)}`);
}

/** How the cells of one column become numbers; V is what a cell is read as. */
export interface Kind<V> {
  /** The value of a cell; null for a missing one that the options allow. */
  read(cell: Cell): V | null | Problem;
  /** Learns from the values of training rows; a problem if they tell nothing. */
  fit(values: readonly (V | null)[]): Encoder<V> | Problem;
  /** The encoder with a state that came from JSON; a problem if it is not one. */
  restore(state: unknown): Encoder<V> | Problem;
  /** What encodes the column as the target; a problem if it cannot be one. Default: it cannot. */
  target?(): Kind<V> | Problem;
}

/** An encoding as operations on one number for each cell. */
export interface Arithmetic {
  /** The categories whose index the number is; undefined for other columns. */
  readonly categories?: readonly string[];
  /** The number of a value. */
  numberOf(value: unknown): number;
  /** The features [rows, width] of numbers x [rows, 1]; NaN is a missing cell. */
  encode(x: Operand): Operand;
}

/** A fitted column. */
export interface Encoder<V> {
  /** Shape of one row. */
  readonly shape: Shape;
  readonly dtype: Dtype;
  /** Names of the features, each without that of the column before it: `["=red", "=blue"]`. */
  suffixes(): readonly string[];
  /** Count of ids, for int32. */
  readonly size?: number;
  /** The classes of a target. */
  readonly classes?: readonly string[];
  /** What was learned, as plain data for JSON. */
  readonly state: unknown;
  /** Writes the numbers of a value from index `at` on, where zeros are. */
  write(value: V | null, out: Float32Array | Int32Array, at: number): Problem | undefined;
  /** What `write` does, as operations. Default: it is not arithmetic. */
  readonly arithmetic?: Arithmetic;
  /** The value of a number that `write` wrote. */
  readonly inverse?: (written: number) => number;
}

/** A column of a schema, as `column.number()` makes it. */
export class Column<P extends Place = Place, R extends Role = Role> {
  constructor(
    /** The name of the function that makes it. */
    readonly name: string,
    /** With defaults filled in. */
    readonly options: object,
    readonly place: P,
    readonly role: R,
    /** @internal */
    readonly kind: Kind<unknown>,
  ) {}
}

/** Whether a cell is missing: null, undefined or an empty text. */
export function isMissing(cell: Cell): cell is null | undefined | "" {
  return cell === null || cell === undefined || cell === "";
}

/** The problem of a missing cell. @param allow the option that would allow it */
export function missingProblem(cell: Cell, allow: string): Problem {
  const got = cell === "" ? "an empty text" : "no value";
  return new Problem(`must have a value; got ${got} (${allow} allows it)`);
}

/** The problem of a column without values to learn from. */
export const NO_VALUES = new Problem("must have at least one value; got only missing ones");

/** Whether a cell is an image. */
export function isImage(cell: Cell): cell is Tensor<"float32"> {
  return cell instanceof Tensor;
}
