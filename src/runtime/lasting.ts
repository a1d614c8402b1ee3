import { Operand } from "../graph/operand.ts";
import { type Dtype, type Shape, sizeOf } from "../tensor.ts";
import { allocate, floatsAt, integersAt, moved, release } from "./memory.ts";

/** A block of kernel memory, given back when nothing refers to it any more. */
export class Storage {
  readonly address: number;
  /** The garbage collector sees ordinary memory only: this much, never touched and so never real, makes it come in time. */
  readonly ballast: ArrayBuffer;

  constructor(readonly bytes: number) {
    this.address = allocate(bytes);
    this.ballast = new ArrayBuffer(bytes);
    dropped.register(this, { address: this.address, bytes });
  }
}

const dropped = new FinalizationRegistry<{ address: number; bytes: number }>(({ address, bytes }) =>
  release(address, bytes),
);

/** An operand that lasts: its numbers stay in kernel memory from one run to the next. */
export class Lasting extends Operand {
  #storage: Storage;
  #offset: number; // bytes from the start of the storage
  #gathered = false;

  constructor(
    operation: string,
    shape: Shape,
    dtype: Dtype = "float32",
    storage = new Storage(sizeOf(shape) * 4),
    offset = 0,
  ) {
    super(operation, shape, [], undefined, dtype);
    this.#storage = storage;
    this.#offset = offset;
  }

  get address(): number {
    return this.#storage.address + this.#offset;
  }

  /** Its floats, as a view that holds until memory grows or it moves. */
  get values(): Float32Array {
    return floatsAt(this.address, this.size);
  }

  /** Its 32-bit integers, as a view that holds until memory grows or it moves. */
  get integers(): Int32Array {
    return integersAt(this.address, this.size);
  }

  /** Whether `next` begins in memory where this ends. */
  adjoins(next: Lasting): boolean {
    return this.#storage === next.#storage && this.#offset + this.size * 4 === next.#offset;
  }

  /** This and the `size` floats from its start on, as one operand. */
  extended(operation: string, size: number): Lasting {
    return new Lasting(operation, [size], "float32", this.#storage, this.#offset);
  }

  /**
   * Brings operands together in one block, in this order, so that one call can work on all of them.
   * Those that stand in a block already stay there: somebody else counts on it.
   */
  static gather(operands: readonly Lasting[]): void {
    const loose = [...new Set(operands)].filter((operand) => !operand.#gathered);
    const storage = new Storage(loose.reduce((bytes, operand) => bytes + operand.size * 4, 0));
    let offset = 0;
    for (const operand of loose) {
      floatsAt(storage.address + offset, operand.size).set(operand.values);
      operand.#storage = storage;
      operand.#offset = offset;
      operand.#gathered = true;
      offset += operand.size * 4;
    }
    moved();
  }
}

/** Four 32-bit words that name a draw: seed (low, high), stream, step. Programs that draw from it advance its step. */
export class Counter extends Lasting {
  constructor(seed: number, stream: number) {
    super("counter", [4], "int32");
    this.integers.set([seed | 0, Math.floor(seed / 2 ** 32), stream, 0]);
  }

  /** How often it was advanced. */
  get step(): number {
    return (this.integers[3] ?? 0) >>> 0;
  }

  advance(): void {
    this.integers[3] = this.step + 1;
  }
}
