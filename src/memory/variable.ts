import { type Dtype, type Numbers, type Shape, ownShape, sizeOf } from "../base/tensor.ts";
import { Operand } from "../graph/operand.ts";
import { addressesChanged, floatsAt, numbersAt } from "./memory.ts";
import { Storage } from "./storage.ts";

/** Numbers that may be read and copied, not written. */
export type ReadonlyNumbers<D extends Dtype> = {
  readonly [
    K in Exclude<keyof Numbers[D], "buffer" | "copyWithin" | "fill" | "reverse" | "set" | "sort">
  ]: Numbers[D][K];
};

/** An operand that persists: its numbers stay in kernel memory from one run to the next. */
export class Variable<D extends Dtype = "float32"> extends Operand {
  declare readonly dtype: D;
  #storage: Storage;
  #offset: number; // bytes from the start of the storage
  #isGathered = false;

  /** @internal */
  constructor(
    operation: string,
    shape: Shape,
    dtype: D = "float32" as D,
    storage = new Storage(sizeOf(ownShape(operation, shape)) * 4),
    offset = 0,
  ) {
    super(operation, shape, [], undefined, dtype);
    this.#storage = storage;
    this.#offset = offset;
  }

  /** Bytes from the start of kernel memory. @internal */
  get address(): number {
    return this.#storage.address + this.#offset;
  }

  /** The block of memory that contains it; other variables may share it. @internal */
  get storage(): Storage {
    return this.#storage;
  }

  /** Its numbers as a view. The view is valid until memory grows or the variable moves; copy by `slice`. */
  read(): ReadonlyNumbers<D> {
    this.materialize();
    return this.#view();
  }

  /**
   * Its numbers as a view to write to. The view is valid until memory grows or the variable moves. Call `write` again
   * before each later change: it marks constants cached from the variable as outdated.
   */
  write(): Numbers[D] {
    this.materialize();
    this.#storage.markWritten();
    return this.#view();
  }

  /** Computes its initial values, unless it has them. @internal */
  materialize(): void {
    // Zero: allocation cleared the block.
  }

  /** Whether `next` begins in memory where this ends. @internal */
  adjoins(next: Variable): boolean {
    return this.#storage === next.#storage && this.#offset + this.size * 4 === next.#offset;
  }

  /** The `size` floats from its start on as one variable. @internal */
  extended(operation: string, size: number): Variable {
    return new Variable(operation, [size], "float32", this.#storage, this.#offset);
  }

  /**
   * Moves variables together into one block, in this order, so that one call can work on all of them.
   * Variables that were gathered before stay where they are: other code relies on their order.
   * @internal
   */
  static gather(variables: readonly Variable[]): void {
    const loose = [...new Set(variables)].filter((variable) => !variable.#isGathered);
    const storage = new Storage(loose.reduce((bytes, variable) => bytes + variable.size * 4, 0));
    let offset = 0;
    for (const variable of loose) {
      const values = variable.read(); // may compute initial values, for which memory may grow
      floatsAt(storage.address + offset, variable.size).set(values);
      variable.#storage = storage;
      variable.#offset = offset;
      variable.#isGathered = true;
      offset += variable.size * 4;
    }
    addressesChanged();
  }

  #view(): Numbers[D] {
    return numbersAt(this.dtype, this.address, this.size);
  }
}
