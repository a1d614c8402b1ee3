import { copyRows, rowSize } from "../../base/rows.ts";
import { type Tensor, asTensor } from "../../base/tensor.ts";
import { numbersAt } from "../../memory/memory.ts";

/** Tensors that stay in JavaScript memory, from which rows are copied in a given order. */
export class StreamedRows {
  #tensors: readonly Tensor[] = [];
  #order: Int32Array = new Int32Array();

  /**
   * Takes the tensors to copy from.
   * @throws TypeError when a tensor lost its numbers, because their buffer was transferred
   */
  load(where: string, tensors: readonly Tensor[]): void {
    this.#tensors = tensors.map((tensor) => asTensor(where, "the data set", tensor));
  }

  /** The tensors to copy from. */
  get tensors(): readonly Tensor[] {
    return this.#tensors;
  }

  /** Sets the order in which `gather` counts rows. */
  setOrder(order: Int32Array): void {
    this.#order = order;
  }

  /**
   * Copies rows order[start] to before order[start + count] of each tensor to an address, in bytes.
   * @throws TypeError when a tensor lost its numbers since `load`
   */
  gather(addresses: readonly number[], start: number, count: number): void {
    this.#tensors.forEach((tensor, i) => {
      const { data, dtype } = asTensor("fit", "the data set", tensor);
      const width = rowSize(tensor);
      const to = numbersAt(dtype, addresses[i] ?? NaN, count * width);
      copyRows(data, width, this.#order, start, start + count, to);
    });
  }

  /** Forgets the tensors. */
  free(): void {
    this.#tensors = [];
  }
}
