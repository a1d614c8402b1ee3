import { requireInstance, requireWhole } from "../base/errors.ts";
import { type Defaults, withDefaults } from "../base/options.ts";
import { mapTensors, rowsAt } from "../base/rows.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Tensors } from "../base/tensors.ts";
import type { Dataset, IndexedDataset, StreamedDataset } from "../data/dataset.ts";
import { nextTurn } from "../runtime/turn.ts";
import { Trainer } from "../train/trainer.ts";
import { batchesOf } from "./batches-of.ts";
import { SampleLoss } from "./sample-losses.ts";

/** A sample with a high loss. */
export interface TopLoss<X extends Tensors = Tensor, Y extends Tensors = Tensor> {
  /** Index of the sample in the data set. */
  readonly index: number;
  readonly loss: number;
  /** Output of the model, one row. */
  readonly prediction: Tensor<"float32">;
  /** Input of the model, one row of each tensor. */
  readonly x: X;
  /** Target, one row of each tensor. */
  readonly y: Y;
}

export interface TopLossesOptions {
  /** Count of samples, at least 1; a smaller data set gives all. Default: 10. */
  readonly count?: number;
  /** Samples per run. Default: 256. */
  readonly batchSize?: number;
}

const DEFAULTS = { count: 10, batchSize: 256 } as const satisfies Defaults<TopLossesOptions>;

/**
 * The samples with the highest losses, highest first, in evaluation mode: wrong labels, broken rows and what the model has not
 * learned. Equal losses are in the order of the data set, and NaN is the highest loss.
 *
 * `for (const { index, loss, prediction } of await topLosses(trainer, validation)) console.log(rows[index], loss, prediction)`
 *
 * The loss of a sample is the mean of its elements, or their sum if the trainer's loss is a sum; class weights count, weights of
 * samples do not, and the loss of ignored labels is 0.
 *
 * @param samples a data set, samples by index, or a stream, whose samples are counted through its batches
 * @throws TypeError, ShapeError or RangeError, by rejection, when an argument is of the wrong kind, samples do not fit the model,
 * or the model does not give one row for each sample
 */
export async function topLosses<X extends Tensors, Y extends Tensors>(
  trainer: Trainer,
  samples: Dataset<X, Y> | IndexedDataset<X, Y> | StreamedDataset<X, Y>,
  options: TopLossesOptions = {},
): Promise<TopLoss<X, Y>[]> {
  const where = "topLosses";
  requireInstance(where, "the trainer", trainer, Trainer, "a trainer");
  const { count, batchSize } = withDefaults(where, options, DEFAULTS);
  requireWhole(where, "count", count, 1);
  const sampleLoss = new SampleLoss(where, trainer);
  const top: TopLoss<X, Y>[] = [];
  let start = 0;
  for await (const batch of batchesOf(where, samples, batchSize)) {
    const { losses, predictions } = sampleLoss.ofBatch(where, batch);
    for (const [row, loss] of losses.entries()) {
      const rank = rankOf(loss, top);
      if (rank === count) continue;
      const only = Int32Array.of(row);
      const one = <T extends Tensors>(of: T): T => mapTensors(of, (each) => rowsAt(each, only));
      const found = {
        index: start + row,
        loss,
        prediction: rowsAt(predictions, only),
        x: one(batch.x),
        y: one(batch.y),
      };
      top.splice(rank, 0, found);
      if (top.length > count) top.pop();
    }
    start += losses.length;
    await nextTurn();
  }
  return top;
}

/** How many of `top`, which is in order, come before a later sample with this loss. */
function rankOf(loss: number, top: readonly { readonly loss: number }[]): number {
  const height = heightOf(loss);
  let [low, high] = [0, top.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (heightOf(top[middle]?.loss ?? 0) >= height) low = middle + 1;
    else high = middle;
  }
  return low;
}

function heightOf(loss: number): number {
  return Number.isNaN(loss) ? Infinity : loss;
}
