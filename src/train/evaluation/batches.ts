import { requireWhole } from "../../base/errors.ts";
import { isAsyncIterable } from "../../base/iterable.ts";
import { inOrder } from "../../base/numbers.ts";
import { type Pausable, awaited, isPromise } from "../../base/pausable.ts";
import type { Tensors } from "../../base/tensors.ts";
import { Turns } from "../../base/turns.ts";
import { planBatches, walk } from "../../data/batches.ts";
import {
  type AnyDataset,
  type Batch,
  type IndexedDataset,
  type Samples,
  type StreamedDataset,
  requireSamples,
  isIndexed,
} from "../../data/dataset.ts";
import { requireBatch } from "../../data/made-batch.ts";
import { iterableOf } from "../../data/made-batches.ts";
import { isStreamed, requireLength } from "../../data/samples.ts";

type AnyBatch = Batch<Tensors, Tensors>;

/** How batches are walked. */
export interface WalkOptions {
  /** Samples per batch; streams have batches of their own. */
  readonly batchSize: number;
  /** Gives the event loop a turn. Default: only promises of the samples are awaited. */
  readonly turn?: (() => PromiseLike<unknown>) | undefined;
  /** Yields a promise that is to be awaited. */
  readonly pause: (promise: PromiseLike<unknown>) => Pausable<void>;
}

type Result = IteratorResult<AnyBatch, unknown>;

/** Batches that are asked for one by one. */
interface Source {
  next(): Result | PromiseLike<Result>;
  /** Ends it early. */
  close(): unknown;
  /** A batch as it must be. */
  check(given: AnyBatch): AnyBatch;
}

/**
 * Visits all batches of an evaluation in order. Of samples that are made when they are asked for, the next batch is asked for
 * before the current one is visited.
 * @throws TypeError, ShapeError or RangeError when samples or batches are none, or differ in rows
 */
export function* forEachBatch(
  where: string,
  samples: Samples,
  options: WalkOptions,
  visit: (batch: AnyBatch) => void,
): Pausable<void> {
  requireWhole(where, "batchSize", options.batchSize, 1);
  if (isIndexed(samples)) yield* visitAll(where, indexedSource(where, samples, options.batchSize), options, visit);
  else if (isStreamed(samples)) yield* visitAll(where, streamedSource(where, samples), options, visit);
  else yield* visitTensors(where, samples, options, visit);
}

function* visitTensors(
  where: string,
  samples: AnyDataset,
  options: WalkOptions,
  visit: (batch: AnyBatch) => void,
): Pausable<void> {
  const turns = new Turns(options.turn);
  const dataset = requireSamples(where, samples);
  for (const batch of walk(dataset, planBatches(where, dataset.length, { batchSize: options.batchSize }))) {
    visit(batch);
    yield* turns.takeIfDue(options.pause);
  }
}

function* visitAll(
  where: string,
  source: Source,
  { turn, pause }: WalkOptions,
  visit: (batch: AnyBatch) => void,
): Pausable<void> {
  const turns = new Turns(turn);
  let isAtEnd = false;
  let visited = 0;
  try {
    let asked = source.next();
    for (;;) {
      const { done, value } = isPromise(asked) ? yield* awaited(asked, pause) : asked;
      if (done) break;
      const batch = source.check(value);
      asked = source.next();
      // A rejection is thrown where the batch is awaited, or is of no interest any more.
      if (isPromise(asked)) asked.then(undefined, () => {});
      visit(batch);
      visited++;
      yield* turns.takeIfDue(pause);
    }
    isAtEnd = true;
  } finally {
    // Nobody waits for it: a read that hangs would hide why the evaluation ended.
    if (!isAtEnd) source.close();
  }
  if (visited === 0) throw new RangeError(`${where}: a stream must have at least one batch; got none`);
}

function indexedSource(where: string, samples: IndexedDataset, batchSize: number): Source {
  const { length } = samples;
  requireLength(where, samples);
  let [start, checked] = [0, 0];
  const rowsFrom = (first: number): number => Math.min(batchSize, length - first);
  return {
    next() {
      if (start >= length) return { done: true, value: undefined };
      const first = start;
      start += batchSize;
      const rows = samples.rows(inOrder(rowsFrom(first), first), 0);
      if (isPromise(rows)) return rows.then((value) => ({ done: false, value }));
      return { done: false, value: rows };
    },
    close: () => undefined,
    check(given) {
      const batch = requireBatch(where, "rows()", given, rowsFrom(checked));
      checked += batchSize;
      return batch;
    },
  };
}

function streamedSource(where: string, samples: StreamedDataset): Source {
  const batches = iterableOf(where, samples.batches(0));
  const iterator = isAsyncIterable(batches) ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  return {
    next: () => iterator.next(),
    close() {
      try {
        const closing: unknown = iterator.return?.();
        if (isPromise(closing)) closing.then(undefined, () => {});
      } catch {
        // The error that ended the evaluation says more.
      }
    },
    check: (given) => requireBatch(where, "batches()", given),
  };
}
