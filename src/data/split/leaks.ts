import { withDefaults } from "../../base/options.ts";
import { shown } from "../../base/errors.ts";
import type { Tensors } from "../../base/tensors.ts";
import { type Dataset, asDataset } from "../dataset.ts";
import { type Key, type Keys, codesOf } from "../keys.ts";
import { RowIndex, firstEqualRows } from "../row-index.ts";
import { type Times, spansOf } from "../times.ts";

/** What training samples tell of validation samples. */
export interface Leaks {
  /** Validation samples whose inputs occur in training, each with the first such training sample. */
  readonly rows: readonly { readonly training: number; readonly validation: number }[];
  /** Groups with samples in both parts. */
  readonly groups: readonly Key[];
  /** Validation samples that are not later than all training samples. */
  readonly times: Int32Array;
}

/** Options of `findLeaks`, for training and validation in this order. */
export interface LeakOptions {
  /** Group of each sample of either part. Default: groups are not compared. */
  readonly groups?: readonly [training: Keys, validation: Keys];
  /** Time of each sample of either part. Default: times are not compared. */
  readonly times?: readonly [training: Times, validation: Times];
}

/**
 * What leaks from training to validation: inputs of the same bits, groups in both parts, validation samples that begin before
 * training ends. All are empty if nothing leaks.
 *
 * Shape: x of both parts of one shape, but for the number of samples; y of any shape, it is not compared.
 *
 * @throws ShapeError when inputs differ in names, dtype or shape, or groups or times are not one for each sample
 * @throws TypeError when a part is not a data set, a group is neither number nor text, or an option is unknown
 * @throws RangeError when a time is not finite
 */
export function findLeaks<X extends Tensors>(
  training: Dataset<X, Tensors>,
  validation: Dataset<X, Tensors>,
  options: LeakOptions = {},
): Leaks {
  const where = "findLeaks";
  const { groups, times } = withDefaults(where, options, { groups: undefined, times: undefined });
  const [first, second] = [asDataset(where, training), asDataset(where, validation)];
  const [groupsOfFirst, groupsOfSecond] = pairOf(where, "groups", groups);
  const [timesOfFirst, timesOfSecond] = pairOf(where, "times", times);
  return {
    rows: equalRows(where, first, second),
    groups: groups ? sharedKeys(where, [groupsOfFirst, first.length], [groupsOfSecond, second.length]) : [],
    times: times ? notLater(where, [timesOfFirst, first.length], [timesOfSecond, second.length]) : new Int32Array(),
  };
}

/**
 * A group for each sample: samples whose inputs have the same bits are in one group. With them as `groups` of `split` and
 * `kFold`, duplicates do not leak.
 * @throws TypeError or ShapeError when `dataset` is not a data set
 */
export function duplicateGroups(dataset: Dataset<Tensors, Tensors>): Int32Array {
  const { x, length } = asDataset("duplicateGroups", dataset);
  return firstEqualRows(x, length);
}

/** Count of samples whose group occurs in a part of a smaller number too. @param partOf the part of each sample, -1 for none */
export function countShared(groups: Int32Array, partOf: Int32Array): number {
  const lowest = new Int32Array(groups.length).fill(2 ** 31 - 1);
  groups.forEach((group, i) => {
    const part = partOf[i] ?? -1;
    if (part >= 0 && part < (lowest[group] ?? 0)) lowest[group] = part;
  });
  return groups.reduce((count, group, i) => count + ((partOf[i] ?? -1) > (lowest[group] ?? 0) ? 1 : 0), 0);
}

function equalRows<X extends Tensors>(
  where: string,
  training: Dataset<X, Tensors>,
  validation: Dataset<X, Tensors>,
): Leaks["rows"] {
  const index = new RowIndex(training.x, training.length);
  const columns = index.columnsLike(where, validation.x);
  for (let i = 0; i < training.length; i++) index.findOrAdd(i);
  const rows: { training: number; validation: number }[] = [];
  for (let i = 0; i < validation.length; i++) {
    const found = index.find(i, columns);
    if (found >= 0) rows.push({ training: found, validation: i });
  }
  return rows;
}

/** Values for one part, and its count of samples. */
type Part = readonly [values: unknown, length: number];

function sharedKeys(where: string, training: Part, validation: Part): readonly Key[] {
  const first = codesOf(where, "groups[0]", ...training).keys;
  const known = new Set(codesOf(where, "groups[1]", ...validation).keys);
  return first.filter((key) => known.has(key));
}

function notLater(where: string, training: Part, validation: Part): Int32Array {
  const end = spansOf(where, "times[0]", ...training).to.reduce((latest, time) => Math.max(latest, time), -Infinity);
  const { from } = spansOf(where, "times[1]", ...validation);
  return Int32Array.from(from.keys()).filter((i) => (from[i] ?? NaN) <= end);
}

function pairOf(where: string, name: string, given: unknown): readonly [unknown, unknown] {
  if (given === undefined) return [undefined, undefined];
  if (Array.isArray(given) && given.length === 2) return [given[0], given[1]];
  throw new TypeError(`${where}: ${name} must be [of training, of validation]; got ${shown(given)}`);
}
