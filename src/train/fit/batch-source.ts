import { type BatchPlan, walk } from "../../data/batches.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import { rowSize, rowsBetween } from "../../base/rows.ts";
import { inOrder } from "../../base/numbers.ts";
import { permutation } from "../../runtime/random.ts";
import { gatherRows } from "../../runtime/rows.ts";
import { Storage } from "../../memory/storage.ts";
import { floatsAt, integersAt } from "../../memory/memory.ts";
import type { Program } from "../../runtime/program.ts";
import { Tensor, asTensor } from "../../base/tensor.ts";
import { recordRun } from "../evaluation/evaluator.ts";
import { type Given, givenTo } from "../step/given.ts";
import type { RunningMetrics } from "../evaluation/running-metrics.ts";
import type { TrainingStep } from "../step/training-step.ts";

/** Bytes of a data set that may lie in kernel memory as a whole. */
const MOST_BYTES = 256 * 2 ** 20;

/** Where the batches of an epoch come from. */
export interface BatchSource {
  /** Begins an epoch, in a new order where it is to be shuffled. */
  begin(): void;
  /** Takes a step, counted from 0, adds what it gave to the metrics, and gives its loss. */
  step(step: number, metrics: RunningMetrics): number;
  /** Says that others had a turn, who may have changed the model: programs are asked for anew. */
  refresh(): void;
  free(): void;
}

/**
 * Batches gathered in kernel memory; or copied there one by one, where the data set is too large to lie there.
 * @param plan what `planBatches` gave for the data set
 */
export function batchSourceFor(trainer: TrainingStep, dataset: AnyDataset, plan: BatchPlan): BatchSource {
  const given = givenTo("fit", trainer.model, trainer.loss, dataset);
  const bytes = given.tensors.reduce((sum, { size }) => sum + size, dataset.length) * 4;
  if (bytes > MOST_BYTES) return new CopyingSource(trainer, given, dataset.length, plan);
  return new ResidentSource(trainer, given, dataset.length, plan, bytes);
}

/** Copies each batch into kernel memory. */
export class CopyingSource implements BatchSource {
  readonly #trainer: TrainingStep;
  readonly #given: Given;
  readonly #plan: BatchPlan;
  /** The tensors that were given, whatever becomes of the data set. */
  readonly #all: { readonly x: readonly Tensor[]; readonly y: readonly []; readonly length: number };
  #rest: Iterator<{ readonly x: readonly Tensor[] }> | undefined;

  constructor(trainer: TrainingStep, given: Given, length: number, plan: BatchPlan) {
    this.#trainer = trainer;
    this.#given = given;
    this.#plan = plan;
    this.#all = { x: given.tensors, y: [], length };
  }

  begin(): void {
    this.#rest = walk(this.#all, this.#plan);
  }

  step(step: number, metrics: RunningMetrics): number {
    const next = this.#rest?.next();
    if (!next || next.done) throw new RangeError("fit: an epoch must begin before its steps; got none left");
    const given = { ...this.#given, tensors: next.value.x };
    const updates = this.#trainer.updates(step === this.#plan.length - 1);
    const program = this.#trainer.program(given, updates);
    program.inputBinding.check("run", given.tensors);
    const loss = this.#trainer.takeOn(program, updates, (addresses) => {
      given.tensors.forEach((each, i) => put(addresses[i] ?? NaN, each));
      program.inputBinding.checkCopied();
    });
    recordRun(metrics, this.#trainer.loss, loss, program, given);
    return loss;
  }

  refresh(): void {
    // Every step asks for its program.
  }

  free(): void {
    this.#rest = undefined;
  }
}

