import { shown } from "../../base/errors.ts";
import { requireKnown } from "../../base/options.ts";
import { isTensor } from "../dataset.ts";
import type { Keys } from "../keys.ts";
import type { Times } from "../times.ts";
import type { Criteria } from "./criteria.ts";
import type { FoldIndices, Indices } from "./splitter.ts";

/** How rows of a table are divided: each criterion is a function of a row, or one value for each row. */
export interface RowCriteria<R> {
  /** Whether parts are random rows, or random groups, not consecutive ones. Default: true; false with `times`. */
  readonly shuffle?: boolean;
  /** Class of a row, a number or text; parts have equal shares of each. Default: none. */
  readonly stratify?: ((row: R) => unknown) | Keys;
  /** Group of a row, a number or text: all rows of a group are in one part. Default: none. */
  readonly groups?: ((row: R) => unknown) | Keys;
  /** Time of a row, a finite number or a Date: later rows are in later parts, those of one time in one part. Default: none. */
  readonly times?: ((row: R) => unknown) | Times;
}

export interface RowSplitOptions<R> extends RowCriteria<R> {
  /** Share of the rows, from 0 to 1. Default: 1 - validation - test. */
  readonly training?: number;
  /** Share of the rows, from 0 to 1. Default: 0. */
  readonly validation?: number;
  /** Share of the rows, from 0 to 1. Default: 0. */
  readonly test?: number;
}

/** Rows in three parts; a part with share 0 is empty. */
export interface RowSplit<R> {
  readonly training: readonly R[];
  readonly validation: readonly R[];
  readonly test: readonly R[];
  /** Index among all rows of each row of each part. */
  readonly indices: Indices;
}

/** One fold of a k-fold of rows. */
export interface RowFold<R> {
  readonly training: readonly R[];
  readonly validation: readonly R[];
  /** Index among all rows of each row of both parts. */
  readonly indices: FoldIndices;
}

const CRITERIA = ["shuffle", "stratify", "groups", "times"];

/**
 * Options for rows as those for a data set: functions of a row become one value for each row.
 * @param others names of options that are no criteria
 * @throws TypeError when an option is unknown, or stratify is true or false
 */
export function listedCriteria(
  where: string,
  rows: readonly unknown[],
  options: object,
  others: readonly string[] = [],
): Criteria {
  requireKnown(where, options, [...others, ...CRITERIA]);
  const stratify: unknown = Reflect.get(options, "stratify");
  if (typeof stratify === "boolean") {
    throw new TypeError(`${where}: stratify must be a function of a row, or a class for each row; got ${stratify}`);
  }
  const listed = CRITERIA.map((name) => {
    const given: unknown = Reflect.get(options, name);
    return [name, typeof given === "function" ? rows.map((row): unknown => given(row)) : given] as const;
  });
  return { ...options, ...Object.fromEntries(listed) };
}

/**
 * Whether samples are rows of a table: an array of objects that are neither arrays nor tensors.
 * @throws TypeError when some elements of an array are such objects and others are not
 */
export function areRows(where: string, samples: unknown): samples is readonly object[] {
  if (!Array.isArray(samples)) return false;
  const other = samples.findIndex((each) => !isRow(each));
  if (other < 0) return true;
  if (!samples.some(isRow)) return false;
  throw new TypeError(
    `${where}: rows must be objects of cells by column; got ${shown(samples[other])} at index ${other}`,
  );
}

function isRow(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isTensor(value);
}

/** The rows at `indices`, in that order. */
export function rowsOf<R>(rows: readonly R[], indices: Int32Array): readonly R[] {
  return Array.from(indices, (i) => rows[i] as R);
}
