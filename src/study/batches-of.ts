import { requireWhole } from "../base/errors.ts";
import { isPromise } from "../base/pausable.ts";
import type { Tensors } from "../base/tensors.ts";
import { planBatches, walk } from "../data/batches.ts";
import {
  type Batch,
  type Dataset,
  type IndexedDataset,
  type StreamedDataset,
  asDataset,
  namedTensors,
  requireSamples,
} from "../data/dataset.ts";

/** Samples of any kind. */
type SamplesOf<X extends Tensors, Y extends Tensors> = Dataset<X, Y> | IndexedDataset<X, Y> | StreamedDataset<X, Y>;

/** One pass over samples in their order, as in evaluation. */
export async function* batchesOf<X extends Tensors, Y extends Tensors>(
  where: string,
  samples: SamplesOf<X, Y>,
  batchSize: number,
): AsyncGenerator<Dataset<X, Y>, void, undefined> {
  requireWhole(where, "batchSize", batchSize, 1);
  if (isStreamed(samples)) {
    for await (const batch of samples.batches(0)) yield checked(where, batch);
  } else if (isIndexed(samples)) {
    requireWhole(where, "the number of samples", samples.length, 1);
    for (let start = 0; start < samples.length; start += batchSize) {
      const count = Math.min(batchSize, samples.length - start);
      const rows = samples.rows(
        Int32Array.from({ length: count }, (_, i) => start + i),
        0,
      );
      yield checked(where, isPromise(rows) ? await rows : rows);
    }
  } else {
    const dataset = requireSamples(where, samples);
    const plan = planBatches(where, dataset.length, { batchSize });
    for (const batch of walk(dataset, plan)) yield checked(where, batch);
  }
}

function checked<X extends Tensors, Y extends Tensors>(where: string, batch: Batch<X, Y>): Dataset<X, Y> {
  const length = namedTensors("x", batch.x)[0]?.[1].shape[0] ?? 0;
  const { x, y } = asDataset(where, { x: batch.x, y: batch.y, length });
  return { x, y, ...(batch.weights && { weights: batch.weights }), length };
}

function isStreamed<X extends Tensors, Y extends Tensors>(samples: SamplesOf<X, Y>): samples is StreamedDataset<X, Y> {
  return typeof Reflect.get(Object(samples), "batches") === "function";
}

function isIndexed<X extends Tensors, Y extends Tensors>(samples: SamplesOf<X, Y>): samples is IndexedDataset<X, Y> {
  return typeof Reflect.get(Object(samples), "rows") === "function";
}
