import { requireWhole, requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { Tensor } from "../../base/tensor.ts";
import {
  type AnyDataset,
  type Dataset,
  type IndexedDataset,
  gather,
  isIndexed,
  requireSamples,
  selected,
} from "../dataset.ts";
import type { Divided, Keys } from "../keys.ts";
import {
  CRITERIA_DEFAULTS,
  type Criteria,
  type FilledCriteria,
  checkCriteria,
  splitterOf,
  warnOfLeaks,
} from "./criteria.ts";
import { type RowSplit, type RowSplitOptions, areRows, listedCriteria, rowsOf } from "./rows.ts";
import type { Indices, Shares } from "./splitter.ts";

/** A data set in three parts; a part with share 0 is empty. */
export interface Split<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly training: Dataset<X, Y>;
  readonly validation: Dataset<X, Y>;
  readonly test: Dataset<X, Y>;
  /** Index in the whole data set of each sample of each part. */
  readonly indices: Indices;
}

/** Samples by index in three parts, which are made by index too; a part with share 0 has no samples. */
export interface IndexedSplit<X extends Tensors = Tensors, Y extends Tensors = Tensors> {
  readonly training: IndexedDataset<X, Y>;
  readonly validation: IndexedDataset<X, Y>;
  readonly test: IndexedDataset<X, Y>;
  /** Index in the whole data set of each sample of each part. */
  readonly indices: Indices;
}

export interface SplitOptions extends Criteria {
  /** Share of the samples, from 0 to 1. Default: 1 - validation - test. */
  readonly training?: number;
  /** Share of the samples, from 0 to 1. Default: 0. */
  readonly validation?: number;
  /** Share of the samples, from 0 to 1. Default: 0. */
  readonly test?: number;
}

/** Bound on the rounding error of shares and of their sum; three shares have less than 1e-15. */
const ROUNDING = 1e-9;

/** Options of `split` for samples by index, which are not read. */
export interface IndexedSplitOptions extends Omit<SplitOptions, "stratify" | "checkRows"> {
  /** Class of each sample: parts have equal shares of each. Default: none. */
  readonly stratify?: Keys;
}

/**
 * Splits a data set into parts for training, validation and test: each sample is copied to exactly one part.
 *
 * Sizes are rounded so that they add up: each part is less than one sample away from its share. A share within 1e-9 of 0
 * or 1 counts as 0 or 1: `1 - 0.18 - 0.82` is 0. With `stratify` this holds for the training samples of each class too,
 * and validation and test are less than two samples away.
 *
 * With `groups` or `times` each part has at least one group or time and ends where its size is nearest to its share. Samples
 * with first and last times, such as windows of a series, that begin before a cut and end after it are in no part.
 *
 * A warning names windows that share steps with windows in another part and, with `checkRows`, equal inputs in two parts.
 *
 * Shape: x and y of any shape; y holds one label for each sample, [samples] or [samples, 1], with `stratify: true`.
 *
 * @throws RangeError when the data set is empty, shares are not from 0 to 1 or do not sum to 1 (within 1e-9), a part with
 * a share above 0 is empty, there are fewer groups or times than parts, a time is not finite, or, with `stratify`, a class has
 * a single sample
 * @throws ShapeError when, with `stratify: true`, y has more than one number per sample, or classes, groups or times are not
 * one for each sample
 * @throws TypeError when shuffle or stratify is of the wrong kind, y is several tensors with `stratify: true`, times are
 * combined with shuffle, stratify or groups, or groups with stratify, or an option is unknown
 */
export function split<X extends Tensors, Y extends Tensors>(samples: Dataset<X, Y>, options: SplitOptions): Split<X, Y>;
/**
 * Splits rows of a table in the same way, before a schema is fitted to those for training; a criterion is a function of a row:
 * `data.split(rows, { test: 0.2, stratify: (row) => row.species })`.
 */
