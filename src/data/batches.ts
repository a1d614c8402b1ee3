import { requireSwitch, requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { nextStream, permutation } from "../runtime/random.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Batch, type Dataset, gather, requireSamples } from "./dataset.ts";
import { mapTensors, rowsBetween } from "../base/rows.ts";

/** A data set in batches; every loop is one pass over the data. */
export interface Batches<X extends Tensors = Tensor, Y extends Tensors = Tensor> extends Iterable<Batch<X, Y>> {
  /** Count of batches in a pass. */
  readonly length: number;
}

export interface BatchOptions {
  /** Samples per batch, at least 1; a smaller data set is one batch. Default: 32. */
  readonly batchSize?: number;
  /** Whether every pass draws a new order. Default: false. */
  readonly shuffle?: boolean;
  /** Whether a pass skips a last batch of fewer samples. Default: false. */
  readonly dropLast?: boolean;
}

export const BATCH_DEFAULTS = { batchSize: 32, shuffle: false, dropLast: false };

/** Options with defaults filled in, and the count of batches. */
export interface BatchPlan extends Required<BatchOptions> {
  readonly length: number;
  /** Count of samples in the data set. */
  readonly samples: number;
}

/**
 * A data set in batches of `batchSize` samples: `for (const { x, y } of data.batches(training, { batchSize: 128 }))`.
 *
 * Shape: x [batchSize, ...] and y [batchSize, ...]; the last batch may be shorter.
 * A batch is a copy with shuffle, and a view of the data set without.
 *
 * @throws RangeError when the data set is empty, or batchSize is not a whole number of at least 1 or, with dropLast, is
 * larger than the data set
 * @throws ShapeError when tensors of the data set differ in the number of samples
 * @throws TypeError when `dataset` is not a data set, shuffle or dropLast is not a boolean, or an option is unknown
 */
export function batches<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  options: BatchOptions = {},
): Batches<X, Y> {
  const filled = withDefaults("batches", options, BATCH_DEFAULTS);
  const checked = requireSamples("batches", dataset);
  const plan = planBatches("batches", checked.length, filled);
  const orders = plan.shuffle ? nextStream() : undefined;
  let passes = 0;
  return {
    length: plan.length,
    [Symbol.iterator]: () => walk(checked, plan, orders && permutation(checked.length, orders, passes++)),
  };
}

/**
 * Options of batches with defaults filled in, for a count of samples.
 * @throws RangeError or TypeError when an option is out of its range
 */
export function planBatches(where: string, samples: number, options: BatchOptions): BatchPlan {
  const { batchSize, shuffle, dropLast } = { ...BATCH_DEFAULTS, ...options };
  requireWhole(where, "batchSize", batchSize, 1);
  requireSwitch(where, "shuffle", shuffle);
  requireSwitch(where, "dropLast", dropLast);
  if (dropLast && batchSize > samples) {
    throw new RangeError(
      `${where}: batchSize must be at most the number of samples, ${samples}, with dropLast; got ${batchSize}`,
    );
  }
  const length = (dropLast ? Math.floor : Math.ceil)(samples / batchSize);
  return { batchSize: Math.min(batchSize, samples), shuffle, dropLast, length, samples };
}

/** One pass over batches; see {@link batches}. @param order of the samples. Default: as they are. */
export function* walk<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  { batchSize, length }: BatchPlan,
  order?: Int32Array,
): Generator<Batch<X, Y>, void, undefined> {
  for (let i = 0; i < length; i++) {
    const start = i * batchSize;
    const end = Math.min(start + batchSize, dataset.length);
    yield order ? copied(dataset, order.subarray(start, end)) : viewed(dataset, start, end);
  }
}

function copied<X extends Tensors, Y extends Tensors>(dataset: Dataset<X, Y>, indices: Int32Array): Batch<X, Y> {
  const { x, y, weights } = gather(dataset, indices);
  return { x, y, ...(weights && { weights }) };
}

function viewed<X extends Tensors, Y extends Tensors>(
  { x, y, weights }: Dataset<X, Y>,
  start: number,
  end: number,
): Batch<X, Y> {
  const rows = <T extends Tensors>(of: T): T => mapTensors(of, (each) => rowsBetween(each, start, end));
  return { x: rows(x), y: rows(y), ...(weights && { weights: rowsBetween(weights, start, end) }) };
}
