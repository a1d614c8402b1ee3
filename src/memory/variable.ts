import { Operand } from "../graph/operand.ts";
import { type Dtype, type Shape, ownShape, sizeOf } from "../base/tensor.ts";
import { type Lease, end, lend } from "./lease.ts";
import { allocate, floatsAt, integers, integersAt, moved } from "./memory.ts";

let changes = 0;

/** Counts changes of lasting numbers: while it stands still, so does all that was worked out from them. */
export function contentEpoch(): number {
  return changes;
}

/** A block of kernel memory, given back when nothing refers to it any more. */
export class Storage {
  readonly address: number;
  /** The count of changes when its numbers last changed. */
  changedAt = ++changes;
  /** The garbage collector sees ordinary memory only: this much, never touched and so never real, makes it come in time. */
  readonly ballast: ArrayBuffer;
  readonly #lease: Lease;

  constructor(readonly bytes: number) {
    this.address = allocate(bytes);
    this.ballast = new ArrayBuffer(bytes);
    this.#lease = lend(this, this.address, bytes);
  }

  /** Says that its numbers are others now, or soon will be. */
  changed(): void {
    this.changedAt = ++changes;
  }

  /** Copies its numbers; what this returns puts them back. */
  save(): () => void {
    const words = integersAt(this.address, this.bytes / 4).slice();
    return () => {
      integersAt(this.address, words.length).set(words);
      this.changed();
    };
  }

  /** Gives the block back at once; nothing may refer to it any more. */
  free(): void {
    end(this.#lease);
  }
}

/** An operand that lasts: its numbers stay in kernel memory from one run to the next. */
export class Variable extends Operand {
  #storage: Storage;
  #offset: number; // bytes from the start of the storage
  #gathered = false;

  /** @internal */
  constructor(
    operation: string,
    shape: Shape,
    dtype: Dtype = "float32",
    storage = new Storage(sizeOf(ownShape(operation, shape)) * 4),
    offset = 0,
  ) {
    super(operation, shape, [], undefined, dtype);
    this.#storage = storage;
    this.#offset = offset;
  }

  /** @internal */
  get address(): number {
    return this.#storage.address + this.#offset;
  }

  /** The block that it lies in, which others may share. @internal */
  get storage(): Storage {
    return this.#storage;
  }

  /** Its floats, as a view that holds until memory grows or it moves. Taking it counts as a change: take it anew to write anew. */
  get values(): Float32Array {
    this.#storage.changed();
    return floatsAt(this.address, this.size);
  }

  /** Its 32-bit integers, as a view like that of `values`. */
  get integers(): Int32Array {
    this.#storage.changed();
    return integersAt(this.address, this.size);
  }

  /** Whether `next` begins in memory where this ends. @internal */
  adjoins(next: Variable): boolean {
    return this.#storage === next.#storage && this.#offset + this.size * 4 === next.#offset;
  }

  /** This and the `size` floats from its start on, as one operand. @internal */
  extended(operation: string, size: number): Variable {
    return new Variable(operation, [size], "float32", this.#storage, this.#offset);
  }

  /**
   * Brings operands together in one block, in this order, so that one call can work on all of them.
   * Those that stand in a block already stay there: somebody else counts on it.
   * @internal
   */
  static gather(operands: readonly Variable[]): void {
    const loose = [...new Set(operands)].filter((operand) => !operand.#gathered);
    const storage = new Storage(loose.reduce((bytes, operand) => bytes + operand.size * 4, 0));
    let offset = 0;
    for (const operand of loose) {
      const { values } = operand; // may draw initial values first, for which memory may grow
      floatsAt(storage.address + offset, operand.size).set(values);
      operand.#storage = storage;
      operand.#offset = offset;
      operand.#gathered = true;
      offset += operand.size * 4;
    }
    moved();
  }
}

/** Four 32-bit words that name a draw: seed (low, high), stream, step. Programs that draw from it advance its step. */
export class RngState extends Variable {
  /** @internal */
  constructor(seed: number, stream: number) {
    super("counter", [4], "int32");
    this.restart(seed, stream);
  }

  /** Names the first draw of a stream. @internal */
  restart(seed: number, stream: number): void {
    this.integers.set([seed | 0, Math.floor(seed / 2 ** 32), stream, 0]);
  }

  /** How often it was advanced. */
  get step(): number {
    return (integers()[this.address / 4 + 3] ?? 0) >>> 0;
  }

  /** @internal */
  advance(): void {
    const index = this.address / 4 + 3;
    const words = integers();
    words[index] = (words[index] ?? 0) + 1;
  }
}
