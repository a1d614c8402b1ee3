import { requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import type { Tensors } from "../base/tensors.ts";
import { nextStream } from "../runtime/random.ts";
import { BATCH_DEFAULTS, type BatchOptions, planBatches } from "./batches.ts";
import {
  type Batch,
  type Dataset,
  type IndexedDataset,
  type StreamedDataset,
  gather,
  requireSamples,
  isIndexed,
} from "./dataset.ts";
import { isStreamed, requireLength, requireNoBatchOptions } from "./samples.ts";
import { indexedBatches, streamedBatches } from "./made-batches.ts";

/** Batches that are made while a loop runs; every loop is the next epoch, counted from 1. */
export interface AsyncBatches<X extends Tensors, Y extends Tensors> extends AsyncIterable<Batch<X, Y>> {
  /** Count of batches in an epoch; undefined for a stream. */
  readonly length: number | undefined;
  /** The batches of an epoch, whichever came before; those of epoch 0 are for evaluation, neither shuffled nor augmented. */
  readonly epoch: (epoch: number) => AsyncIterable<Batch<X, Y>>;
}

/**
 * Batches of a data set of any kind for a loop of one's own:
 *
 * `const batches = data.asyncBatches(data.augment(training, [data.transforms.noise(0.1)]), { batchSize: 128, shuffle: true })`
 * `for (let epoch = 0; epoch < 10; epoch++) for await (const { x, y } of batches) trainer.step(x, y)`
 *
 * The next batch is asked for before the current one is handed out. With shuffle, the order is a function of the seed and the
 * epoch. A stream defines its batches itself, so it takes no options. `batches` is the same for tensors in memory, without
 * promises.
 *
 * @throws RangeError when the data set is empty, or batchSize is not a whole number of at least 1 or, with dropLast, is larger
 * than the data set
 * @throws TypeError when `samples` is no data set, or an option is unknown or given for a stream
 */
export function asyncBatches<X extends Tensors, Y extends Tensors>(
  samples: Dataset<X, Y> | IndexedDataset<X, Y> | StreamedDataset<X, Y>,
  options: BatchOptions = {},
): AsyncBatches<X, Y> {
  const where = "asyncBatches";
  const filled = withDefaults(where, options, BATCH_DEFAULTS);
  if (!isIndexed(samples) && isStreamed(samples)) {
    requireNoBatchOptions(where, samples, options);
    return epochs(undefined, (epoch) => streamedBatches(where, samples, epoch));
  }
  const indexed = isIndexed(samples) ? samples : asIndexed(where, samples);
  requireLength(where, indexed);
  const plan = planBatches(where, indexed.length, filled);
  const orders = plan.shuffle ? nextStream() : undefined;
  return epochs(plan.length, (epoch) => indexedBatches(where, indexed, plan, orders, epoch));
}

function asIndexed<X extends Tensors, Y extends Tensors>(where: string, samples: Dataset<X, Y>): IndexedDataset<X, Y> {
  const dataset = requireSamples(where, samples);
  return { length: dataset.length, rows: (indices) => gather(dataset, indices) };
}

function epochs<X extends Tensors, Y extends Tensors>(
  length: number | undefined,
  batchesOf: (epoch: number) => AsyncGenerator<Batch<X, Y>, void, void>,
): AsyncBatches<X, Y> {
  let begun = 0;
  return {
    length,
    epoch: (epoch) => {
      requireWhole("asyncBatches", "epoch", epoch, 0);
      return { [Symbol.asyncIterator]: () => batchesOf(epoch) };
    },
    [Symbol.asyncIterator]: () => batchesOf(++begun),
  };
}
