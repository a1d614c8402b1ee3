import { requireKnown, requireSwitch, requireWhole } from "../errors.ts";
import { permutation } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import { type Dataset, gather, requireSamples } from "./dataset.ts";
import { rowsBetween } from "./rows.ts";

/** Some samples and their targets. */
export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** A data set in batches; every loop over it goes once through the data. */
export interface Batches extends Iterable<Batch> {
  /** How many batches one loop gives. */
  readonly length: number;
}

export interface BatchOptions {
  /** Samples in a batch, from 1 to the length of the data set; 32, or all of a smaller data set, where left out. */
  readonly batchSize?: number;
  /** Whether every loop draws a new order; false where left out. */
  readonly shuffle?: boolean;
  /** Whether a last batch of fewer samples is left out; false where left out. */
  readonly dropLast?: boolean;
}

/**
 * The samples of a data set, `batchSize` at a time: `for (const { x, y } of data.batches(training, { batchSize: 128 }))`.
 *
 * Shape: x [batchSize, ...] and y [batchSize, ...]; the last batch may be shorter.
 * Without shuffle a batch is a view of the data set, with it a copy.
 *
 * @throws RangeError when the data set is empty or batchSize is not a whole number from 1 to its length
 * @throws TypeError when shuffle or dropLast is not a boolean, or an option is unknown
 */
export function batches(given: Dataset, options: BatchOptions = {}): Batches {
  requireKnown("batches", options, ["batchSize", "shuffle", "dropLast"]);
  const dataset = requireSamples("batches", given);
  const { batchSize = Math.min(32, dataset.length), shuffle = false, dropLast = false } = options;
  requireWhole("batches", "batchSize", batchSize, 1);
  requireSwitch("batches", "shuffle", shuffle);
  requireSwitch("batches", "dropLast", dropLast);
  if (batchSize > dataset.length) {
    throw new RangeError(
      `batches: batchSize must be at most the number of samples, ${dataset.length}; got ${batchSize}`,
    );
  }
  const length = (dropLast ? Math.floor : Math.ceil)(dataset.length / batchSize);
  return { length, [Symbol.iterator]: () => walk(dataset, batchSize, length, shuffle) };
}

function* walk(
  dataset: Dataset,
  batchSize: number,
  length: number,
  shuffle: boolean,
): Generator<Batch, void, undefined> {
  const order = shuffle ? permutation(dataset.length) : undefined;
  for (let i = 0; i < length; i++) {
    const start = i * batchSize;
    const end = Math.min(start + batchSize, dataset.length);
    if (order) {
      const { x, y } = gather(dataset, order.subarray(start, end));
      yield { x, y };
    } else {
      yield { x: rowsBetween(dataset.x, start, end), y: rowsBetween(dataset.y, start, end) };
    }
  }
}
