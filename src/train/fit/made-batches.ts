import type { Tensors } from "../../base/tensors.ts";
import type { BatchPlan } from "../../data/batches.ts";
import { type Batch, type IndexedDataset, type StreamedDataset, isIndexed } from "../../data/dataset.ts";
import { indexedBatches, streamedBatches } from "../../data/made-batches.ts";
import type { Module } from "../../nn/index.ts";
import type { Stream } from "../../runtime/random.ts";
import { type BatchTensors, batchTensors } from "../step/batch.ts";
import type { Objective } from "../step/losses.ts";

/** The batches of `fit` for a data set that makes them when they are asked for, one asked for ahead. */
export class MadeBatches {
  readonly #model: Module;
  readonly #loss: Objective;
  readonly #samples: IndexedDataset | StreamedDataset;
  readonly #plan: BatchPlan | undefined;
  #batches: AsyncGenerator<Batch<Tensors, Tensors>, void, void> | undefined;

  /** @param plan of `planBatches`, for samples by index; a stream defines its batches itself */
  constructor(model: Module, loss: Objective, samples: IndexedDataset | StreamedDataset, plan?: BatchPlan) {
    this.#model = model;
    this.#loss = loss;
    this.#samples = samples;
    this.#plan = plan;
  }

  /**
   * Begins an epoch, counted from 1; `close` must have ended the one before. If the plan shuffles, its order is a function of the
   * stream and the epoch.
   * @param skip count of batches at the begin that `next` does not give: samples by index are not made for them
   */
  begin(epoch: number, orders: Stream, skip = 0): void {
    const samples = this.#samples;
    if (!isIndexed(samples)) this.#batches = streamedBatches("fit", samples, epoch, skip);
    else if (this.#plan) this.#batches = indexedBatches("fit", samples, this.#plan, orders, epoch, skip);
    else throw new TypeError("fit: samples by index must have a plan of batches; got none");
  }

  /**
   * The next batch; undefined after the last. An error of the data set ends the epoch.
   * @throws TypeError, ShapeError or RangeError for a batch without samples, of another size than was asked for, of tensors that
   * differ in rows, or with names or weights that `batchTensors` refuses
   */
  async next(): Promise<BatchTensors | undefined> {
    const made = await this.#batches?.next();
    return made?.value ? batchTensors("fit", this.#model, this.#loss, made.value) : undefined;
  }

  /** Ends the epoch: closes the stream or file behind it. */
  async close(): Promise<void> {
    const batches = this.#batches;
    this.#batches = undefined;
    await batches?.return();
  }
}
