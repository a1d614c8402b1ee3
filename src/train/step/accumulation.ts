import { requireWhole } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { add, multiply } from "../../ops/elementwise/arithmetic.ts";
import { view } from "../../ops/shape/view.ts";
import { addInto, clear } from "../../ops/update.ts";
import { Variable } from "../../memory/variable.ts";
import { floats } from "../../memory/memory.ts";
import type { Block } from "./blocks.ts";

/**
 * Gradients of several batches, added up until an update takes their mean: as one batch of them all would give, where
 * the loss is a mean over samples and batches are of one size.
 */
export class Accumulation {
  readonly #every: number;
  readonly #sums: Variable;
  /** What the sum is multiplied by: 1 / batches. */
  readonly #share = new Variable("share", [1]);
  #pending = 0;

  /** @param every batches for one update, at least 1, @param size floats of all gradients together */
  constructor(every: number, size: number) {
    requireWhole("trainer", "accumulate", every, 1);
    this.#every = every;
    this.#sums = new Variable("gradients", [every > 1 ? size : 0]);
  }

  /** Whether there is anything to add up. */
  get isUsed(): boolean {
    return this.#every > 1;
  }

  /** Whether the update is due with the next batch. */
  get isDue(): boolean {
    return this.#pending + 1 >= this.#every;
  }

  /** Adds gradients to the sums. */
  added(blocks: readonly Block[]): Operand[] {
    return blocks.map(({ gradient, offset }) => addInto(this.#sumsOf(gradient.size, offset), gradient));
  }

  /** The blocks with the mean over all batches since the last update for their gradients. */
  means(blocks: readonly Block[]): readonly Block[] {
    if (!this.isUsed) return blocks;
    return blocks.map((block) => {
      const sum = add(block.gradient, this.#sumsOf(block.gradient.size, block.offset));
      return { ...block, gradient: multiply(sum, this.#share) };
    });
  }

  /** Sets all sums to 0, once their means were used: those too of parameters that were frozen on the way. */
  cleared(): Operand[] {
    return this.isUsed ? [clear(this.#sums)] : [];
  }

  /** Before a run that updates. */
  prepare(): void {
    floats()[this.#share.address / 4] = 1 / (this.#pending + 1);
  }

  /** After a run. */
  afterStep(updated: boolean): void {
    this.#pending = updated ? 0 : this.#pending + 1;
  }

  /** Forgets gradients that no update has used. */
  drop(): void {
    if (this.#pending > 0) this.#sums.write().fill(0);
    this.#pending = 0;
  }

  #sumsOf(size: number, offset: number): Operand {
    return view("gradients", this.#sums, [size], offset, () => null);
  }
}
