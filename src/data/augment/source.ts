import { shown } from "../../base/errors.ts";
import { isPromise } from "../../base/pausable.ts";
import { mapTensors } from "../../base/rows.ts";
import { type Shape, Tensor } from "../../base/tensor.ts";
import type { Tensors } from "../../base/tensors.ts";
import {
  type AnyDataset,
  type Batch,
  type IndexedDataset,
  gather,
  isIndexed,
  namedTensors,
  requireSamples,
} from "../dataset.ts";
import { requireBatch } from "../made-batch.ts";
import { requireLength } from "../samples.ts";

type AnyBatch = Batch<Tensors, Tensors>;

/** Samples on their way through the transforms. */
export interface Rows {
  /** The tensor that transforms change; its numbers belong to these rows alone. */
  readonly x: Tensor<"float32">;
  /** All tensors, with the one as it was. */
  readonly batch: AnyBatch;
}

/** The samples of a data set that are to be changed. */
export class Source {
  readonly length: number;
  readonly #rows: (indices: Int32Array, epoch: number) => AnyBatch | PromiseLike<AnyBatch>;
  readonly #input: string | number | undefined;
  readonly #check: (sample: Shape) => void;
  /** Whether `rows` gives copies. */
  readonly #isCopied: boolean;

  /** @param check refuses samples of a wrong shape */
  constructor(
    dataset: AnyDataset | IndexedDataset,
    input: string | number | undefined,
    check: (sample: Shape) => void,
  ) {
    this.#input = input;
    this.#check = check;
    this.#isCopied = !isIndexed(dataset);
    if (isIndexed(dataset)) {
      requireLength("augment", dataset);
      this.length = dataset.length;
      this.#rows = (indices, epoch) => dataset.rows(indices, epoch);
      return;
    }
    const samples = requireSamples("augment", dataset);
    this.length = samples.length;
    this.#rows = (indices) => gather(samples, indices);
    this.#chosen(samples.x);
  }

  /** The samples at `indices`. */
  rows(indices: Int32Array, epoch: number): Rows | PromiseLike<Rows> {
    const take = (given: AnyBatch): Rows => {
      const batch = this.#isCopied ? given : requireBatch("augment", "rows()", given, indices.length);
      const [, x] = this.#chosen(batch.x);
      return { x: this.#isCopied ? x : new Tensor(x.shape, x.dtype, x.data.slice()), batch };
    };
    const given = this.#rows(indices, epoch);
    return isPromise(given) ? given.then(take) : take(given);
  }

  /** The batch with the changed tensor in its place. */
  batchOf({ x, batch }: Rows): AnyBatch {
    const [place] = this.#chosen(batch.x);
    let next = 0;
    const { y, weights } = batch;
    return { x: mapTensors(batch.x, (each) => (next++ === place ? x : each)), y, ...(weights && { weights }) };
  }

  /** The tensor to change, and its place among those of x. */
  #chosen(x: Tensors): [number, Tensor<"float32">] {
    const named = namedTensors("x", x);
    const names = named.map(([path]) => path);
    const wanted = typeof this.#input === "number" ? `x[${this.#input}]` : `x.${this.#input}`;
    const place = this.#input === undefined && named.length === 1 ? 0 : names.indexOf(wanted);
    const chosen = named[place];
    if (chosen === undefined) {
      throw new TypeError(
        `augment: input must be the name or the index of a tensor of ${names.join(", ")}; got ${shown(this.#input)}`,
      );
    }
    const [path, tensor] = chosen;
    if (!isFloat(tensor)) throw new TypeError(`augment: ${path} must be float32; got ${tensor}`);
    this.#check(tensor.shape.slice(1));
    return [place, tensor];
  }
}

function isFloat(tensor: Tensor): tensor is Tensor<"float32"> {
  return tensor.dtype === "float32";
}
