import { requireWithin } from "../../base/errors.ts";
import { withDefaults } from "../../base/options.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { type Dataset, gather, requireSamples } from "../dataset.ts";
import { CRITERIA_DEFAULTS, type Criteria, checkCriteria, splitterOf, warnOfLeaks } from "./criteria.ts";
import type { Indices } from "./splitter.ts";

/** A data set in three parts; a part with share 0 is empty. */
export interface Split<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly training: Dataset<X, Y>;
  readonly validation: Dataset<X, Y>;
  readonly test: Dataset<X, Y>;
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
export function split<X extends Tensors, Y extends Tensors>(
  samples: Dataset<X, Y>,
  options: SplitOptions,
): Split<X, Y> {
  const filled = withDefaults("split", options, { training: undefined, validation: 0, test: 0, ...CRITERIA_DEFAULTS });
  const validation = shareOf("validation", filled.validation);
  const test = shareOf("test", filled.test);
  const training = shareOf("training", filled.training ?? Math.max(0, 1 - validation - test));
  checkCriteria("split", filled);
  const dataset = requireSamples("split", samples);
  if (Math.abs(training + validation + test - 1) > ROUNDING) {
    throw new RangeError(
      `split: training, validation and test must sum to 1; got ${training}, ${validation} and ${test}`,
    );
  }
  const shares = { training, validation, test };
  const indices = splitterOf("split", dataset, filled, { classesInGroups: false }).cut(shares);
  const part = (name: keyof Indices): Dataset<X, Y> => {
    if (shares[name] > 0 && indices[name].length === 0) {
      throw new RangeError(`split: ${name} must hold at least one sample; got ${shares[name]} of ${dataset.length}`);
    }
    return gather(dataset, indices[name]);
  };
  const parts = { training: part("training"), validation: part("validation"), test: part("test"), indices };
  warnOfLeaks("split", samples, filled, [indices.training, indices.validation, indices.test]);
  return parts;
}

/** A share, rounded to 0 or 1 if it is within `ROUNDING` of it. */
function shareOf(name: string, value: number): number {
  const isWhole = typeof value === "number" && Math.abs(value - Math.round(value)) < ROUNDING;
  const share = isWhole ? Math.round(value) : value;
  requireWithin("split", name, share, 0, 1);
  return share;
}
