import type { Tensors } from "../../base/tensors.ts";
import type { Draws } from "../augment/draws.ts";
import type { Batch } from "../dataset.ts";
import { Layout, type Row } from "./layout.ts";

export interface CollectorOptions {
  readonly batchSize: number;
  /** Samples that are held to be drawn from. */
  readonly shuffleBuffer: number;
  readonly dropLast: boolean;
  readonly labels: boolean;
  /** Count of samples that must come. */
  readonly length: number | undefined;
}

/** Collects the samples of an epoch to batches, through a shuffle buffer. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #draws: Draws | undefined;
  readonly #epoch: number;
  #layout: Layout | undefined;
  #samples = 0;
  readonly #buffer: Row[] = [];
  #rows: Row[] = [];

  /** @param draws choose from the buffer. Default: none, the order is that of the stream. */
  constructor(options: CollectorOptions, epoch: number, draws: Draws | undefined) {
    this.#options = options;
    this.#epoch = epoch;
    this.#draws = draws;
  }

  /** Adds a sample. Returns the batch that is full with it. */
  add(sample: unknown): Batch<Tensors, Tensors> | undefined {
    const { length, labels, shuffleBuffer } = this.#options;
    this.#samples++;
    if (length !== undefined && this.#samples > length) throw this.#wrongCount(length, "more");
    this.#layout ??= new Layout(sample, labels);
    const row = this.#layout.rowOf(sample, this.#samples);
    if (this.#draws === undefined) return this.#push(row);
    if (this.#buffer.length < shuffleBuffer) return void this.#buffer.push(row);
    const place = this.#draws.below(shuffleBuffer);
    const drawn = this.#buffer[place] ?? row;
    this.#buffer[place] = row;
    return this.#push(drawn);
  }

  /** The batches of what is held, after the last sample. */
  *end(): Generator<Batch<Tensors, Tensors>, void> {
    const { length, dropLast, batchSize } = this.#options;
    if (this.#samples === 0) {
      const again = this.#epoch > 1 ? " (the function is called for each epoch: did it return the same iterator?)" : "";
      throw new RangeError(
        `stream: the source must give at least one sample; got none in epoch ${this.#epoch}${again}`,
      );
    }
    if (length !== undefined && this.#samples < length) throw this.#wrongCount(length, this.#samples);
    if (dropLast && this.#samples < batchSize) {
      throw new RangeError(
        `stream: batchSize must be at most the number of samples, ${this.#samples}, with dropLast; got ${batchSize}`,
      );
    }
    while (this.#buffer.length > 0) {
      const drawn = this.#take();
      const batch = drawn && this.#push(drawn);
      if (batch) yield batch;
    }
    if (this.#rows.length > 0 && !dropLast && this.#layout) yield this.#layout.batchOf(this.#rows);
  }

  /** Takes a sample from the buffer; the last one takes its place. */
  #take(): Row | undefined {
    const place = this.#draws?.below(this.#buffer.length) ?? 0;
    const last = this.#buffer.pop();
    if (place === this.#buffer.length || last === undefined) return last;
    const drawn = this.#buffer[place];
    this.#buffer[place] = last;
    return drawn;
  }

  #push(row: Row): Batch<Tensors, Tensors> | undefined {
    this.#rows.push(row);
    if (this.#rows.length < this.#options.batchSize) return undefined;
    const batch = this.#layout?.batchOf(this.#rows);
    this.#rows = [];
    return batch;
  }

  #wrongCount(length: number, found: number | "more"): RangeError {
    return new RangeError(
      `stream: the source must give as many samples as the option length, ${length}; got ${found} in epoch ${this.#epoch}`,
    );
  }
}