export function split<R extends object>(rows: readonly R[], options: RowSplitOptions<R>): RowSplit<R>;
/**
 * Splits samples by index, such as images of a folder, without reading them; classes are given, not read from y:
 * `data.split(images, { test: 0.2, stratify: images.labels })`.
 */
export function split<X extends Tensors, Y extends Tensors>(
  samples: IndexedDataset<X, Y>,
  options: IndexedSplitOptions,
): IndexedSplit<X, Y>;
export function split(
  samples: AnyDataset | IndexedDataset | readonly object[],
  options: SplitOptions | IndexedSplitOptions | RowSplitOptions<object>,
): Split<Tensors, Tensors> | IndexedSplit | RowSplit<object> {
  if (areRows("split", samples)) {
    const rows = samples;
    const filled = filledFrom(listedCriteria("split", rows, options, SHARES));
    requireWhole("split", "the number of rows", rows.length, 1);
    const indices = cut({ length: rows.length }, filled);
    return { ...partsOf(indices, (each) => rowsOf(rows, each)), indices };
  }
  const filled = filledFrom(options as SplitOptions);
  if (isIndexed(samples)) {
    requireGiven(filled);
    requireWhole("split", "the number of samples", samples.length, 1);
    const indices = cut({ length: samples.length }, filled);
    return { ...partsOf(indices, (each) => selected(samples, each)), indices };
  }
  const dataset = requireSamples("split", samples);
  const indices = cut(dataset, filled);
  const parts = { ...partsOf(indices, (each) => gather(dataset, each)), indices };
  warnOfLeaks("split", samples, filled, [indices.training, indices.validation, indices.test]);
  return parts;
}

/** Refuses what would have to read the samples. */
function requireGiven({ stratify, checkRows }: FilledCriteria): void {
  if (checkRows === true) throw new TypeError("split: checkRows must be false for samples by index; got true");
  if (stratify !== true) return;
  throw new TypeError("split: stratify must be a class for each sample of samples by index; got true");
}

const SHARES = ["training", "validation", "test"] as const;

interface FilledSplit extends FilledCriteria {
  readonly shares: Shares;
}

/** Criteria and shares with defaults filled in. */
function filledFrom(options: SplitOptions): FilledSplit {
  const filled = withDefaults("split", options, { training: undefined, validation: 0, test: 0, ...CRITERIA_DEFAULTS });
  const validation = shareOf("validation", filled.validation);
  const test = shareOf("test", filled.test);
  const training = shareOf("training", filled.training ?? Math.max(0, 1 - validation - test));
  checkCriteria("split", filled);
  return { ...filled, shares: { training, validation, test } };
}

/** Samples of each part. */
function cut(dataset: Divided, { shares, ...criteria }: FilledSplit): Indices {
  const { training, validation, test } = shares;
  if (Math.abs(training + validation + test - 1) > ROUNDING) {
    throw new RangeError(
      `split: training, validation and test must sum to 1; got ${training}, ${validation} and ${test}`,
    );
  }
  const indices = splitterOf("split", dataset, criteria, { classesInGroups: false }).cut(shares);
  const empty = SHARES.find((name) => shares[name] > 0 && indices[name].length === 0);
  if (empty === undefined) return indices;
  throw new RangeError(`split: ${empty} must hold at least one sample; got ${shares[empty]} of ${dataset.length}`);
}

function partsOf<T>(indices: Indices, part: (indices: Int32Array) => T): Readonly<Record<keyof Indices, T>> {
  return { training: part(indices.training), validation: part(indices.validation), test: part(indices.test) };
}

/** A share, rounded to 0 or 1 if it is within `ROUNDING` of it. */
function shareOf(name: string, value: number): number {
  const isWhole = typeof value === "number" && Math.abs(value - Math.round(value)) < ROUNDING;
  const share = isWhole ? Math.round(value) : value;
  requireWithin("split", name, share, 0, 1);
  return share;
}
