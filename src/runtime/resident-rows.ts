import { rowSize } from "../base/rows.ts";
import { type Dtype, type Shape, Tensor, asTensor, sizeOf } from "../base/tensor.ts";
import { integersAt, numbersAt } from "../memory/memory.ts";
import { Storage } from "../memory/storage.ts";
import { kernels } from "./engine.ts";

/** Tensors as copies in kernel memory, from which a kernel gathers rows in a given order. */
export class ResidentRows {
  readonly #storage: Storage;
  #copies: readonly Tensor[];
  /** Numbers in a row of each tensor. */
  readonly #widths: readonly number[];
  /** Bytes from the start of the storage to each tensor. */
  readonly #offsets: readonly number[];
  /** Bytes from the start of the storage to the order. */
  readonly #orderOffset: number;

  /** @param rows of each tensor */
  constructor(tensors: readonly Tensor[], rows: number) {
    this.#storage = new Storage(ResidentRows.bytes(tensors, rows));
    this.#widths = tensors.map(rowSize);
    let offset = 0;
    this.#offsets = tensors.map(({ size }) => (offset += size * 4) - size * 4);
    this.#orderOffset = offset;
    this.#copies = tensors.map(({ shape, dtype }, i) => this.#view(shape, dtype, i));
  }

  /** Bytes of kernel memory that such tensors take. */
  static bytes(tensors: readonly Tensor[], rows: number): number {
    return tensors.reduce((sum, { size }) => sum + size, rows) * 4;
  }

  /**
   * Copies the numbers of tensors, of the shapes and dtypes of those in the constructor.
   * @throws TypeError when a tensor lost its numbers, because their buffer was transferred
   */
  load(where: string, tensors: readonly Tensor[]): void {
    const copies = this.tensors;
    tensors.forEach((tensor, i) => copies[i]?.data.set(asTensor(where, "the data set", tensor).data));
  }

  /** The copies as views, valid until memory grows. */
  get tensors(): readonly Tensor[] {
    // Memory that is not shared takes the numbers of former views with it when it grows.
    for (const { data, size } of this.#copies) {
      if (data.length === size) continue;
      this.#copies = this.#copies.map(({ shape, dtype }, i) => this.#view(shape, dtype, i));
      break;
    }
    return this.#copies;
  }

  /** Sets the order in which `gather` counts rows. */
  setOrder(order: Int32Array): void {
    integersAt(this.#storage.address + this.#orderOffset, order.length).set(order);
  }

  /** Copies rows order[start] to before order[start + count] of each tensor to an address, in bytes. */
  gather(addresses: readonly number[], start: number, count: number): void {
    const { gatherRows } = kernels();
    const indices = this.#storage.address + this.#orderOffset + start * 4;
    for (let i = 0; i < addresses.length; i++) {
      gatherRows(this.#addressOf(i), indices, addresses[i] ?? NaN, count, this.#widths[i] ?? 0, 0, 1);
    }
  }

  /** Frees the kernel memory. */
  free(): void {
    this.#storage.free();
  }

  #view(shape: Shape, dtype: Dtype, i: number): Tensor {
    return new Tensor(shape, dtype, numbersAt(dtype, this.#addressOf(i), sizeOf(shape)));
  }

  #addressOf(i: number): number {
    return this.#storage.address + (this.#offsets[i] ?? NaN);
  }
}
