import { shown } from "../../base/errors.ts";
import { isAsyncIterable, isIterable } from "../../base/iterable.ts";
import type { Tensors } from "../../base/tensors.ts";
import type { Batch, StreamedDataset } from "../../data/dataset.ts";
import type { Row } from "../row.ts";

/** Gives the rows of an epoch, counted from 1; 0 in evaluation. */
export type RowSource = (epoch: number) => AsyncIterable<Row> | Iterable<Row>;

/**
 * Batches of streamed rows.
 * @param encode some rows as a batch, and the index of the first of them in the stream
 */
export function streamOf<X extends Tensors, Y extends Tensors>(
  source: RowSource,
  batchSize: number,
  encode: (rows: readonly Row[], first: number) => Batch<X, Y> & { readonly length: number },
): StreamedDataset<X, Y> {
  if (typeof source !== "function") {
    throw new TypeError(`batches: source must be a function that gives rows; got ${shown(source)}`);
  }
  return {
    async *batches(epoch) {
      let rows: Row[] = [];
      let first = 0;
      for await (const row of rowsOf(source, epoch)) {
        rows.push(row);
        if (rows.length < batchSize) continue;
        const batch = encode(rows, first);
        first += rows.length;
        rows = [];
        if (batch.length > 0) yield batch;
      }
      const batch = rows.length > 0 ? encode(rows, first) : undefined;
      if (batch && batch.length > 0) yield batch;
    },
  };
}

/** @throws TypeError when the source gives nothing that can be iterated */
function rowsOf(source: RowSource, epoch: number): AsyncIterable<Row> | Iterable<Row> {
  const rows = source(epoch);
  if (isAsyncIterable(rows) || isIterable(rows)) return rows;
  throw new TypeError(`batches: source must give rows one after the other; got ${shown(rows)}`);
}
