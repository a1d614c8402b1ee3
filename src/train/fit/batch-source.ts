import { inOrder } from "../../base/numbers.ts";
import { rowSize, rowsBetween } from "../../base/rows.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { BatchPlan } from "../../data/batches.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import type { Program } from "../../runtime/program.ts";
import { type Stream, permutation } from "../../runtime/random.ts";
import { ResidentRows } from "../../runtime/resident-rows.ts";
import { RunningMetrics } from "../evaluation/running-metrics.ts";
import { type BatchTensors, batchTensors } from "../step/batch.ts";
import { nonFiniteStep } from "../step/non-finite.ts";
import type { TrainingStep } from "../step/training-step.ts";
import type { StepSource } from "./step-source.ts";
import { StreamedRows } from "./streamed-rows.ts";

/** Bytes of a data set that may be resident in kernel memory. */
const MOST_BYTES = 256 * 2 ** 20;

/**
 * Numbers in a sample from which rows are streamed. Measured on one thread, shuffled, on networks of one hidden layer: if
 * rows are resident, `fit` takes 20 to 40 % less time for samples of 31 to 100 numbers, 35 % more for samples of 256 numbers
 * and 9 % more for samples of 784 numbers.
 */
const LONG_SAMPLE = 256;

/** The batches of `fit`: each step copies rows of a data set to the inputs of its program and runs it. */
export class BatchSource implements StepSource {
  readonly #step: TrainingStep;
  readonly #samples: BatchTensors;
  /** The same with the tensors that steps read. */
  #read: BatchTensors;
  readonly #length: number;
  readonly #plan: BatchPlan;
  readonly #rows: ResidentRows | StreamedRows;
  #epoch = 0;
  #order: Int32Array = new Int32Array();
  /** Programs for whole batches, with and without an update, then for a shorter last batch. */
  readonly #programs: (Program | undefined)[] = [undefined, undefined, undefined, undefined];
  /** Programs that accept all numbers of this epoch. An array: they are few, and a set for each epoch costs more. */
  readonly #checked: Program[] = [];
  /** Batches of `#read` by their number of samples, as `step.program` takes them. */
  readonly #batches = new Map<number, BatchTensors>();
  // Arguments of `#write`, which is one closure for all steps.
  #program: Program | undefined;
  #start = 0;
  #count = 0;

  readonly samples: number;
  readonly steps: number;

  /** @param plan of `planBatches` for this data set */
  constructor(step: TrainingStep, dataset: AnyDataset, plan: BatchPlan, makeRows = rowsFor) {
    this.#step = step;
    this.#samples = this.#read = batchTensors("fit", step.model, step.loss, dataset);
    this.#length = dataset.length;
    this.#plan = plan;
    this.#rows = makeRows(this.#samples.tensors, dataset.length);
    this.steps = plan.length;
    this.samples = plan.dropLast ? plan.length * plan.batchSize : dataset.length;
  }

  /**
   * Begins an epoch, counted from 1; if the plan shuffles, its order is a function of the stream and the epoch.
   * @throws RangeError when the programs do not accept all numbers of the data set
   */
  begin(epoch: number, orders: Stream): void {
    this.refresh();
    this.#checked.length = 0;
    this.#epoch = epoch;
    const { batchSize, shuffle, length } = this.#plan;
    this.#rows.load("fit", this.#samples.tensors);
    for (const step of [0, length - 1]) this.#programFor(Math.min(batchSize, this.#length - step * batchSize), true);
    this.#order = shuffle ? permutation(this.#length, orders, epoch - 1) : inOrder(this.#length);
    this.#rows.setOrder(this.#order);
  }

  /** All batches are ready. */
  prepare(): undefined {}

  isAtEnd(step: number): boolean {
    return step >= this.steps;
  }

  step(step: number, metrics: RunningMetrics, isGuarded = false): number {
    this.#start = step * this.#plan.batchSize;
    this.#count = Math.min(this.#plan.batchSize, this.#length - this.#start);
    const updates = this.#step.isUpdateDue(step === this.#plan.length - 1);
    const program = this.#programFor(this.#count, updates);
    this.#program = program;
    let loss = this.#step.executeOn(program, updates, this.#write, isGuarded);
    if (isGuarded && !Number.isFinite(loss)) {
      const own = new RunningMetrics();
      this.#addRun(own, program, loss);
      if (!own.isFinite) {
        const samples = this.#order.subarray(this.#start, this.#start + this.#count);
        const at = { epoch: this.#epoch, step: step + 1, samples, dataset: this.#samplesRead() };
        throw nonFiniteStep(this.#step, program, this.#write, loss, at);
      }
      loss = this.#step.executeOn(program, updates, this.#write);
    }
    this.#addRun(metrics, program, loss);
    return loss;
  }

  refresh(): void {
    this.#programs.fill(undefined);
  }

  close(): undefined {}

  free(): void {
    this.#rows.free();
  }

  #addRun(metrics: RunningMetrics, program: Program, loss: number): void {
    metrics.addRun(program, this.#step.loss, loss, this.#samplesRead(), this.#order, this.#start);
  }

  /** The program for `count` samples; it accepts all numbers of the data set. */
  #programFor(count: number, updates: boolean): Program {
    const index = (count === this.#plan.batchSize ? 0 : 2) + (updates ? 0 : 1);
    const known = this.#programs[index];
    if (known) return known;
    const program = this.#step.program(this.#batchOf(count), updates);
    if (!this.#checked.includes(program)) {
      program.inputBinding.checkRanges(this.#rows.tensors);
      this.#checked.push(program);
    }
    this.#programs[index] = program;
    return program;
  }

  #batchOf(count: number): BatchTensors {
    const { tensors } = this.#samplesRead();
    const known = this.#batches.get(count);
    if (known) return known;
    const batch = { ...this.#samples, tensors: tensors.map((each) => rowsBetween(each, 0, count)) };
    this.#batches.set(count, batch);
    return batch;
  }

  /** The data set as steps read it: its owner may write to it or transfer it meanwhile. */
  #samplesRead(): BatchTensors {
    const { tensors } = this.#rows;
    if (this.#read.tensors !== tensors) {
      this.#read = { ...this.#samples, tensors };
      this.#batches.clear();
    }
    return this.#read;
  }

  readonly #write = (addresses: readonly number[]): void => {
    this.#rows.gather(addresses, this.#start, this.#count);
    // Resident rows were checked as a whole; other threads may write to the data set meanwhile.
    if (this.#rows instanceof StreamedRows) this.#program?.inputBinding.checkCopied();
  };
}

/** Resident rows, unless the data set is too large or its samples are long. */
export function rowsFor(tensors: readonly Tensor[], length: number): ResidentRows | StreamedRows {
  const numbers = tensors.reduce((sum, tensor) => sum + rowSize(tensor), 0);
  const isLarge = ResidentRows.bytes(tensors, length) > MOST_BYTES;
  return isLarge || numbers >= LONG_SAMPLE ? new StreamedRows() : new ResidentRows(tensors, length);
}
