import { shown } from "../base/errors.ts";
import { isAsyncIterable, isIterable } from "../base/iterable.ts";
import { inOrder } from "../base/numbers.ts";
import type { Tensors } from "../base/tensors.ts";
import { type Stream, permutation } from "../runtime/random.ts";
import type { BatchPlan } from "./batches.ts";
import type { Batch, IndexedDataset, StreamedDataset } from "./dataset.ts";
import { requireBatch } from "./made-batch.ts";

/** Batches in order, the one after the current asked for before the current is handed out. */
export type MadeBatches<X extends Tensors, Y extends Tensors> = AsyncGenerator<Batch<X, Y>, void, void>;

/**
 * The batches of an epoch of a data set that makes samples by index. If the plan shuffles, the order is a function of the stream
 * and the epoch.
 * @param plan of `planBatches`
 * @param epoch counted from 1; 0 in evaluation, which is not shuffled
 * @param skip count of batches at the begin that are not made
 */
export function indexedBatches<X extends Tensors, Y extends Tensors>(
  where: string,
  dataset: IndexedDataset<X, Y>,
  plan: BatchPlan,
  orders: Stream | undefined,
  epoch: number,
  skip = 0,
): MadeBatches<X, Y> {
  // The length of the data set may have changed since.
  const { batchSize, length, shuffle, samples } = plan;
  async function* made(): MadeBatches<X, Y> {
    const isShuffled = shuffle && epoch > 0;
    const order = isShuffled ? permutation(samples, orders, epoch - 1) : inOrder(samples);
    for (let i = skip; i < length; i++) {
      const indices = order.slice(i * batchSize, Math.min((i + 1) * batchSize, samples));
      // The data set may write to the indices.
      const { length: count } = indices;
      yield requireBatch(where, "rows()", await dataset.rows(indices, epoch), count);
    }
  }
  return oneAhead(made());
}

/**
 * The batches of an epoch of a stream.
 * @param epoch counted from 1; 0 in evaluation
 * @param skip count of batches at the begin that are not given
 * @throws TypeError in the loop when `batches` returns no iterable
 */
export function streamedBatches<X extends Tensors, Y extends Tensors>(
  where: string,
  dataset: StreamedDataset<X, Y>,
  epoch: number,
  skip = 0,
): MadeBatches<X, Y> {
  async function* made(): MadeBatches<X, Y> {
    let skipped = 0;
    for await (const batch of iterableOf(where, dataset.batches(epoch))) {
      if (skipped++ < skip) continue;
      yield requireBatch(where, "batches()", batch);
    }
  }
  return oneAhead(made());
}

/** The values of a generator, each asked for before the one before it is handed out. */
async function* oneAhead<T>(values: AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  let ahead = next(values);
  try {
    for (;;) {
      const { done, value } = await ahead;
      if (done) return;
      ahead = next(values);
      yield value;
    }
  } finally {
    await values.return();
  }
}

/** The next value; an error that nobody waits for is no unhandled rejection. */
function next<T>(values: AsyncGenerator<T, void, void>): Promise<IteratorResult<T, void>> {
  const value = values.next();
  value.catch(() => {});
  return value;
}

/** What `batches` of a data set returned. @throws TypeError when it is no iterable */
export function iterableOf<T>(where: string, given: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> | Iterable<T> {
  if (isAsyncIterable(given) || isIterable(given)) return given;
  throw new TypeError(`${where}: batches() of the data set must return an iterable; got ${shown(given)}`);
}
