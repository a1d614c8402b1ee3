import { requireSwitch, requireWhole, shown } from "../../base/errors.ts";
import { isAsyncIterable, isIterable } from "../../base/iterable.ts";
import { withDefaults } from "../../base/options.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import { nextStream } from "../../runtime/random.ts";
import { Draws } from "../augment/draws.ts";
import type { Batch, StreamedDataset } from "../dataset.ts";
import type { Columns, TensorsOf, Values } from "../from-arrays.ts";
import { Collector } from "./collector.ts";
import type { Sample } from "./layout.ts";

export interface StreamOptions {
  /** Samples per batch, at least 1; the last batch may be smaller. Default: 32. */
  readonly batchSize?: number;
  /**
   * Count of samples that are held, from which the next one is drawn at random; the order of an epoch is a function of the
   * seed and the epoch. 0 keeps the order of the source. Default: 0.
   */
  readonly shuffleBuffer?: number;
  /** Whether a last batch of fewer samples is skipped. Default: false. */
  readonly dropLast?: boolean;
  /** Whether numbers of y are class labels: whole numbers, as int32. Default: false. */
  readonly labels?: boolean;
  /** Count of samples in an epoch: another count is an error. Default: any. */
  readonly length?: number;
  /** A whole number from 0 to 2^53 - 1; the same seed gives the same orders. Default: a stream of the global seed. */
  readonly seed?: number;
}

/** The samples of an epoch, counted from 1; 0 in evaluation. Called anew for each epoch. */
export type SampleSource<S extends Sample = Sample> = (epoch: number) => AsyncIterable<S> | Iterable<S>;

/** The tensors that `stream` makes from y of a sample; `labels` decides their dtype. */
export type TargetsOf<C extends Columns> = C extends Tensor | Values
  ? Tensor
  : C extends readonly Tensor[]
    ? C
    : { readonly [Name in keyof C]: Tensor };

/** Samples of a source in batches. */
export interface Streamed<X extends Tensors, Y extends Tensors> extends StreamedDataset<X, Y> {
  batches(epoch: number): AsyncGenerator<Batch<X, Y>, void, void>;
}

/**
 * A data set that is read while it is used: `data.stream(() => readSamples("train.csv"), { shuffleBuffer: 10_000 })`, where
 * `readSamples` is a generator, async or not, of `{ x, y }`. Memory holds one batch and the shuffle buffer.
 *
 * With a shuffle buffer, samples are drawn from the first `shuffleBuffer` of the source; each that is drawn is replaced by the
 * next of the source, as in tf.data. In epoch 0, evaluation, the order is that of the source.
 *
 * An error of the source is passed on. When a loop over the batches ends early, `return()` of the source is called.
 *
 * Shape: x and y of a sample have no axis for the batch; all samples have the shapes and dtypes of the first. A source of
 * batches needs no `stream`: `{ batches: (epoch) => ... }` is a data set.
 *
 * @throws TypeError when the source is not a function, an option is unknown, or, in the loop, the source returns no iterable or
 * a sample has not x and y
 * @throws ShapeError in the loop when a sample has other tensors than the first
 * @throws RangeError when an option is out of range, or, in the loop, the source gives no sample or another count than `length`
 */
export function stream<S extends Sample>(
  source: SampleSource<S>,
  options: StreamOptions = {},
): Streamed<TensorsOf<S["x"]>, TargetsOf<S["y"]>> {
  const where = "stream";
  const filled = withDefaults(where, options, {
    batchSize: 32,
    shuffleBuffer: 0,
    dropLast: false,
    labels: false,
    length: undefined,
    seed: undefined,
  });
  const { batchSize, shuffleBuffer, dropLast, labels, length, seed } = filled;
  if (typeof source !== "function") {
    throw new TypeError(`${where}: source must be a function that returns samples; got ${shown(source)}`);
  }
  requireWhole(where, "batchSize", batchSize, 1);
  requireWhole(where, "shuffleBuffer", shuffleBuffer, 0);
  requireSwitch(where, "dropLast", dropLast);
  requireSwitch(where, "labels", labels);
  if (length !== undefined) requireWhole(where, "length", length, 1, Number.MAX_SAFE_INTEGER);
  if (seed !== undefined) requireWhole(where, "seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const numbers = seed === undefined ? nextStream() : { seed, stream: 0 };
  const begin = (epoch: number): Collector => {
    requireWhole(where, "epoch", epoch, 0);
    return new Collector(filled, epoch, epoch > 0 && shuffleBuffer > 0 ? new Draws(numbers, epoch) : undefined);
  };
  const batches = (epoch: number): AsyncGenerator<Batch<Tensors, Tensors>, void, void> =>
    collect(source, epoch, begin(epoch));
  return { batches } as Streamed<TensorsOf<S["x"]>, TargetsOf<S["y"]>>;
}

async function* collect(
  source: SampleSource,
  epoch: number,
  collector: Collector,
): AsyncGenerator<Batch<Tensors, Tensors>, void, void> {
  const samples: unknown = source(epoch);
  if (isIterable(samples)) {
    for (const sample of samples) {
      const batch = collector.add(sample);
      if (batch) yield batch;
    }
  } else if (isAsyncIterable(samples)) {
    for await (const sample of samples) {
      const batch = collector.add(sample);
      if (batch) yield batch;
    }
  } else {
    throw new TypeError(`stream: source must return an iterable of samples; got ${shown(samples)}`);
  }
  yield* collector.end();
}
