import { requireWhole } from "../../base/errors.ts";
import type { StateReader } from "../../base/state-reader.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Operand } from "../../graph/operand.ts";
import { floats } from "../../memory/memory.ts";
import { Variable } from "../../memory/variable.ts";
import { add, multiply } from "../../ops/elementwise/arithmetic.ts";
import { view } from "../../ops/shape/view.ts";
import { accumulateInto, clear } from "../../ops/update/accumulate.ts";
import type { Block } from "./blocks.ts";

/**
 * Adds up the gradients of several batches until an update takes their mean. The mean equals the gradient of one batch of
 * all samples if the loss is a mean over samples and batches have one size.
 */
export class Accumulation {
  readonly #batches: number;
  readonly #sums: Variable;
  /** 1 / batches: the sum times this is the mean. */
  readonly #share = new Variable("share", [1]);
  #pending = 0;
  /** Whether what is pending is of a `fit` that was stopped, and only counts if that goes on. */
  #isSuspended = false;

  /** @param batches for one update, at least 1, @param size floats of all gradients together */
  constructor(batches: number, size: number) {
    requireWhole("trainer", "accumulate", batches, 1);
    this.#batches = batches;
    this.#sums = new Variable("gradients", [batches > 1 ? size : 0]);
  }

  /** Whether the next batch updates. */
  get isDue(): boolean {
    return this.#pending + 1 >= this.#batches;
  }

  /** Adds the blocks' gradients to the sums. */
  addGradients(blocks: readonly Block[]): Operand[] {
    return blocks.map(({ gradient, offset }) => accumulateInto(this.#sumsOf(gradient.size, offset), gradient));
  }

  /** The blocks, each with the mean of its gradients over all batches since the last update. */
  means(blocks: readonly Block[]): readonly Block[] {
    if (!this.#isUsed) return blocks;
    return blocks.map((block) => {
      const sum = add(block.gradient, this.#sumsOf(block.gradient.size, block.offset));
      return { ...block, gradient: multiply(sum, this.#share) };
    });
  }

  /** Sets all sums to 0 after an update, those of parameters frozen since the last one included. */
  clearSums(): Operand[] {
    return this.#isUsed ? [clear(this.#sums)] : [];
  }

  /** Sets the share before a run that updates. */
  prepare(): void {
    floats()[this.#share.address / 4] = 1 / (this.#pending + 1);
  }

  /** Counts the batch of a run. */
  afterStep(updated: boolean): void {
    this.#pending = updated ? 0 : this.#pending + 1;
  }

  /** Marks gradients that no update has used as those of a `fit` that was stopped. */
  suspend(): void {
    this.#isSuspended = this.#pending > 0;
  }

  /** Goes on with suspended gradients, or forgets them. */
  endSuspension(isContinued: boolean): void {
    if (this.#isSuspended && !isContinued) {
      this.#sums.write().fill(0);
      this.#pending = 0;
    }
    this.#isSuspended = false;
  }

  /** Batches since the last update, and the sums of their gradients in the optimizer's order; null if there are none. */
  stateDict(): StateRecord {
    const { size, shape } = this.#sums;
    const gradients = this.#pending > 0 ? new Tensor(shape, "float32", this.#sums.read().slice(0, size)) : null;
    return { pending: this.#pending, gradients };
  }

  /** Checks a state, with problems for the reader, and returns a function that restores it. */
  prepareLoading(reader: StateReader, state: unknown): () => void {
    const given = reader.record("", state) ?? {};
    const pending = reader.whole("pending", given["pending"], 0, this.#batches - 1) ?? 0;
    const sums = pending > 0 ? reader.floats("gradients", given["gradients"], this.#sums.shape) : undefined;
    return () => {
      this.#pending = pending;
      this.#isSuspended = false;
      const own = this.#sums.write();
      if (sums) own.set(sums);
      else own.fill(0);
    };
  }

  get #isUsed(): boolean {
    return this.#batches > 1;
  }

  #sumsOf(size: number, offset: number): Operand {
    return view("gradients", this.#sums, [size], offset, () => null);
  }
}
