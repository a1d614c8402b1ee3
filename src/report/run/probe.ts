import { mapTensors, rowsBetween } from "../../base/rows.ts";
import type { Tensors } from "../../base/tensors.ts";
import { type AnyDataset, type Batch, type Samples, gather, isIndexed, namedTensors } from "../../data/dataset.ts";
import { requireBatch } from "../../data/made-batch.ts";
import { isStreamed } from "../../data/samples.ts";
import { batchesOf } from "../../study/batches-of.ts";

/** Samples that are looked at, at most. */
const MOST = 256;

/** Some samples, which were checked: evenly spread, or the first of a stream. */
export async function probeOf(where: string, samples: Samples): Promise<AnyDataset> {
  if (isStreamed(samples)) return asDataset(await firstOf(where, samples, MOST));
  const count = Math.min(MOST, samples.length);
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * samples.length) / count));
  if (isIndexed(samples)) return asDataset(requireBatch(where, "rows()", await samples.rows(rows, 0), count));
  return gather(samples, rows);
}

async function firstOf(where: string, samples: Samples, batchSize: number): Promise<Batch<Tensors, Tensors>> {
  for await (const batch of batchesOf(where, samples, batchSize)) return batch;
  throw new RangeError(`${where}: a stream must have at least one batch; got none`);
}

function asDataset({ x, y, weights }: Batch<Tensors, Tensors>): AnyDataset {
  const rows = namedTensors("x", x)[0]?.[1].shape[0] ?? 0;
  const length = Math.min(rows, MOST);
  return samplesBetween({ x, y, ...(weights && { weights }), length }, 0, length);
}

/** The samples from `start` to below `end`. */
export function samplesBetween({ x, y, weights }: AnyDataset, start: number, end: number): AnyDataset {
  const part = <T extends Tensors>(of: T): T => mapTensors(of, (each) => rowsBetween(each, start, end));
  return { x: part(x), y: part(y), ...(weights && { weights: part(weights) }), length: end - start };
}
