import { requireKnown, requireSwitch, requireWhole } from "../base/errors.ts";
import { permutation } from "../runtime/random.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Dataset, gather, requireSamples } from "./dataset.ts";
import { mapTensors, rowsBetween } from "../base/rows.ts";

/** Some samples and their targets, arranged as those of the data set. */
export interface Batch<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  readonly x: X;
  readonly y: Y;
  /** How much each sample counts, where the data set says so. */
  readonly weights?: Tensor<"float32"> | undefined;
}

/** A data set in batches; every loop over it goes once through the data. */
export interface Batches<X extends Tensors = Tensor, Y extends Tensors = Tensor> extends Iterable<Batch<X, Y>> {
  /** How many batches one loop gives. */
  readonly length: number;
}

export interface BatchOptions {
  /** Samples in a batch, at least 1; all where there are fewer. Default: 32. */
  readonly batchSize?: number;
  /** Whether every loop draws a new order. Default: false. */
  readonly shuffle?: boolean;
  /** Whether a last batch of fewer samples is left out. Default: false. */
  readonly dropLast?: boolean;
}

/** All of them, and how many batches there are. */
export interface BatchPlan extends Required<BatchOptions> {
  readonly length: number;
}

/**
 * The samples of a data set, `batchSize` at a time: `for (const { x, y } of data.batches(training, { batchSize: 128 }))`.
 *
 * Shape: x [batchSize, ...] and y [batchSize, ...]; the last batch may be shorter.
 * Without shuffle a batch is a view of the data set, with it a copy.
 *
 * @throws RangeError when the data set is empty, batchSize is not a whole number of at least 1, or larger than the data
 * set with dropLast, which would leave no batch
 * @throws ShapeError when tensors of the data set differ in the number of samples
 * @throws TypeError when this is no data set, shuffle or dropLast is not a boolean, or an option is unknown
 */
export function batches<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  options: BatchOptions = {},
): Batches<X, Y> {
  requireKnown("batches", options, ["batchSize", "shuffle", "dropLast"]);
  const whole = requireSamples("batches", dataset);
  const plan = planBatches("batches", whole.length, options);
  return { length: plan.length, [Symbol.iterator]: () => walk(whole, plan) };
}

/** Checks how so many samples are to be batched, and fills in defaults. */
export function planBatches(where: string, samples: number, options: BatchOptions): BatchPlan {
  const { batchSize = 32, shuffle = false, dropLast = false } = options;
  requireWhole(where, "batchSize", batchSize, 1);
  requireSwitch(where, "shuffle", shuffle);
  requireSwitch(where, "dropLast", dropLast);
  if (dropLast && batchSize > samples) {
    throw new RangeError(
      `${where}: batchSize must be at most the number of samples, ${samples}, with dropLast; got ${batchSize}`,
    );
  }
  const length = (dropLast ? Math.floor : Math.ceil)(samples / batchSize);
  return { batchSize: Math.min(batchSize, samples), shuffle, dropLast, length };
}

/** One loop over batches; see {@link batches}. */
export function* walk<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y>,
  { batchSize, length, shuffle }: BatchPlan,
): Generator<Batch<X, Y>, void, undefined> {
  const order = shuffle ? permutation(dataset.length) : undefined;
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
