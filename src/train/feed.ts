import { type Batch, type BatchOptions, type Dataset, batches } from "../data/index.ts";
import { rowSize, rowsBetween } from "../data/rows.ts";
import { modeChanges } from "../nn/mode.ts";
import { maskChanges } from "../nn/parameter.ts";
import { inOrder, permutation } from "../random.ts";
import { kernels } from "../runtime/backend.ts";
import { Storage } from "../runtime/lasting.ts";
import { floatsAt, integersAt } from "../runtime/memory.ts";
import type { Program } from "../runtime/program.ts";
import { Tensor, asTensor } from "../tensor.ts";
import type { Tally } from "./tally.ts";
import type { Trainer } from "./trainer.ts";

/** Bytes of a data set that may lie in kernel memory as a whole. */
const MOST_BYTES = 256 * 2 ** 20;

/** Where the batches of an epoch come from. */
export interface Feed {
  /** Begins an epoch, in a new order where it is to be shuffled, and says how many steps it has. */
  begin(): number;
  /** Takes a step, counted from 0, adds what it gave to the tally, and gives its loss. */
  step(step: number, tally: Tally): number;
  free(): void;
}

/** Batches gathered in kernel memory; or copied there one by one, where the data set is too large to lie there. */
export function feedFor(trainer: Trainer, dataset: Dataset, options: BatchOptions): Feed {
  const given = batches(dataset, options); // refuses wrong options
  const bytes = (dataset.x.size + dataset.y.size + dataset.length) * 4;
  return bytes > MOST_BYTES ? new CopyingFeed(trainer, given) : new ResidentFeed(trainer, dataset, options, bytes);
}

/** Copies each batch into kernel memory. */
export class CopyingFeed implements Feed {
  readonly #trainer: Trainer;
  readonly #batches: Iterable<Batch> & { readonly length: number };
  #rest: Iterator<Batch> | undefined;

  constructor(trainer: Trainer, given: Iterable<Batch> & { readonly length: number }) {
    this.#trainer = trainer;
    this.#batches = given;
  }

  begin(): number {
    this.#rest = this.#batches[Symbol.iterator]();
    return this.#batches.length;
  }

  step(step: number, tally: Tally): number {
    const next = this.#rest?.next();
    if (!next || next.done) throw new RangeError("fit: an epoch must begin before its steps; got none left");
    const { x, y } = next.value;
    const updates = this.#trainer.updates(step === this.#batches.length - 1);
    const program = this.#trainer.stepProgram(x, y, updates);
    program.check([x, y]);
    const loss = this.#trainer.stepOn(program, updates, (addresses) => {
      addresses.forEach((address, i) => put(address, i === 0 ? x : y));
      program.checkGiven();
    });
    this.#trainer.evaluator.count(tally, loss, program, y);
    return loss;
  }

  free(): void {
    this.#rest = undefined;
  }
}

/** Keeps all samples in kernel memory: an epoch copies them there once, a step gathers its rows. */
class ResidentFeed implements Feed {
  readonly #trainer: Trainer;
  readonly #dataset: Dataset;
  readonly #batchSize: number;
  readonly #shuffle: boolean;
  readonly #storage: Storage;
  readonly #widths: readonly [number, number];
  #order: Int32Array = new Int32Array();
  /** For whole batches, with an update and without, and for the last where it is shorter, by `place`. */
  #programs: (Program | undefined)[] = [];
  /** Programs that allow all targets of this epoch. */
  #checked = new Set<Program>();
  /** What masks and modes these programs know. */
  #changes = 0;
  // What `#gather` is to bring: so that a step makes no closure of its own.
  #start = 0;
  #count = 0;

  constructor(trainer: Trainer, dataset: Dataset, options: BatchOptions, bytes: number) {
    this.#trainer = trainer;
    this.#dataset = dataset;
    this.#batchSize = options.batchSize ?? dataset.length;
    this.#shuffle = options.shuffle ?? false;
    this.#storage = new Storage(bytes);
    this.#widths = [rowSize(dataset.x), rowSize(dataset.y)];
  }

  begin(): number {
    const { x, y, length } = this.#dataset;
    this.#programs = [];
    this.#checked = new Set();
    put(this.#x, x);
    put(this.#y, y);
    for (const count of [Math.min(this.#batchSize, length), length % this.#batchSize]) {
      if (count > 0) this.#programFor(count, true);
    }
    this.#order = this.#shuffle ? permutation(length) : inOrder(length);
    integersAt(this.#indices, length).set(this.#order);
    return Math.ceil(length / this.#batchSize);
  }

  step(step: number, tally: Tally): number {
    this.#start = step * this.#batchSize;
    this.#count = Math.min(this.#batchSize, this.#dataset.length - this.#start);
    const updates = this.#trainer.updates(this.#start + this.#count === this.#dataset.length);
    const program = this.#programFor(this.#count, updates);
    const loss = this.#trainer.stepOn(program, updates, this.#gather);
    this.#trainer.evaluator.count(tally, loss, program, this.#dataset.y, this.#order, this.#start);
    return loss;
  }

  free(): void {
    this.#storage.free();
  }

  get #x(): number {
    return this.#storage.address;
  }

  get #y(): number {
    return this.#x + this.#dataset.x.size * 4;
  }

  get #indices(): number {
    return this.#y + this.#dataset.y.size * 4;
  }

  /** The program for `count` samples; all targets are ones that it allows. */
  #programFor(count: number, updates: boolean): Program {
    const changes = maskChanges() + modeChanges();
    if (this.#changes !== changes) [this.#programs, this.#changes] = [[], changes];
    const place = (count === this.#batchSize ? 0 : 2) + (updates ? 0 : 1);
    const known = this.#programs[place];
    if (known) return known;
    const { x, y } = this.#dataset;
    const program = this.#trainer.stepProgram(rowsBetween(x, 0, count), rowsBetween(y, 0, count), updates);
    // What was copied is checked: another thread may change numbers in shared memory.
    if (!this.#checked.has(program)) program.checkRanges([copyAt(this.#x, x), copyAt(this.#y, y)]);
    this.#checked.add(program);
    this.#programs[place] = program;
    return program;
  }

  readonly #gather = ([x = 0, y = 0]: readonly number[]): void => {
    const { gatherRows } = kernels();
    const indices = this.#indices + this.#start * 4;
    gatherRows(this.#x, indices, x, this.#count, this.#widths[0], 0, 1);
    gatherRows(this.#y, indices, y, this.#count, this.#widths[1], 0, 1);
  };
}

function put(address: number, tensor: Tensor): void {
  const { data } = asTensor("fit", "the data set", tensor);
  if (data instanceof Float32Array) floatsAt(address, data.length).set(data);
  else integersAt(address, data.length).set(data);
}

/** A tensor as it was put to an address. */
function copyAt(address: number, { shape, dtype, size }: Tensor): Tensor {
  return new Tensor(shape, dtype, (dtype === "float32" ? floatsAt : integersAt)(address, size));
}
