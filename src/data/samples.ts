import { requireWhole, shown } from "../base/errors.ts";
import {
  type AnyDataset,
  type IndexedDataset,
  type Samples,
  type StreamedDataset,
  isIndexed,
  requireSamples,
} from "./dataset.ts";

/** Whether samples are a stream of batches. */
export function isStreamed(samples: Samples): samples is StreamedDataset {
  return typeof Reflect.get(Object(samples), "batches") === "function";
}

/** Whether samples are tensors in memory, or will be refused as such. */
export function isInMemory(samples: Samples): samples is AnyDataset {
  return !isIndexed(samples) && !isStreamed(samples);
}

/**
 * Samples of any kind; those in memory as `asDataset` gives them.
 * @throws TypeError, ShapeError or RangeError when they are none, or there are none
 */
export function checkedSamples(where: string, samples: Samples): Samples {
  if (isIndexed(samples)) requireLength(where, samples);
  else if (!isStreamed(samples)) return requireSamples(where, samples);
  return samples;
}

/** Requires at least one sample. */
export function requireLength(where: string, { length }: IndexedDataset): void {
  requireWhole(where, "length of the data set", length, 1);
}

/** Refuses options of batches for a stream, which has batches of its own. */
export function requireNoBatchOptions(where: string, samples: Samples, options: object): void {
  if (!isStreamed(samples)) return;
  for (const name of ["batchSize", "shuffle", "dropLast"]) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    throw new TypeError(
      `${where}: ${name} must be an option of the stream, which makes the batches; got ${shown(value)}`,
    );
  }
}
