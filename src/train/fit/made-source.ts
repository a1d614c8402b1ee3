import { inOrder } from "../../base/numbers.ts";
import type { BatchPlan } from "../../data/batches.ts";
import type { IndexedDataset, StreamedDataset } from "../../data/dataset.ts";
import type { Program } from "../../runtime/program.ts";
import { type Stream, permutation } from "../../runtime/random.ts";
import { RunningMetrics } from "../evaluation/running-metrics.ts";
import type { BatchTensors } from "../step/batch.ts";
import { nonFiniteStep } from "../step/non-finite.ts";
import type { TrainingStep } from "../step/training-step.ts";
import { MadeBatches } from "./made-batches.ts";
import type { StepSource } from "./step-source.ts";

/** The batches of samples that are made when they are asked for. */
export class MadeSource implements StepSource {
  readonly samples: number | undefined;
  readonly steps: number | undefined;
  readonly #step: TrainingStep;
  readonly #plan: BatchPlan | undefined;
  readonly #batches: MadeBatches;
  #epoch = 0;
  #orders: Stream | undefined;
  #first = 0;
  #hasBegun = false;
  /** The batch of the next step. */
  #batch: BatchTensors | undefined;
  /** The one after it, of a stream: the last step of an epoch must be known as such. */
  #following: BatchTensors | undefined;

  /** @param plan of `planBatches`; undefined for a stream */
  constructor(step: TrainingStep, samples: IndexedDataset | StreamedDataset, plan: BatchPlan | undefined) {
    this.#step = step;
    this.#plan = plan;
    this.#batches = new MadeBatches(step.model, step.loss, samples, plan);
    this.steps = plan?.length;
    this.samples = plan && (plan.dropLast ? plan.length * plan.batchSize : plan.samples);
  }

  begin(epoch: number, orders: Stream, first: number): void {
    this.#epoch = epoch;
    this.#orders = orders;
    this.#first = first;
    this.#hasBegun = false;
    this.#batch = this.#following = undefined;
    this.#batches.begin(epoch, orders, first);
  }

  /** @throws what the samples throw, and RangeError for a stream without batches */
  async prepare(): Promise<void> {
    if (this.#plan) {
      this.#batch = await this.#batches.next();
      return;
    }
    this.#batch = this.#hasBegun ? this.#following : await this.#batches.next();
    if (!this.#batch && !this.#hasBegun && this.#first === 0) {
      throw new RangeError(`fit: a stream must have at least one batch; got none in epoch ${this.#epoch}`);
    }
    this.#hasBegun = true;
    this.#following = this.#batch && (await this.#batches.next());
  }

  isAtEnd(step: number): boolean {
    if (this.steps !== undefined) return step >= this.steps;
    return this.#hasBegun && !this.#batch && !this.#following;
  }

  step(step: number, metrics: RunningMetrics, isGuarded: boolean): number {
    const batch = this.#batch;
    if (!batch) throw new RangeError(`fit: the data set must have a batch for step ${step + 1}; got none`);
    this.#batch = undefined;
    const isLast = this.#plan ? step === this.#plan.length - 1 : !this.#following;
    const updates = this.#step.isUpdateDue(isLast);
    const program = this.#step.program(batch, updates);
    this.#check(program, batch, step);
    const write = (): void => program.inputBinding.copy("fit", batch.tensors);
    const run = (guarded: boolean): number => this.#step.executeOn(program, updates, write, guarded);
    let loss = run(isGuarded);
    if (isGuarded && !Number.isFinite(loss)) {
      const own = new RunningMetrics();
      own.addRun(program, this.#step.loss, loss, batch);
      const at = { epoch: this.#epoch, step: step + 1, samples: this.#samplesOf(step, batch) };
      if (!own.isFinite) throw nonFiniteStep(this.#step, program, write, loss, at);
      loss = run(false);
    }
    metrics.addRun(program, this.#step.loss, loss, batch);
    return loss;
  }

  /** Each step gets its program from the trainer. */
  refresh(): void {}

  close(): PromiseLike<unknown> {
    return this.#batches.close();
  }

  /** Nothing is in kernel memory. */
  free(): void {}

  /** @throws RangeError when a number of the batch is out of its range, with the place of the batch */
  #check(program: Program, { tensors }: BatchTensors, step: number): void {
    try {
      program.inputBinding.check("fit", tensors);
    } catch (error) {
      if (error instanceof Error) error.message += `, in the batch of epoch ${this.#epoch}, step ${step + 1}`;
      throw error;
    }
  }

  /** The index of each row of a batch; undefined in a stream. */
  #samplesOf(step: number, { tensors }: BatchTensors): ArrayLike<number> | undefined {
    if (!this.#plan || !this.#orders) return undefined;
    const { batchSize, shuffle, samples } = this.#plan;
    const start = step * batchSize;
    const rows = tensors[0]?.shape[0] ?? 0;
    if (!shuffle) return inOrder(rows, start);
    return permutation(samples, this.#orders, this.#epoch - 1).subarray(start, start + rows);
  }
}
