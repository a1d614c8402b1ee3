import { requireArray, requireWhole, requireWithin, shown } from "../../base/errors.ts";
import { arrayKind } from "../../base/numbers.ts";
import { withDefaults } from "../../base/options.ts";
import { isPromise } from "../../base/pausable.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import { nextStream } from "../../runtime/random.ts";
import type { Batch, Dataset, IndexedDataset } from "../dataset.ts";
import { Draws } from "./draws.ts";
import { requireImageShape } from "./image.ts";
import { type Rows, Source } from "./source.ts";
import { type Stage, stagesOf } from "./stages.ts";
import type { Transform } from "./transform.ts";

export interface AugmentOptions {
  /** [channels, height, width] of a sample, for images whose samples are flat. Default: the shape of samples. */
  readonly shape?: readonly [channels: number, height: number, width: number];
  /** Which tensor of x is changed: its name or index. Default: the only one. */
  readonly input?: string | number;
  /** Value outside of images, where shifts and rotations move it in; finite. Default: 0. */
  readonly fill?: number;
  /** A whole number from 0 to 2^53 - 1; the same seed gives the same draws. Default: a stream of the global seed. */
  readonly seed?: number;
}

/** Samples that are augmented. Targets may have another dtype than those of the data set: see `data.transforms.mixup`. */
export type Augmented<X extends Tensors, Y extends Tensors> = IndexedDataset<X, Y extends Tensor ? Tensor : Y>;

/**
 * Changes samples at random while a batch is gathered, in each epoch anew:
 *
 * `const { shift, rotation, noise } = data.transforms`
 * `const augmented = data.augment(training, [shift({ x: 2, y: 2 }), rotation(10), noise(0.05)])`
 *
 * Transforms are applied in order. Shifts, rotations, zooms and flips that follow one another are composed to one affine map and
 * one bilinear interpolation. What is drawn for a sample is a function of the seed, the epoch and its index: not of the batch, of
 * the order, or of the count of threads. In epoch 0, evaluation, samples are not changed.
 *
 * A training that is resumed in another process has the same draws if `seed` is given, or `manualSeed` is called as before.
 *
 * Shape: x float32; images are [samples, channels, height, width], [samples, height, width], or flat with `shape`.
 *
 * @throws TypeError when `dataset` is not a data set, transforms are not an array of transforms, or an option is unknown
 * @throws ShapeError when samples are not images, but a transform is for images
 * @throws RangeError when the data set is empty, or an option is out of range
 */
export function augment<X extends Tensors, Y extends Tensors>(
  dataset: Dataset<X, Y> | IndexedDataset<X, Y>,
  transforms: readonly Transform[],
  options: AugmentOptions = {},
): Augmented<X, Y> {
  const where = "augment";
  const filled = withDefaults(where, options, { shape: undefined, input: undefined, fill: 0, seed: undefined });
  const { shape, input, fill, seed } = filled;
  requireImageShape(where, shape);
  requireWithin(where, "fill", fill, -Infinity, Infinity);
  if (input !== undefined && typeof input !== "string" && typeof input !== "number") {
    throw new TypeError(`${where}: input must be the name or the index of a tensor of x; got ${shown(input)}`);
  }
  if (seed !== undefined) requireWhole(where, "seed", seed, 0, Number.MAX_SAFE_INTEGER);
  requireArray(where, "transforms", transforms);
  const stages = stagesOf(transforms, { shape, fill });
  const source = new Source(dataset, input, (sample) => stages.forEach((stage) => stage.check(sample)));
  const stream = seed === undefined ? nextStream() : { seed, stream: 0 };
  return {
    length: source.length,
    rows: (indices, epoch) => {
      requireIndices(indices, source.length);
      requireWhole(where, "epoch", epoch, 0);
      const draws = epoch === 0 ? undefined : new Draws(stream, epoch);
      const from = (wanted: Int32Array): Rows | PromiseLike<Rows> => source.rows(wanted, epoch);
      const made = then(rowsAfter(stages, from, indices, source.length, draws), (rows) => source.batchOf(rows));
      return made as Batch<X, Y extends Tensor ? Tensor : Y>;
    },
  };
}

/** The samples at `indices` after all stages. @param draws undefined in evaluation */
function rowsAfter(
  stages: readonly Stage[],
  from: (indices: Int32Array) => Rows | PromiseLike<Rows>,
  indices: Int32Array,
  length: number,
  draws: Draws | undefined,
): Rows | PromiseLike<Rows> {
  const stage = stages.at(-1);
  if (stage === undefined) return from(indices);
  const before = stages.slice(0, -1);
  if (draws === undefined) {
    return then(rowsAfter(before, from, indices, length, draws), (rows) => stage.evaluated(rows));
  }
  const wanted = stage.wanted(indices, length, draws);
  return then(rowsAfter(before, from, wanted, length, draws), (rows) => stage.apply(rows, indices, draws));
}

function then<A, B>(value: A | PromiseLike<A>, change: (value: A) => B): B | PromiseLike<B> {
  return isPromise(value) ? value.then(change) : change(value);
}

function requireIndices(indices: Int32Array, length: number): void {
  if (arrayKind(indices) !== "Int32Array") {
    throw new TypeError(`rows: indices must be an Int32Array; got ${shown(indices)}`);
  }
  const wrong = indices.find((index) => !(index >= 0 && index < length));
  if (wrong === undefined) return;
  throw new RangeError(`rows: indices must be whole numbers from 0 to ${length - 1}; got ${shown(wrong)}`);
}