/** Keeps all samples in kernel memory: an epoch copies them there once, a step gathers its rows. */
class ResidentSource implements BatchSource {
  readonly #trainer: TrainingStep;
  readonly #given: Given;
  readonly #length: number;
  readonly #plan: BatchPlan;
  readonly #storage: Storage;
  /** Numbers in a row of each tensor. */
  readonly #widths: readonly number[];
  /** Bytes from the start of the storage to each tensor, and to the indices of rows. */
  readonly #offsets: readonly number[];
  readonly #indices: number;
  #order: Int32Array = new Int32Array();
  /** For whole batches, with an update and without, and for the last where it is shorter, by `place`. */
  #programs: (Program | undefined)[] = [];
  /** Programs that allow all numbers of this epoch. */
  #checked = new Set<Program>();
  // What `#gather` is to bring: so that a step makes no closure of its own.
  #start = 0;
  #count = 0;

  constructor(trainer: TrainingStep, given: Given, length: number, plan: BatchPlan, bytes: number) {
    this.#trainer = trainer;
    this.#given = given;
    this.#length = length;
    this.#plan = plan;
    this.#storage = new Storage(bytes);
    this.#widths = given.tensors.map(rowSize);
    let offset = 0;
    this.#offsets = given.tensors.map(({ size }) => (offset += size * 4) - size * 4);
    this.#indices = offset;
  }

  begin(): void {
    const { tensors } = this.#given;
    this.#programs = [];
    this.#checked = new Set();
    const { batchSize, shuffle, length } = this.#plan;
    for (let i = 0; i < tensors.length; i++) put(this.#addressOf(i), tensors[i]);
    for (const step of [0, length - 1]) this.#programFor(Math.min(batchSize, this.#length - step * batchSize), true);
    this.#order = shuffle ? permutation(this.#length) : inOrder(this.#length);
    integersAt(this.#storage.address + this.#indices, this.#length).set(this.#order);
  }

  step(step: number, metrics: RunningMetrics): number {
    this.#start = step * this.#plan.batchSize;
    this.#count = Math.min(this.#plan.batchSize, this.#length - this.#start);
    const updates = this.#trainer.updates(step === this.#plan.length - 1);
    const program = this.#programFor(this.#count, updates);
    const loss = this.#trainer.takeOn(program, updates, this.#gather);
    recordRun(metrics, this.#trainer.loss, loss, program, this.#given, this.#order, this.#start);
    return loss;
  }

  refresh(): void {
    this.#programs = [];
  }

  free(): void {
    this.#storage.free();
  }

  /** The program for `count` samples; all numbers of the data set are ones that it allows. */
  #programFor(count: number, updates: boolean): Program {
    const place = (count === this.#plan.batchSize ? 0 : 2) + (updates ? 0 : 1);
    const known = this.#programs[place];
    if (known) return known;
    const tensors = this.#given.tensors.map((each) => rowsBetween(each, 0, count));
    const program = this.#trainer.program({ ...this.#given, tensors }, updates);
    // What was copied is checked: another thread may change numbers in shared memory.
    if (!this.#checked.has(program)) {
      program.inputBinding.checkRanges(this.#given.tensors.map((each, i) => this.#copyOf(each, i)));
    }
    this.#checked.add(program);
    this.#programs[place] = program;
    return program;
  }

  #addressOf(i: number): number {
    return this.#storage.address + (this.#offsets[i] ?? NaN);
  }

  /** A tensor as it lies in kernel memory. */
  #copyOf({ shape, dtype, size }: Tensor, i: number): Tensor {
    return new Tensor(shape, dtype, (dtype === "float32" ? floatsAt : integersAt)(this.#addressOf(i), size));
  }

  readonly #gather = (addresses: readonly number[]): void => {
    const { address } = this.#storage;
    const indices = address + this.#indices + this.#start * 4;
    for (let i = 0; i < addresses.length; i++) {
      gatherRows(address + (this.#offsets[i] ?? 0), indices, addresses[i] ?? 0, this.#count, this.#widths[i] ?? 0);
    }
  };
}

function put(address: number, tensor: Tensor | undefined): void {
  const { data, dtype } = asTensor("fit", "the data set", tensor);
  if (dtype === "float32") floatsAt(address, data.length).set(data);
  else integersAt(address, data.length).set(data);
}
