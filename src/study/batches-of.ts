import { requireWhole } from "../base/errors.ts";
import type { Tensors } from "../base/tensors.ts";
import { planBatches, walk } from "../data/batches.ts";
import {
  type Batch,
  type Dataset,
  type IndexedDataset,
  type StreamedDataset,
  requireSamples,
  isIndexed,
} from "../data/dataset.ts";
import { indexedBatches, streamedBatches } from "../data/made-batches.ts";
import { isStreamed, requireLength } from "../data/samples.ts";

/** One pass over samples in their order, as in evaluation. */
export function batchesOf<X extends Tensors, Y extends Tensors>(
  where: string,
  samples: Dataset<X, Y> | IndexedDataset<X, Y> | StreamedDataset<X, Y>,
  batchSize: number,
): AsyncIterable<Batch<X, Y>> | Iterable<Batch<X, Y>> {
  requireWhole(where, "batchSize", batchSize, 1);
  if (isIndexed(samples)) {
    requireLength(where, samples);
    return indexedBatches(where, samples, planBatches(where, samples.length, { batchSize }), undefined, 0);
  }
  if (isStreamed(samples)) return streamedBatches(where, samples, 0);
  const dataset = requireSamples(where, samples);
  return walk(dataset, planBatches(where, dataset.length, { batchSize }));
}
