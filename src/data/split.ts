import { requireSwitch, requireWithin, ShapeError } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { inOrder } from "../base/numbers.ts";
import { permutation } from "../runtime/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type AnyDataset, type Dataset, gather, requireSamples } from "./dataset.ts";

/** A data set in three parts; a part with share 0 is empty. */
export interface Split<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly training: Dataset<X, Y>;
  readonly validation: Dataset<X, Y>;
  readonly test: Dataset<X, Y>;
}

export interface SplitOptions {
  /** Share of the samples, from 0 to 1. Default: 1 - validation - test. */
  readonly training?: number;
  /** Share of the samples, from 0 to 1. Default: 0. */
  readonly validation?: number;
  /** Share of the samples, from 0 to 1. Default: 0. */
  readonly test?: number;
  /** Whether parts are random samples, not consecutive ones. Default: true. */
  readonly shuffle?: boolean;
  /** Whether each class (each value of y) is split in these shares. Default: false. */
  readonly stratify?: boolean;
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
 * Shape: x and y of any shape; y holds one label for each sample, [samples] or [samples, 1], with `stratify`.
 *
 * @throws RangeError when the data set is empty, shares are not from 0 to 1 or do not sum to 1 (within 1e-9), a part with
 * a share above 0 is empty, or, with `stratify`, a class has a single sample
 * @throws ShapeError when, with `stratify`, y has more than one number per sample
 * @throws TypeError when shuffle or stratify is not a boolean, y is several tensors with `stratify`, or an option is unknown
 */
export function split<X extends Tensors, Y extends Tensors>(
  samples: Dataset<X, Y>,
  options: SplitOptions,
): Split<X, Y> {
  const filled = withDefaults("split", options, {
    training: undefined,
    validation: 0,
    test: 0,
    shuffle: true,
    stratify: false,
  });
  const { shuffle, stratify } = filled;
  const validation = shareOf("validation", filled.validation);
  const test = shareOf("test", filled.test);
  const training = shareOf("training", filled.training ?? Math.max(0, 1 - validation - test));
  requireSwitch("split", "shuffle", shuffle);
  requireSwitch("split", "stratify", stratify);
  const dataset = requireSamples("split", samples);
  if (Math.abs(training + validation + test - 1) > ROUNDING) {
    throw new RangeError(
      `split: training, validation and test must sum to 1; got ${training}, ${validation} and ${test}`,
    );
  }
  const cut = stratify ? cutEachClass(labelsOf(dataset)) : cutInTwo;
  const order = shuffle ? permutation(dataset.length) : inOrder(dataset.length);
  const [first, rest] = cut(order, training);
  const [second, third] = cut(rest, validation === 0 ? 0 : validation / (validation + test));
  return {
    training: part(dataset, "training", training, first),
    validation: part(dataset, "validation", validation, second),
    test: part(dataset, "test", test, third),
  };
}

/** A share, rounded to 0 or 1 if it is within `ROUNDING` of it. */
function shareOf(name: string, value: number): number {
  const isWhole = typeof value === "number" && Math.abs(value - Math.round(value)) < ROUNDING;
  const share = isWhole ? Math.round(value) : value;
  requireWithin("split", name, share, 0, 1);
  return share;
}

type Cut = (indices: Int32Array, share: number) => readonly [Int32Array, Int32Array];

function cutInTwo(indices: Int32Array, share: number): readonly [Int32Array, Int32Array] {
  const size = Math.round(share * indices.length);
  return [indices.subarray(0, size), indices.subarray(size)];
}

/**
 * Sorts samples by class and selects each one at which round(share · position) increases. The selected part of any run,
 * so of any class, is less than one sample away from its share; the total equals that of `cutInTwo`.
 */
function cutEachClass(labels: readonly number[]): Cut {
  return (indices, share) => {
    const byClass = indices.toSorted((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0));
    const selected = new Set(byClass.filter((_, i) => Math.round(share * (i + 1)) > Math.round(share * i)));
    return [indices.filter((index) => selected.has(index)), indices.filter((index) => !selected.has(index))];
  };
}

function labelsOf(dataset: AnyDataset): readonly number[] {
  if (!(dataset.y instanceof Tensor)) throw new TypeError("split: y must be one tensor to stratify; got several");
  const labels = Array.from(dataset.y.data);
  if (labels.length !== dataset.length) {
    throw new ShapeError(`split: y must hold one label for each sample to stratify; got ${dataset.y}`);
  }
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  for (const [label, count] of counts) {
    if (count < 2)
      throw new RangeError(`split: a class must have at least 2 samples to stratify; got 1 of class ${label}`);
  }
  return labels;
}

function part<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  name: string,
  share: number,
  indices: Int32Array,
): Dataset<X, Y> {
  if (share > 0 && indices.length === 0) {
    throw new RangeError(`split: ${name} must hold at least one sample; got ${share} of ${dataset.length}`);
  }
  return gather(dataset, indices);
}
