import { FormatError, shown } from "../../base/errors.ts";
import type { StateTree } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import { recordOf } from "../rename.ts";
import { type Pickled, PickledDict, PickledList, PickledTuple, TensorView, described } from "./values.ts";

const DEEPEST = 100; // levels: a list that holds itself has no end
const VALUES_PER_BYTE = 4; // a value that a pickle has twice takes two bytes the second time
const FEW = 1024;
const SHOWN = 60; // characters of a key: a path of long ones takes long to join

/** Makes a tensor of a view; `what` names it in messages. */
export type Materialize = (what: string, view: TensorView) => Tensor;

/** Plain objects, arrays and tensors of pickled values. */
export class TreeMaker {
  readonly #where: string;
  readonly #materialize: Materialize;
  readonly #tensors = new Map<TensorView, Tensor>();
  #values = 0;
  readonly #mostValues: number;

  /** @param pickleBytes the size of the pickle, which bounds the number of values */
  constructor(where: string, pickleBytes: number, materialize: Materialize) {
    this.#where = where;
    this.#materialize = materialize;
    this.#mostValues = FEW + VALUES_PER_BYTE * pickleBytes;
  }

  /** @param path keys from the top, each cut to a few characters, for messages */
  make(value: Pickled, path: string, depth = 0): StateTree {
    this.#requireFew(path, depth);
    const part = (key: string, inner: Pickled): StateTree =>
      this.make(inner, path === "" ? key.slice(0, SHOWN) : `${path}.${key.slice(0, SHOWN)}`, depth + 1);
    if (value === null || typeof value !== "object") return value;
    if (value instanceof PickledDict) return recordOf([...value.entries].map(([key, each]) => [key, part(key, each)]));
    if (value instanceof PickledList || value instanceof PickledTuple) {
      return value.items.map((each, i) => part(String(i), each));
    }
    if (value instanceof TensorView) return this.#tensorOf(value, path);
    const must = "only tensors, dicts, lists and numbers may be in the file";
    throw new FormatError(`${this.#where}: ${must}; got ${described(value)} at ${shown(path)}`);
  }

  /** The tensor of a view: the same one wherever the file has the same view. */
  #tensorOf(view: TensorView, path: string): Tensor {
    const made = this.#tensors.get(view) ?? this.#materialize(shown(path), view);
    this.#tensors.set(view, made);
    return made;
  }

  #requireFew(path: string, depth: number): void {
    this.#values++;
    if (depth > DEEPEST) {
      throw new FormatError(
        `${this.#where}: values must be nested in at most ${DEEPEST} levels; got more at ${shown(path)}`,
      );
    }
    if (this.#values > this.#mostValues) {
      throw new FormatError(
        `${this.#where}: the pickle must hold at most ${this.#mostValues} values; got more at ${shown(path)}`,
      );
    }
  }
}
